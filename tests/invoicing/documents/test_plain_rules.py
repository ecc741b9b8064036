"""Borders on one side are rectangles, where and as wide as the style sheet says; all others are the renderer's own."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream

from invoicing.documents.brand import load_brand
from invoicing.documents.pdf_writer import PdfWriter

# A page of 100 by 100 points without margins, and a box of 80 by 30 on it whose corner is 10 from its left and top.
STYLE = """
@page { size: 100pt 100pt; margin: 0 }
html, body { margin: 0 }
p { margin: 0; position: absolute; left: 10pt; top: 10pt; width: 80pt; height: 30pt; BORDER }
"""
PAGE = '<html lang="sv"><title>t</title><meta name="dcterms.created" content="2026-10-01"/><body><p></p></body></html>'


def painted(tmp_path, border):
    """Each rectangle of a page, in points from its left and top, and every other operator that makes a path."""
    (tmp_path / "brand.css").write_text(STYLE.replace("BORDER", border), encoding="utf-8")
    read = PdfReader(BytesIO(PdfWriter(load_brand(tmp_path)).pdf(PAGE, "invoice 1")))
    found = []
    scale = 1.0
    for operands, operator in ContentStream(read.pages[0]["/Contents"], read).operations:
        if operator == b"cm":
            scale = float(operands[0])
        elif operator == b"re":
            found.append(tuple(round(float(operand) * scale, 3) for operand in operands))
        elif operator in {b"m", b"l", b"c", b"S"}:
            found.append(operator)
    return found


@pytest.mark.parametrize(
    ("side", "rectangle"),
    [
        ("top", (10, 10, 80, 2)),
        ("bottom", (10, 40, 80, 2)),
        ("left", (10, 10, 2, 30)),
        ("right", (90, 10, 2, 30)),
    ],
)
def test_a_border_on_one_side_is_a_rectangle_of_its_width(tmp_path, side, rectangle):
    """A border lies outside the content: below 10 + 30 at the bottom, right of 10 + 80 at the right."""
    assert painted(tmp_path, f"border-{side}: 2pt solid red") == [rectangle]


@pytest.mark.parametrize("border", ["", "border-bottom: 0 solid red"])
def test_no_border_paints_nothing(tmp_path, border):
    assert painted(tmp_path, border) == []


@pytest.mark.parametrize(
    "border",
    [
        "border: 2pt solid red",
        "border-bottom: 2pt solid transparent",
        "border-bottom: 2pt dashed red",
        "border-bottom: 6pt double red",
        "border-bottom: 2pt solid red; border-left: 1pt solid blue",
        "border-bottom: 2pt solid red; border-radius: 3pt",
    ],
)
def test_any_other_border_is_painted_by_the_renderer(tmp_path, monkeypatch, border):
    ours = painted(tmp_path, border)
    monkeypatch.setattr("invoicing.documents.plain_rules._is_plain", lambda *_: False)
    assert painted(tmp_path, border) == ours != []
