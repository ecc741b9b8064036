"""Pages look as they did: drawn by poppler, where it is there, and compared coarsely."""

import shutil
import struct

import pytest

from benchmarks.document_pictures import COLUMNS, DOTS_AN_INCH, IMAGES, INK_MAPS, MAPPED, PICTURES, ROWS, ink_map

SHADES = " .:#"
REMEDY = "look at the page; if it is meant so: python -m benchmarks.document_pictures"


def shades(map_):
    lines = map_.split("\n")
    return [
        [SHADES.index(letter) for letter in (lines[row] if row < len(lines) else "").ljust(COLUMNS)]
        for row in range(ROWS)
    ]


def share_differing(one, other):
    """How large a part of the page is two shades or more darker or lighter."""
    pairs = [
        (a, b) for left, right in zip(shades(one), shades(other), strict=True) for a, b in zip(left, right, strict=True)
    ]
    return sum(abs(a - b) > 1 for a, b in pairs) / len(pairs)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs pdftoppm of poppler-utils")
@pytest.mark.parametrize("name", MAPPED)
def test_a_page_looks_as_it_did(renderer, name):
    kept = (INK_MAPS / f"{name}.txt").read_text(encoding="utf-8")
    assert share_differing(ink_map(renderer, *MAPPED[name]), kept) < 0.01, REMEDY


def test_ink_maps_of_different_pages_differ():
    """What the comparison allows is far less than the difference between two documents."""
    maps = [(INK_MAPS / f"{name}.txt").read_text(encoding="utf-8") for name in ("monthly", "credit_note", "itemised")]
    assert min(share_differing(maps[0], maps[1]), share_differing(maps[1], maps[2])) > 0.03


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_the_documentation_are_whole_pages_as_the_script_draws_them(name):
    """A4 is 210 by 297 millimetres."""
    width, height = struct.unpack(">II", (IMAGES / name).read_bytes()[16:24])
    assert abs(width - 210 / 25.4 * DOTS_AN_INCH) <= 1
    assert abs(height - 297 / 25.4 * DOTS_AN_INCH) <= 1
