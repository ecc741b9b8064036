"""Letters to PDF."""

from __future__ import annotations

from invoicing.documents.brand import Brand
from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.page_templates import PageTemplates
from invoicing.documents.pdf_writer import PdfWriter
from invoicing.documents.reminder_page import ReminderDocument


class DocumentRenderer:
    """Makes the letters of one brand; build one per process and use it for every document.

    The same data gives the same bytes. Every method raises DocumentError for a fault in a template, a file
    that is missing or outside the brand, or anything else the renderer complains of.
    """

    def __init__(self, brand: Brand) -> None:
        self._templates = PageTemplates(brand)
        self._writer = PdfWriter(brand)

    def render_invoice(self, data: InvoiceDocument) -> bytes:
        """Return an invoice as PDF."""
        html = self._templates.html("invoice.html.j2", document=data)
        return self._writer.pdf(html, f"invoice {data.invoice_no}")

    def render_reminder(self, data: ReminderDocument) -> bytes:
        """Return a payment reminder as PDF."""
        html = self._templates.html("reminder.html.j2", document=data)
        return self._writer.pdf(html, f"reminder {data.invoice_no}/{data.reminder_step}")
