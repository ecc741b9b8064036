"""The renderer reads the brand's files only, and what it complains of is an error."""

import logging

import pytest

from benchmarks.sample_documents import consolidated_invoice, credit_note, monthly_invoice
from invoicing.documents import pdf_writer
from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.pdf_writer import PdfWriter


@pytest.fixture(scope="session")
def writer():
    return PdfWriter(load_brand())


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("http://192.0.2.1/x.png", "refused, a page may only use files of the brand"),
        ("https://192.0.2.1/x.png", "refused"),
        ("data:image/png;base64,AAAA", "refused"),
        ("file:///etc/hostname", "outside the brand"),
        ("../../pyproject.toml", "outside the brand"),
        ("%2e%2e/%2e%2e/pyproject.toml", "outside the brand"),
        ("missing.png", r"missing\.png: not in config/brand"),
    ],
)
def test_a_page_cannot_fetch_what_is_not_the_brands(writer, source, fault):
    with pytest.raises(DocumentError, match=fault):
        writer.pdf(f'<html lang="sv"><title>t</title><p><img src="{source}" alt="x">', "invoice 1")


def test_a_picture_of_the_brand_is_drawn(writer):
    assert writer.pdf('<html lang="sv"><title>t</title><p><img src="logo.svg" alt="x">', "invoice 1")[:5] == b"%PDF-"


def test_a_picture_inside_an_svg_cannot_be_fetched_from_outside(tmp_path):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="http://192.0.2.1/x.png"/></svg>'
    (tmp_path / "own.svg").write_text(svg, encoding="utf-8")
    with pytest.raises(DocumentError, match="refused"):
        PdfWriter(load_brand(tmp_path)).pdf('<html lang="sv"><title>t</title><img src="own.svg" alt="x">', "invoice 1")


@pytest.mark.parametrize(
    ("css", "fault"),
    [
        ("p { colour: red }", "unknown property"),
        ('@font-face { font-family: "X"; src: url("missing.woff2") }', "'X' cannot be loaded"),
        ('@import url("http://192.0.2.1/x.css");', "refused"),
    ],
)
def test_a_fault_in_the_style_sheet_is_found_before_the_first_page(tmp_path, css, fault):
    (tmp_path / "brand.css").write_text(css, encoding="utf-8")
    with pytest.raises(DocumentError, match=fault):
        PdfWriter(load_brand(tmp_path))


def test_a_complaint_is_found_even_where_logging_is_turned_down(writer):
    logger = logging.getLogger("weasyprint")
    logger.setLevel(logging.CRITICAL)
    try:
        with pytest.raises(DocumentError, match=r"invoice 7: .*unknown property"):
            writer.pdf('<html lang="sv"><title>t</title><p style="colour: red">x', "invoice 7")
        assert logger.level == logging.CRITICAL
    finally:
        logger.setLevel(logging.NOTSET)


def test_a_letter_no_font_has_is_an_error(writer):
    with pytest.raises(DocumentError, match="notdef"):
        writer.pdf('<html lang="sv"><title>t</title><p>\U000f1234', "invoice 1")


def test_the_built_in_letters_are_well_formed_and_the_same_bytes_read_as_html(renderer, reminder, monkeypatch):
    """XML is read several times faster than HTML; what comes out is the same."""

    def make_all():
        invoices = (monthly_invoice(), credit_note(), consolidated_invoice(3))
        return [*map(renderer.render_invoice, invoices), renderer.render_reminder(reminder)]

    with monkeypatch.context() as patched:
        patched.setattr(pdf_writer, "HTML", None)  # a page that is no XML would need it
        as_xml = make_all()
    monkeypatch.setattr(pdf_writer, "_page", as_html)
    assert make_all() == as_xml


def test_a_page_of_an_operator_that_is_no_xml_is_read_as_html(writer):
    assert writer.pdf('<!doctype html><html lang="sv"><title>t</title><p>a<br>&ensp;b', "invoice 1")[:5] == b"%PDF-"


def as_html(html, base_url, fetcher):
    return pdf_writer.HTML(string=html, base_url=base_url, url_fetcher=fetcher)
