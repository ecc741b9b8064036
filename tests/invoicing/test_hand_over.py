"""Claims handed over: which invoices, and what is open of them."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.hand_over import handed_over
from schemas import tables

ON = date(2026, 11, 24)
ITEMS = {"receivable_kind": pl.String, "account_id": pl.Int64, "invoice_no": pl.Int64, "currency": pl.String,
         "due_on": pl.Date, "open_amount": pl.Decimal(18, 2)}  # fmt: skip
NOBODY = pl.DataFrame(schema={"invoice_no": pl.Int64})


def item(invoice_no, amount, kind="invoice", account=20001, due=date(2026, 10, 21)):
    return kind, account, invoice_no, "SEK", due, Decimal(amount)


def order(request_id, *, invoice=None, account=None, service="inkasso"):
    row = {"request_id": request_id, "account_id": account, "invoice_no": invoice, "collection_service": service,
           "ordered_on": ON, "decided_by": "anna", "decision_text": "reminded twice"}  # fmt: skip
    return tables.HAND_OVER.complete(pl.DataFrame([row], schema_overrides=tables.HAND_OVER.schema))


def handed(orders, items, away=NOBODY, reminders=()):
    """Hand over; request, invoice, capital, fees, interest and all, reminders sent and the last one."""
    schema = {"invoice_no": pl.Int64, "reminded_on": pl.Date}
    frame = pl.DataFrame(items, schema=ITEMS, orient="row")
    sent = pl.DataFrame(reminders, schema=schema, orient="row")
    rows = handed_over(pl.concat(orders), frame, away, sent, ON)
    tables.HANDED_INVOICE.conform(rows)
    names = ("request_id", "invoice_no", "capital_amount", "fees_amount", "interest_amount", "open_amount",
             "reminders_sent", "last_reminded_on")  # fmt: skip
    return [
        tuple(str(value) if isinstance(value, Decimal) else value for value in row) for row in rows.select(names).rows()
    ]


def test_capital_fees_and_interest_are_told_apart():
    items = [
        item(1, "399.00"),
        item(1, "-9.00", "credit_note"),
        item(1, "60.00", "reminder_fee", due=date(2026, 11, 6)),
        item(1, "25.00", "return_fee"),
        item(1, "3.50", "interest"),
    ]
    reminded = [(1, date(2026, 10, 27))]
    assert handed([order("r", invoice=1)], items, reminders=reminded) == [
        ("r", 1, "390.00", "85.00", "3.50", "478.50", 1, date(2026, 10, 27)),
    ]


def test_an_account_s_overdue_invoices_go_and_the_others_stay():
    items = [item(1, "399.00"), item(2, "100.00", due=ON), item(3, "50.00", account=20002)]
    assert [row[:2] for row in handed([order("r", account=20001)], items)] == [("r", 1)]


def test_an_invoice_that_is_named_goes_whenever_something_of_it_is_open():
    assert [row[:2] for row in handed([order("r", invoice=2)], [item(2, "100.00", due=ON)])] == [("r", 2)]
    assert handed([order("r", invoice=9)], [item(2, "100.00")]) == []


def test_an_invoice_goes_to_one_service():
    orders = [order("r2", account=20001, service="factor"), order("r1", invoice=1)]
    assert [row[:2] for row in handed(orders, [item(1, "399.00")])] == [("r1", 1)]
    assert handed(orders, [item(1, "399.00")], pl.DataFrame({"invoice_no": [1]})) == []
