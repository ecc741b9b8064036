"""Settlement as a table: what is owed, what comes in, and where every krona goes.

Each case lists the claims (name, account, amount, due day of November), the payments (name, amount, the invoice that
its reference names) of one night, and the expected flow: (payment, where it went, amount, rule).
"""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from settled_books import bank, claim, claims, flows, night, paid

from schemas import tables

REF, CREDIT, NONE = "ocr_reference", "account_credit", "none"

CASES = {
    "a payment of the whole amount closes the invoice": (
        [("inv1", 1, 188, 20)],
        [("p", 188, 1)],
        [("p", "inv1", 188, REF)],
    ),
    "a payment of a part leaves the rest open": (
        [("inv1", 1, 188, 20)],
        [("p", 100, 1)],
        [("p", "inv1", 100, REF)],
    ),
    "what is paid too much is credit": (
        [("inv1", 1, 188, 20)],
        [("p", 200, 1)],
        [("p", "inv1", 188, REF), ("p", "credit", 12, REF)],  # 200 - 188
    ),
    "an invoice paid twice leaves the second payment as credit": (
        [("inv1", 1, 188, 20)],
        [("p", 188, 1), ("q", 188, 1)],
        [("p", "inv1", 188, REF), ("q", "credit", 188, REF)],
    ),
    "a reference that names no invoice puts the whole payment in suspense": (
        [("inv1", 1, 188, 20)],
        [("p", 188, None)],
        [("p", "suspense", 188, NONE)],
    ),
    "several payments of one invoice fill it up one after the other": (
        [("inv1", 1, 188, 20)],
        [("p", 100, 1), ("q", 50, 1), ("r", 50, 1)],
        [("p", "inv1", 100, REF), ("q", "inv1", 50, REF), ("r", "inv1", 38, REF), ("r", "credit", 12, REF)],
    ),
    "the invoice is paid before its reminder fee": (
        [("inv1", 1, 188, 20), ("fee1", 1, 60, 10)],
        [("p", 200, 1)],
        [("p", "inv1", 188, REF), ("p", "fee1", 12, REF)],
    ),
    "a payment of invoice and fee closes both": (
        [("inv1", 1, 188, 20), ("fee1", 1, 60, 30)],
        [("p", 248, 1)],
        [("p", "inv1", 188, REF), ("p", "fee1", 60, REF)],
    ),
    "what is left of a payment pays the account's other invoice as credit": (
        [("inv1", 1, 100, 20), ("inv2", 1, 300, 25)],
        [("p", 150, 1)],
        [("p", "inv1", 100, REF), ("p", "credit", 50, REF), ("p", "credit", -50, CREDIT), ("p", "inv2", 50, CREDIT)],
    ),
    "a payment goes to the invoice it names even when an older one is open": (
        [("inv1", 1, 100, 1), ("inv2", 1, 100, 30)],
        [("p", 100, 2)],
        [("p", "inv2", 100, REF)],
    ),
    "credit pays the oldest due date first and goes on to the next": (
        [("inv1", 1, 100, 20), ("inv2", 1, 70, 15), ("fee3", 1, 60, 5), ("inv4", 1, 10, 30)],
        [("p", 210, 4)],
        [
            ("p", "inv4", 10, REF),
            ("p", "credit", 200, REF),  # 210 - 10
            ("p", "credit", -60, CREDIT),
            ("p", "fee3", 60, CREDIT),  # due on the 5th
            ("p", "credit", -70, CREDIT),
            ("p", "inv2", 70, CREDIT),  # due on the 15th
            ("p", "credit", -70, CREDIT),
            ("p", "inv1", 70, CREDIT),  # 200 - 60 - 70
        ],
    ),
    "a payment of which a deduction left nothing is nowhere, and the credit that was deducted pays the invoice": (
        [("inv1", 1, 100, 20), ("inv2", 1, 50, 25)],
        [("p", 150, 1), ("q", 0, 2), ("r", 0, None)],
        [("p", "inv1", 100, REF), ("p", "credit", 50, REF), ("p", "credit", -50, CREDIT), ("p", "inv2", 50, CREDIT)],
    ),
    "credit of one account never pays another account": (
        [("inv1", 1, 100, 20), ("inv2", 2, 100, 20)],
        [("p", 150, 1)],
        [("p", "inv1", 100, REF), ("p", "credit", 50, REF)],
    ),
    "payments of two accounts do not meet": (
        [("inv1", 1, 100, 20), ("inv2", 2, 80, 20)],
        [("p", 80, 2), ("q", 100, 1)],
        [("p", "inv2", 80, REF), ("q", "inv1", 100, REF)],
    ),
    "one oere too little stays open and one too much is credit": (
        [("inv1", 1, "188.00", 20), ("inv2", 2, "188.00", 20)],
        [("p", "187.99", 1), ("q", "188.01", 2)],
        [("p", "inv1", "187.99", REF), ("q", "inv2", "188.00", REF), ("q", "credit", "0.01", REF)],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_settlement(case):
    rows, money, expected = case
    receivables = claims(*(claim(*row) for row in rows))
    found = night(receivables, bank(*(paid(name, amount, invoice or "9876") for name, amount, invoice in money)))
    assert flows(found) == sorted((p, to, Decimal(amount), rule) for p, to, amount, rule in expected)
    tables.ALLOCATION.conform(found.with_columns(pl.lit(date(2026, 11, 20)).alias("allocated_on")))
    assert found["allocation_id"].is_unique().all()
