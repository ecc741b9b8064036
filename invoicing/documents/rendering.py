"""Letters to PDF, each in its reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from invoicing.documents.brand import Brand
from invoicing.documents.cost_picture import costs_by_kind, months_shown
from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.itemised_tables import section_tables, specification_tables
from invoicing.documents.line_groups import line_groups
from invoicing.documents.page_templates import PageTemplates
from invoicing.documents.pay_to import pay_to
from invoicing.documents.payment_code import payment_code_picture
from invoicing.documents.pdf_archive import Attached, XmpPart
from invoicing.documents.pdf_writer import PdfWriter
from invoicing.documents.reminder_page import ReminderDocument
from invoicing.documents.text_pages import CarriedWords, TextBlock, TextTable, text_pages

# Lines of text that the heading of a part takes on its first page.
_HEADING_LINES = 5


class DocumentRenderer:
    """Makes the letters of one brand; build one per process and use it for every document.

    The same data gives the same bytes. Every method raises DocumentError for a fault in a template, a language without
    texts, a file that is missing or outside the brand, or anything else the renderer complains of.
    """

    def __init__(self, brand: Brand) -> None:
        self._brand = brand
        self._templates: dict[str, PageTemplates] = {}
        self._writer = PdfWriter(brand)

    def render_invoice(
        self, data: InvoiceDocument, attachments: Sequence[Attached] = (), xmp: Sequence[XmpPart] = ()
    ) -> bytes:
        """Return an invoice or credit note as PDF, with files attached to it and the metadata of their standards."""
        templates = self._in(data.buyer.language)
        shown = data.shown()
        code = payment_code_picture(data)
        html = templates.html(
            "invoice.html.j2",
            document=shown,
            payment=pay_to(data),
            groups=line_groups(shown),
            kinds=() if data.is_credit_note else costs_by_kind(shown),
            months=() if data.is_credit_note else months_shown(shown),
            payment_code=code is not None,
            itemised=_itemised(shown, templates),
        )
        drawn = {} if code is None else {"payment-code.png": code}
        identity = f"{data.document_kind.replace('_', ' ')} {data.invoice_no}"
        return self._writer.pdf(html, identity, drawn=drawn, attachments=attachments, xmp=xmp)

    def render_reminder(self, data: ReminderDocument) -> bytes:
        """Return a payment reminder as PDF."""
        templates = self._in(data.recipient.language)
        html = templates.html("reminder.html.j2", document=data, payment=pay_to(data), payment_code=False)
        return self._writer.pdf(html, f"reminder {data.invoice_no}/{data.reminder_step}")

    def _in(self, language: str) -> PageTemplates:
        if language not in self._templates:
            self._templates[language] = PageTemplates(self._brand, language)
        return self._templates[language]


def _itemised(data: InvoiceDocument, templates: PageTemplates) -> list[tuple[str, list[list[TextBlock]]]]:
    """Set what is long as pages of text, each part with the name of its texts: users by cost centre, then calls."""
    texts: Any = templates.texts
    words = CarriedWords(texts["invoice"]["carried"], texts["invoice"]["brought"])
    tables: dict[str, list[TextTable]] = {
        "sections": section_tables(data.sections, texts["sections"], templates.figures),
        "specification": specification_tables(data.specification, texts["specification"], templates.figures),
    }
    return [(name, text_pages(found, words, _HEADING_LINES)) for name, found in tables.items() if found]
