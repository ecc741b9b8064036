"""Documents are taken from the lake's tables, and their figures add up."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from invoicing.documents.document_error import DocumentError
from invoicing.documents.document_parts import AllowanceUse
from invoicing.documents.invoice_page import InvoiceLineText, Snapshot, VatRow, invoice_documents
from invoicing.documents.recipient import Recipient
from invoicing.documents.reminder_page import Instalment, reminder_documents
from schemas import tables

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


def frame(table, *rows):
    """Rows of a table; columns not given are null."""
    return pl.DataFrame([{name: row.get(name) for name in table.names} for row in rows], schema=table.schema)


PARTIES = {
    1: {
        "customer_name": "Åsa",
        "street": "Gatan 1",
        "postcode": "11342",
        "city": "Stockholm",
        "country_code": "SE",
        "language": "sv",
    },
    2: {
        "customer_name": "Bo",
        "street": "Gata 2",
        "postcode": "0150",
        "city": "Oslo",
        "country_code": "NO",
        "language": "nb",
    },
}


def customers():
    """The customers of `PARTIES`."""
    return frame(tables.CUSTOMER, *({**party, "customer_id": number} for number, party in PARTIES.items()))


def documents(operator, invoices, lines, vat, **more):
    """Documents of invoices, each with the party of its customer where there is one."""
    known = [row for row in invoices.iter_rows(named=True) if row["customer_id"] in PARTIES]
    parties = frame(
        tables.INVOICE_PARTY, *({**PARTIES[r["customer_id"]], "invoice_no": r["invoice_no"]} for r in known)
    )
    return invoice_documents(Snapshot(invoices, lines, vat, parties, {1: operator}, tables.INVOICE.empty(), **more))


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
    assert first.recipient == Recipient(2, "Bo", ("Gata 2", "0150 Oslo", "NORWAY"), "nb")
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


def test_a_reminder_of_an_instalment_says_which_of_how_many(operator):
    """80.00 of the second of two instalments are left; + 60.00 = 140.00."""
    named = {"agreement_id": "5:1", "instalment_no": 2}
    reminders = frame(
        tables.REMINDER,
        named
        | {
            "reminder_id": "reminder:agreement:5:1:2", "invoice_no": 7, "reminder_step": 1,
            "fee_amount": Decimal(60), "open_amount": Decimal(80), "reminded_on": date(2027, 1, 9),
            "due_on": date(2027, 1, 19),
        },
    )  # fmt: skip
    days = {1: date(2026, 12, 1), 2: date(2027, 1, 1)}
    rows = [
        {"agreement_id": "5:1", "instalment_no": number, "due_on": day, "amount": Decimal(100)}
        for number, day in days.items()
    ]
    plans = frame(tables.AGREEMENT_INSTALMENT, *rows).with_columns(pl.lit(OCTOBER).alias("agreed_on"))
    made = reminder_documents(reminders, frame(tables.INVOICE, invoice_row(7, 1)), customers(), operator, plans)
    assert made[0].instalment == Instalment(number=2, of=2, due_on=days[2], agreed_on=OCTOBER)
    assert made[0].to_pay_amount == Decimal(140)


def test_history_is_twelve_months_of_the_account_up_to_the_invoice(operator):
    """13.00 a month, less 3.00 credited in September; another account's, older, and later documents are left out."""
    invoices = frame(tables.INVOICE, invoice_row(7, 1) | {"account_id": 20001})
    others = (
        invoice_row(3, 1) | {"account_id": 20001, "invoiced_on": date(2025, 10, 31)},
        invoice_row(4, 1) | {"account_id": 20001, "invoiced_on": date(2025, 11, 1)},
        invoice_row(6, 1) | {"account_id": 20001, "invoiced_on": SEPTEMBER},
        invoice_row(9, 1) | {"account_id": 20001, "invoiced_on": OCTOBER},
        invoice_row(5, 1) | {"account_id": 20002, "invoiced_on": SEPTEMBER},
        invoice_row(91, 1, total_amount="-3.00") | {
            "account_id": 20001, "invoiced_on": date(2026, 9, 20), "document_kind": "credit_note"
        },
        invoice_row(92, 1, total_amount="-3.00") | {
            "account_id": 20001, "invoiced_on": OCTOBER, "document_kind": "credit_note"
        },
    )  # fmt: skip
    (made,) = documents(
        operator, invoices, frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "10.00")),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
        history=pl.concat([invoices, frame(tables.INVOICE, *others)]),
    )  # fmt: skip
    shown = [(month.month, month.amount) for month in made.history if month.amount]
    assert len(made.history) == 12
    assert shown == [(date(2025, 11, 1), Decimal(13)), (SEPTEMBER, Decimal(10)), (OCTOBER, Decimal(13))]


def test_months_before_the_first_invoice_are_not_shown(operator):
    invoices = frame(tables.INVOICE, invoice_row(7, 1) | {"account_id": 20001})
    (made,) = documents(
        operator, invoices, frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "10.00")),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")), history=invoices,
    )  # fmt: skip
    assert [month.month for month in made.history] == [OCTOBER]


def test_allowances_sections_and_calls_are_taken_from_their_rows_by_invoice(operator):
    allowance = {
        "invoice_no": 7, "a_number": None, "allowance_name": "Surf", "allowance_unit": "byte",
        "granted_quantity": Decimal(5), "used_quantity": Decimal(3), "left_quantity": Decimal(2),
        "rolled_over_quantity": Decimal(1),
    }  # fmt: skip
    section = {
        "invoice_no": 7, "cost_centre": "100", "user_name": "Bo", "line_text": "Avgift", "quantity": 1,
        "usage_kind": None, "units": None, "net_amount": Decimal("10.00"),
    }  # fmt: skip
    call = {
        "invoice_no": 7, "specified_for": "070", "started_at": datetime(2026, 9, 2, 8), "b_number": "08xx",  # noqa: DTZ001
        "zone_name": "Sverige", "units": 60, "usage_kind": "call", "amount_ex_vat": Decimal("0.5"),
        "is_included": False,
    }  # fmt: skip
    (made,) = documents(
        operator, frame(tables.INVOICE, invoice_row(7, 1)),
        frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "10.00")),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
        allowances=pl.DataFrame([allowance, allowance | {"invoice_no": 8}]),
        sections=pl.DataFrame([section, section | {"line_text": "Samtal"}]),
        specification=pl.DataFrame([call, call | {"specified_for": "071"}]),
    )  # fmt: skip
    assert made.allowances == (AllowanceUse("Surf", "byte", Decimal(5), Decimal(3), Decimal(2), Decimal(1)),)
    assert [(one.user, one.cost_centre, one.net_amount) for one in made.sections] == [("Bo", "100", Decimal("20.00"))]
    assert [(part.title, len(part.rows)) for part in made.specification] == [("070", 1), ("071", 1)]


def test_a_credit_note_whose_invoice_is_not_given_is_refused(operator):
    invoices = frame(tables.INVOICE, invoice_row(7, 1) | {"document_kind": "credit_note", "credits_invoice_no": 5})
    with pytest.raises(DocumentError, match="credit note 7: invoice 5 that it credits is not among those given"):
        documents(operator, invoices, tables.INVOICE_LINE.empty(), tables.INVOICE_VAT.empty())


def test_a_line_tells_its_period_only_where_it_is_not_the_documents(invoice, line):
    fee = replace(line, line_group="fee", usage_kind=None)
    assert not invoice.tells_period_of(fee)
    assert invoice.tells_period_of(replace(fee, service_from=date(2026, 9, 15)))
    assert not invoice.tells_period_of(replace(line, service_from=date(2026, 9, 15)))
    assert invoice.tells_period_of(replace(line, service_from=date(2026, 8, 15)))


def test_a_line_knows_the_instalments_that_it_charges(operator):
    told = {"invoice_no": [7, 7, 8], "entry_no": [2, 2, 1], "instalment_no": [3, 1, 9], "instalment_count": [24, 12, 9]}
    (document,) = documents(
        operator,
        frame(tables.INVOICE, invoice_row(7, 1)),
        frame(tables.INVOICE_LINE, line_row(7, 1, "Avgift", "6.00"), line_row(7, 2, "Telefon", "4.00")),
        frame(tables.INVOICE_VAT, vat_row(7, "standard", "25", "10.00", "2.50")),
        instalments=pl.DataFrame(told),
    )
    assert [line.instalments for line in document.lines] == [(), ((3, 24), (1, 12))]
