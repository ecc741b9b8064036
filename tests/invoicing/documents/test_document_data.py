"""Documents are taken from the lake's tables, and their figures add up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceLineText, Snapshot, VatRow, invoice_documents
from invoicing.documents.recipient import Recipient
from invoicing.documents.reminder_page import reminder_documents
from schemas import tables

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def frame(table, *rows):
    """Rows of a table; columns not given are null."""
    return pl.DataFrame([{name: row.get(name) for name in table.names} for row in rows], schema=table.schema)


PARTIES = {
    1: {"customer_name": "Åsa", "street": "Gatan 1", "postcode": "11342", "city": "Stockholm", "country_code": "SE"},
    2: {"customer_name": "Bo", "street": "Gata 2", "postcode": "0150", "city": "Oslo", "country_code": "NO"},
}


def customers():
    """The customers of `PARTIES`."""
    return frame(tables.CUSTOMER, *({**party, "customer_id": number} for number, party in PARTIES.items()))


def documents(operator, invoices, lines, vat):
    """Documents of invoices, each with the party of its customer where there is one."""
    known = [row for row in invoices.iter_rows(named=True) if row["customer_id"] in PARTIES]
    parties = frame(
        tables.INVOICE_PARTY, *({**PARTIES[r["customer_id"]], "invoice_no": r["invoice_no"]} for r in known)
    )
    return invoice_documents(Snapshot(invoices, lines, vat, parties, {1: operator}, tables.INVOICE.empty()))


def invoice_row(no, customer, **changed):
    amounts = {
        "net_amount": "10.00",
        "vat_amount": "2.50",
        "rounding_amount": "0.50",
        "total_amount": "13.00",
    } | changed
    return {
        "invoice_no": no,
        "customer_id": customer,
        "invoiced_on": OCTOBER,
        "due_on": date(2026, 10, 31),
        "period_from": SEPTEMBER,
        "period_to": OCTOBER,
        "currency": "SEK",
        "ocr_reference": f"{no}98",
        "document_kind": "invoice",
        "vat_treatment": "domestic",
        "exchange_rate": Decimal(1),
        "credit_drawn_amount": Decimal(0),
        "seller_no": 1,
    } | {name: Decimal(amount) for name, amount in amounts.items()}


def line_row(no, entry, text, amount, **changed):
    return {
        "invoice_no": no,
        "entry_no": entry,
        "charge_kind": "usage",
        "line_text": text,
        "quantity": 3,
        "duration_s": 60,
        "usage_kind": "call",
        "volume_bytes": 0,
        "included_units": 0,
        "service_from": SEPTEMBER,
        "service_to": OCTOBER,
        "net_amount": Decimal(amount),
        "line_group": "usage",
        "article_no": "1001",
        "vat_category": "S",
        "vat_percent": Decimal(25),
        **changed,
    }


def vat_row(no, vat_class, percent, net, vat):
    return {
        "invoice_no": no,
        "vat_class": vat_class,
        "vat_percent": Decimal(percent),
        "net_amount": Decimal(net),
        "vat_amount": Decimal(vat),
        "vat_category": "S",
    }


def test_each_invoice_gets_its_own_lines_vat_and_recipient_in_order(operator):
    invoices = frame(tables.INVOICE, invoice_row(8, 2), invoice_row(7, 1))
    lines = frame(
        tables.INVOICE_LINE,
        line_row(7, 2, "Samtal", "4.00"),
        line_row(8, 1, "Avgift", "10.00"),
        line_row(7, 1, "Avgift", "6.00"),
        line_row(9, 1, "Annan faktura", "1.00"),
    )
    vat = frame(
        tables.INVOICE_VAT,
        vat_row(7, "exempt", "0", "0.00", "0.00"),
        vat_row(7, "standard", "25", "10.00", "2.50"),
        vat_row(8, "standard", "25", "10.00", "2.50"),
    )
    first, second = documents(operator, invoices, lines, vat)
    assert (first.invoice_no, second.invoice_no) == (8, 7)
    assert first.recipient == Recipient(2, "Bo", ("Gata 2", "0150 Oslo", "NO"))
    assert second.recipient == Recipient(1, "Åsa", ("Gatan 1", "113 42 Stockholm"))
    assert second.lines == (
        InvoiceLineText("Avgift", SEPTEMBER, OCTOBER, 3, Decimal("6.00"), "call", 60, article_no="1001"),
        InvoiceLineText("Samtal", SEPTEMBER, OCTOBER, 3, Decimal("4.00"), "call", 60, article_no="1001"),
    )
    assert second.vat_rows == (
        VatRow(Decimal(25), Decimal("10.00"), Decimal("2.50")),
        VatRow(Decimal(0), Decimal("0.00"), Decimal("0.00")),
    )
    assert second.ocr_reference == "798"


def test_an_invoice_without_its_customer_is_refused(operator):
    with pytest.raises(DocumentError, match="invoice 7: its buyer is not among"):
        documents(
            operator,
            frame(tables.INVOICE, invoice_row(7, 3)),
            frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "10.00")),
            frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
        )


def shown(operator, *lines):
    """Texts of the lines that stand on an invoice of 10.00."""
    (document,) = documents(
        operator,
        frame(tables.INVOICE, invoice_row(7, 1)),
        frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "10.00"), *lines),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
    )
    return [line.text for line in document.lines]


def test_a_line_of_nothing_is_shown_only_where_it_says_what_was_used_of_an_allowance(operator):
    """Calls to free numbers do not stand on an invoice (EECC annex VI A)."""
    included = line_row(7, 2, "Ingår", "0.00", included_units=60)
    free = line_row(7, 3, "Frinummer", "0.00")
    assert shown(operator, included, free) == ["Avgift", "Ingår"]


def test_an_adjustment_that_comes_to_nothing_is_not_shown(operator):
    adjusted = line_row(7, 2, "Samtal", "0.00", charge_kind="adjustment", included_units=60)
    assert shown(operator, adjusted) == ["Avgift"]


def test_data_are_counted_by_volume_and_an_adjustment_by_its_amount_alone(operator):
    (document,) = documents(
        operator,
        frame(tables.INVOICE, invoice_row(7, 1)),
        frame(
            tables.INVOICE_LINE,
            line_row(7, 1, "Data", "12.00", usage_kind="data", duration_s=0, volume_bytes=5_000, included_units=2_000),
            line_row(7, 2, "Samtal", "-2.00", charge_kind="adjustment", included_units=60),
        ),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
    )
    figures = [(line.counted, line.metered, line.included, line.is_adjustment) for line in document.lines]
    assert figures == [(None, 5_000, 2_000, False), (3, 0, 0, True)]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"lines": ()}, r"lines make 0, not 1000\.10"),
        ({"vat_rows": ()}, r"taxable amounts make 0, not 1000\.10"),
        ({"vat_amount": Decimal("250.02")}, r"VAT rows make 250\.03, not 250\.02 \(difference 0\.01\)"),
        ({"total_amount": Decimal("1250.01")}, r"net, VAT and rounding make 1250\.00, not 1250\.01"),
    ],
)
def test_an_invoice_whose_figures_do_not_add_up_is_refused(invoice, changed, fault):
    with pytest.raises(DocumentError, match=f"invoice 1000234: {fault}"):
        replace(invoice, **changed)


def test_a_reminder_adds_the_fee_to_what_is_left_of_its_invoice(operator):
    """13.00 - 5.00 paid = 8.00; + 60.00 = 68.00."""
    reminders = frame(
        tables.REMINDER,
        {
            "reminder_id": "reminder:7:1",
            "invoice_no": 7,
            "reminder_step": 1,
            "fee_amount": Decimal("60.00"),
            "open_amount": Decimal("8.00"),
            "reminded_on": date(2026, 11, 9),
            "due_on": date(2026, 11, 19),
        },
    )
    (document,) = reminder_documents(reminders, frame(tables.INVOICE, invoice_row(7, 1)), customers(), operator)
    assert (document.paid_amount, document.to_pay_amount) == (Decimal("5.00"), Decimal("68.00"))
    assert (document.invoice_due_on, document.due_on) == (date(2026, 10, 31), date(2026, 11, 19))
    assert document.recipient.name == "Åsa"
    with pytest.raises(DocumentError, match="reminder reminder:7:1: invoice 7 is not among"):
        reminder_documents(reminders, tables.INVOICE.empty(), customers(), operator)
