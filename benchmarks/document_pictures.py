"""The pictures of docs/images and the ink maps of tests, drawn from real documents.

`python -m benchmarks.document_pictures` writes both anew.

It needs pdftoppm (Debian's poppler-utils). An ink map says how dark each part of a page is, as text. Fonts and poppler
differ a little between machines; a map differs much only where the layout does.
"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.sample_documents import (
    collected_invoice,
    consolidated_invoice,
    credit_note,
    itemised_invoice,
    long_invoice,
    monthly_invoice,
    reverse_charge_invoice,
)
from invoicing.documents.brand import load_brand
from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.rendering import DocumentRenderer

_ROOT = Path(__file__).resolve().parents[1]
IMAGES = _ROOT / "docs" / "images"
INK_MAPS = _ROOT / "tests" / "invoicing" / "documents" / "ink_maps"
DOTS_AN_INCH = 90
_COLOURS = 48
# Which page of which document each picture shows.
PICTURES = {"invoice.png": (monthly_invoice(), 1), "itemised-calls.png": (itemised_invoice(60), 2)}
# Which page of which document each ink map is of.
MAPPED = {
    "monthly": (monthly_invoice(), 1),
    "long": (long_invoice(60), 2),
    "credit_note": (credit_note(), 1),
    "direct_debit": (collected_invoice(), 1),
    "reverse_charge": (reverse_charge_invoice(), 1),
    "consolidated": (consolidated_invoice(), 2),
    "itemised": (itemised_invoice(60), 2),
}
COLUMNS, ROWS = 42, 60
_DARKNESS = " .:#"
_WHITE = 255


def draw_all() -> None:
    """Write every picture and every ink map."""
    renderer = DocumentRenderer(load_brand())
    for name, (document, page) in PICTURES.items():
        drawn = picture(renderer.render_invoice(document), page, "-png", DOTS_AN_INCH)
        few_colours = Image.open(BytesIO(drawn)).convert("P", palette=Image.Palette.ADAPTIVE, colors=_COLOURS)
        few_colours.save(IMAGES / name, optimize=True)
        sys.stderr.write(f"{name}\n")
    for name, (document, page) in MAPPED.items():
        (INK_MAPS / f"{name}.txt").write_text(ink_map(renderer, document, page), encoding="utf-8")
        sys.stderr.write(f"{name}.txt\n")


def ink_map(renderer: DocumentRenderer, document: InvoiceDocument, page: int = 1) -> str:
    """Return how dark each of `ROWS` times `COLUMNS` parts of a page is, a line of text a row."""
    drawn = picture(renderer.render_invoice(document), page, "-gray", 36)
    size, pixels = _grey_pixels(drawn)
    width, height = size
    lines = []
    for row in range(ROWS):
        top, bottom = row * height // ROWS, (row + 1) * height // ROWS
        parts = [
            b"".join(
                pixels[y * width + column * width // COLUMNS : y * width + (column + 1) * width // COLUMNS]
                for y in range(top, bottom)
            )
            for column in range(COLUMNS)
        ]
        lines.append("".join(map(_shade, parts)).rstrip())
    return "\n".join(lines).rstrip("\n") + "\n"


def picture(pdf: bytes, page: int, kind: str, dots_an_inch: int) -> bytes:
    """Draw one page of a PDF with poppler; `kind` is an option of pdftoppm, `-png` or `-gray`."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "page.pdf"
        source.write_bytes(pdf)
        options = [kind, "-r", str(dots_an_inch), "-f", str(page), "-l", str(page), "-singlefile"]
        subprocess.run(["pdftoppm", *options, str(source), str(source.with_suffix(""))], check=True)  # noqa: S603, S607
        (drawn,) = (path for path in Path(folder).iterdir() if path != source)
        return drawn.read_bytes()


def _grey_pixels(drawn: bytes) -> tuple[tuple[int, int], bytes]:
    """Read a PGM file: magic number, width, height, largest value, then a byte a pixel."""
    _, width, height, _, pixels = drawn.split(maxsplit=4)
    count = int(width) * int(height)
    return (int(width), int(height)), drawn[len(drawn) - count :] if len(pixels) != count else pixels


def _shade(part: bytes) -> str:
    darkness = (_WHITE - sum(part) / len(part)) / _WHITE
    return _DARKNESS[min(3, int(darkness * 12 + 0.9))]


if __name__ == "__main__":
    draw_all()
