"""Suggestions for payments in suspense: the strongest signs first, each with its reasons, never more than three."""

from decimal import Decimal

import polars as pl
from settled_books import NO_ALLOCATIONS, claim, claims

from invoicing.payment_suggestions import suggestions
from invoicing.settlement import open_items

OWED = open_items(
    claims(claim("inv1", 10, 188, 20), claim("inv2", 20, 188, 20), claim("inv3", 30, 99, 20)), NO_ALLOCATIONS
)
CUSTOMERS = pl.DataFrame({"account_id": [10, 20, 30], "customer_name": ["Anna Ek", "Bo Ask", "Anna-Maria Ek"]})
PAID, SAME, NAME = (
    "paid for this account before", "exactly what is open of the invoice", "the payer has the customer's name",
)  # fmt: skip


def suggested(amount, name=None, account=None, history=()):
    row = {
        "payment_id": "p",
        "currency": "SEK",
        "amount": Decimal(amount),
        "payer_name": name,
        "payer_account": account,
    }
    schema = {"amount": pl.Decimal(18, 2), "payer_name": pl.String, "payer_account": pl.String}
    before = pl.DataFrame(list(history), schema={"payer_account": pl.String, "account_id": pl.Int64}, orient="row")
    found = suggestions(pl.DataFrame([row], schema_overrides=schema), before, OWED, CUSTOMERS)
    return found.select("account_id", "invoice_no", "why").rows()


def test_an_invoice_of_exactly_that_amount_is_suggested():
    assert suggested(99) == [(30, 3, SAME)]


def test_an_account_that_the_payer_paid_for_before_goes_before_one_that_owes_as_much():
    assert suggested(99, account="1234", history=[("1234", 10), ("9999", 20)]) == [(10, None, PAID), (30, 3, SAME)]


def test_several_signs_go_before_one_and_are_all_named():
    assert suggested(188, name="BO ASK") == [(20, 2, f"{SAME}; {NAME}"), (10, 1, SAME)]


def test_a_name_is_known_in_any_order_and_case_but_not_by_a_part_of_it():
    assert suggested(5, name="ek, anna") == [(10, None, NAME)]
    assert suggested(5, name="Anna") == []


def test_a_payment_that_tells_nothing_gets_no_suggestion():
    assert suggested(5) == []


def test_three_are_the_most():
    assert len(suggested(5, account="1", history=[("1", account) for account in range(1, 9)])) == 3
