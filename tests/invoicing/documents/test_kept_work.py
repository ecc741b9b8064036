"""Styles kept from page to page, and texts kept until they are drawn, are those that the renderer would make anew."""

from contextlib import nullcontext

import pytest
from weasyprint import CSS, HTML
from weasyprint.css.targets import TargetCollector
from weasyprint.text.fonts import FontConfiguration

from benchmarks.sample_documents import (
    consolidated_invoice,
    credit_note,
    itemised_invoice,
    long_invoice,
    monthly_invoice,
    reverse_charge_invoice,
)
from invoicing.documents import kept_styles, pdf_writer
from invoicing.documents.brand import load_brand
from invoicing.documents.kept_styles import KeptStyles
from invoicing.documents.pdf_writer import PdfWriter
from invoicing.documents.rendering import DocumentRenderer

STYLE = """
ul { list-style-type: square; color: #123456 }
li::before { content: attr(title) }
li + li { font-weight: 700 }
li:first-child { text-indent: 1em }
html { overflow: hidden }
p { text-align: justify; text-decoration: underline; hyphens: auto; width: 20em }
.short { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; width: 5em }
.note { float: footnote; height: 3em }
.note i { position: absolute; right: 0 }
.boxed { border-collapse: collapse; width: 50% }
.boxed td { border: 1px solid; padding: 1% }
@page { @top-left { content: "page " counter(page) } }
"""
PAGE = """<html lang="sv"><title>t</title><meta name="dcterms.created" content="2026-10-01"/><body>
<ul><li title="a ">b</li><li style="{style}" title="c ">d</li></ul><h1 id="{anchor}">e</h1>
<p>En rad som är så lång att den måste brytas flera gånger, med lika långa rader i båda kanter.</p>
<span class="note">f <i>g</i></span><table class="boxed"><tr><td>h</td><td style="{style}">i</td></tr></table>
<p class="short">En rad som slutar i punkter.</p></body></html>"""


def made_anew(monkeypatch):
    """Let the renderer work out every style of every page, and lay out every text it draws."""
    monkeypatch.setattr(pdf_writer, "kept_work", nullcontext)
    monkeypatch.setattr(KeptStyles, "hold_for", lambda *_: False)


@pytest.mark.slow
def test_letters_with_kept_styles_are_the_same_bytes(renderer, reminder, monkeypatch):
    invoices = (
        monthly_invoice(), monthly_invoice(1, "de"), credit_note(), reverse_charge_invoice(), consolidated_invoice(2),
        long_invoice(30), itemised_invoice(70), monthly_invoice(2),
    )  # fmt: skip
    kept = [*map(renderer.render_invoice, invoices), renderer.render_reminder(reminder)]
    made_anew(monkeypatch)
    fresh = DocumentRenderer(load_brand())
    assert [*map(fresh.render_invoice, invoices), fresh.render_reminder(reminder)] == kept


@pytest.fixture
def own_style(tmp_path):
    (tmp_path / "brand.css").write_text(STYLE, encoding="utf-8")
    return PdfWriter(load_brand(tmp_path))


@pytest.mark.parametrize("lang", ["sv", "de"])
def test_rules_attributes_and_pseudo_elements_hold_on_every_page(own_style, monkeypatch, lang):
    """What is said by position, by attribute or before an element is not taken over from another page."""
    pages = [
        PAGE.format(style=style, anchor=anchor).replace('"sv"', f'"{lang}"')
        for style, anchor in (("color: red", "x"), ("color: blue", "x"), ("", "y"), ("color: red", "x"))
    ]
    kept = [own_style.pdf(page, "invoice 1") for page in pages]
    assert kept[0] == kept[3]
    assert len(set(kept)) == 3
    made_anew(monkeypatch)
    assert [own_style.pdf(page, "invoice 1") for page in pages] == kept


def test_a_page_with_a_style_sheet_of_its_own_is_drawn_with_it(own_style):
    plain = PAGE.format(style="", anchor="x")
    coloured = plain.replace("<body>", "<style>h1 { color: red }</style><body>")
    assert own_style.pdf(plain, "invoice 1") != own_style.pdf(coloured, "invoice 1")


def test_pages_that_style_each_element_by_itself_do_not_fill_memory(monkeypatch):
    monkeypatch.setattr(kept_styles, "_MOST", 30)
    kept = KeptStyles([(CSS(string="h1 { color: red }"), "user")], FontConfiguration())
    counts = []
    for number in range(12):
        kept.of_page(HTML(string=PAGE.format(style=f"padding: {number}px", anchor=f"a{number}")), TargetCollector())
        counts.append(len(kept.styles))
    assert counts[0] < counts[1]
    assert max(counts) < 45
