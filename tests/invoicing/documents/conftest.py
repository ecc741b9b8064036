"""An operator, an invoice and a reminder to print, and one renderer for all tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from invoicing.documents.brand import load_brand
from invoicing.documents.invoice_page import Buyer, InvoiceDocument, InvoiceLineText, VatRow
from invoicing.documents.recipient import Recipient
from invoicing.documents.reminder_page import ReminderDocument
from invoicing.documents.rendering import DocumentRenderer
from schemas.policy import Operator


@pytest.fixture(scope="session")
def operator() -> Operator:
    return Operator(
        name="Provnät",
        legal_name="Provnät AB",
        registration_no="559999-0008",
        vat_no="SE559999000801",
        street="Kajplats 7",
        postcode="999 01",
        city="Fjärdhamn",
        country_code="SE",
        email="kund@provnat.example",
        phone="08-465 004 00",
        website="provnat.example",
        bankgiro="991-2346",
        time_zone="Europe/Stockholm",
        country_calling_code="46",
        national_prefix="0",
        international_prefix="00",
        currency="SEK",
        language="sv",
    )


@pytest.fixture(scope="session")
def recipient() -> Recipient:
    return Recipient(10017, "Åsa Ödmark", ("Ängsvägen 12 B", "113 42 Stockholm"))


@pytest.fixture(scope="session")
def line() -> InvoiceLineText:
    return InvoiceLineText(
        text="Samtal till Norge",
        service_from=date(2026, 9, 1),
        service_to=date(2026, 10, 1),
        quantity=1204,
        net_amount=Decimal("1000.10"),
        usage_kind="call",
        duration_s=725,
    )


@pytest.fixture(scope="session")
def invoice(operator, recipient, line) -> InvoiceDocument:
    """1 000,10 + 25 % moms 250,03 = 1 250,13; rounded to 1 250,00."""
    return InvoiceDocument(
        operator=operator,
        recipient=recipient,
        buyer=Buyer(10017, "Åsa Ödmark", "private", "Ängsvägen 12 B", "11342", "Stockholm", "SE", "sv", "paper"),
        invoice_no=1000234,
        invoiced_on=date(2026, 10, 1),
        due_on=date(2026, 10, 31),
        period_from=date(2026, 9, 1),
        period_to=date(2026, 10, 1),
        currency="SEK",
        lines=(line,),
        vat_rows=(VatRow(Decimal("25.0000"), Decimal("1000.10"), Decimal("250.03")),),
        net_amount=Decimal("1000.10"),
        vat_amount=Decimal("250.03"),
        rounding_amount=Decimal("-0.13"),
        total_amount=Decimal("1250.00"),
        ocr_reference="100023498",
    )


@pytest.fixture(scope="session")
def wide_invoice(invoice, line) -> InvoiceDocument:
    """A fee, all kinds of usage with what was included, and a correction of earlier calls."""
    usage = (
        replace(line, text="Abonnemang Mobil Stor", quantity=1, usage_kind=None, duration_s=0),
        replace(line, text="Samtal till mobil i Sverige", quantity=64, duration_s=7_510, included_units=4_200),
        replace(line, text="Samtal till fast telefon i Sverige", quantity=9, duration_s=1_320, included_units=1_320),
        replace(line, text="Mobildata inom EU", quantity=311, usage_kind="data", duration_s=0,
                volume_bytes=12_345_678_900, included_units=10_000_000_000),
        replace(line, text="Sms till svenska nummer", quantity=1_012, usage_kind="message", duration_s=0,
                included_units=12),
        replace(line, text="Samtal till mobil i Sverige", quantity=3, is_adjustment=True),
    )  # fmt: skip
    amounts = ("298.90", "41.10", "0.00", "49.40", "8.40", "-12.40")
    lines = tuple(replace(line, net_amount=Decimal(amount)) for line, amount in zip(usage, amounts, strict=True))
    # 298.90 + 41.10 + 0.00 + 49.40 + 8.40 - 12.40 = 385.40; 25 % of it is 96.35; 481.75 + 0.25 = 482
    return replace(
        invoice,
        lines=lines,
        vat_rows=(VatRow(Decimal(25), Decimal("385.40"), Decimal("96.35")),),
        net_amount=Decimal("385.40"),
        vat_amount=Decimal("96.35"),
        rounding_amount=Decimal("0.25"),
        total_amount=Decimal("482.00"),
    )


@pytest.fixture(scope="session")
def long_invoice(invoice, line) -> InvoiceDocument:
    """120 lines of 1,00 numbered 1 to 120, VAT 30,00."""
    lines = tuple(replace(line, text=f"Rad nr {no}", net_amount=Decimal("1.00")) for no in range(1, 121))
    return replace(
        invoice,
        lines=lines,
        vat_rows=(VatRow(Decimal(25), Decimal("120.00"), Decimal("30.00")),),
        net_amount=Decimal("120.00"),
        vat_amount=Decimal("30.00"),
        rounding_amount=Decimal("0.00"),
        total_amount=Decimal("150.00"),
    )


@pytest.fixture(scope="session")
def reminder(operator, recipient) -> ReminderDocument:
    """1 250,00 less 500,00 paid, and 60,00 fee: 810,00 to pay."""
    return ReminderDocument(
        operator=operator,
        recipient=recipient,
        invoice_no=1000234,
        reminder_step=1,
        reminded_on=date(2026, 11, 9),
        due_on=date(2026, 11, 19),
        invoiced_on=date(2026, 10, 1),
        invoice_due_on=date(2026, 10, 31),
        currency="SEK",
        invoice_amount=Decimal("1250.00"),
        open_amount=Decimal("750.00"),
        fee_amount=Decimal("60.00"),
        ocr_reference="100023498",
    )


@pytest.fixture(scope="session")
def renderer() -> DocumentRenderer:
    return DocumentRenderer(load_brand())


@pytest.fixture(scope="session")
def pages_of() -> Callable[[bytes], list[str]]:
    """Read the text of each page of a PDF, with every run of white space as one blank."""
    return lambda pdf: [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
