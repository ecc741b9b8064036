"""Rows of direct debit that tests begin from: account 5 pays invoice 1 of 250 kronor by Autogiro, due on a Friday."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.mandate_states import ANSWERS
from schemas import tables
from schemas.money import AMOUNT
from schemas.policy import DirectDebit

RULES = DirectDebit(autogiro_customer_no="471117", sepa_creditor_id="SE64ZZZ5599990008", retries=1, retry_days=7)
INVOICED, DUE = date(2026, 10, 31), date(2026, 11, 20)
HANDED_IN = date(2026, 11, 18)
_CLAIM = pl.Schema({**tables.RECEIVABLE.schema, "open_amount": AMOUNT})


def mandates(*rows):
    """MANDATE rows, each account 5's active Autogiro mandate 5-1 unless told otherwise."""
    usual = {
        "mandate_id": "5-1", "account_id": 5, "scheme": "autogiro", "mandate_use": "recurring", "payer_no": "5001",
        "payer_account": "50001234567", "payer_name": "Åsa Öst", "registration_no": "19900101-2384",
        "mandate_state": "active", "signed_on": date(2026, 9, 1), "changed_on": date(2026, 9, 3), "request_id": "q",
    }  # fmt: skip
    return frame(tables.MANDATE.schema, [usual | row for row in rows])


def notices(*rows):
    """DIRECT_DEBIT_NOTICE rows of mandate 5-1."""
    usual = {
        "invoice_no": 1, "mandate_id": "5-1", "scheme": "autogiro", "payer_account": "50001234567", "collect_on": DUE,
        "notified_on": INVOICED,
    }  # fmt: skip
    return frame(tables.DIRECT_DEBIT_NOTICE.schema, [usual | row for row in rows])


def debits(*rows):
    """DIRECT_DEBIT rows of invoice 1."""
    usual = {
        "direct_debit_id": "1-1", "mandate_id": "5-1", "account_id": 5, "invoice_no": 1, "attempt_no": 1,
        "scheme": "autogiro", "amount": Decimal("250.00"), "currency": "SEK", "collect_on": DUE, "sequence_type": None,
        "ordered_on": HANDED_IN,
    }  # fmt: skip
    return frame(tables.DIRECT_DEBIT.schema, [usual | row for row in rows])


def answers(*rows):
    """Answers to direct debit 1-1 on the bank day after it, code 1 (not enough money) unless told otherwise."""
    usual = {
        "direct_debit_id": "1-1", "payer_no": None, "answer": "failed", "answer_code": "1",
        "answered_on": date(2026, 11, 23),
    }  # fmt: skip
    return frame(ANSWERS, [usual | row for row in rows])


def claims(*rows):
    """Open claims: invoice 1 of account 5."""
    usual = {
        "receivable_id": "invoice:1", "receivable_kind": "invoice", "account_id": 5, "invoice_no": 1,
        "amount": Decimal("250.00"), "open_amount": Decimal("250.00"), "currency": "SEK", "due_on": DUE,
        "booked_on": INVOICED,
    }  # fmt: skip
    return frame(_CLAIM, [usual | row for row in rows])


def invoices(*rows):
    """INVOICE rows, as far as direct debit looks at them."""
    usual = {
        "invoice_no": 1, "document_kind": "invoice", "account_id": 5, "invoiced_on": INVOICED, "due_on": DUE,
        "currency": "SEK", "to_pay_amount": Decimal("250.00"),
    }  # fmt: skip
    schema = {name: tables.INVOICE.schema[name] for name in usual}
    return frame(schema, [usual | row for row in rows])


def frame(schema, rows):
    """A frame of rows as dicts; columns that a row does not have are null."""
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")
