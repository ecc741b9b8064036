"""Money in suspense that is no customer's is booked on an account of the chart, and taken back to the oere."""

from decimal import Decimal

import polars as pl
import pytest
from settled_books import bank, claim, claims, night, paid, suspense_of

from invoicing.payments_by_hand import book_on_account, in_suspense, take_back_bookings
from schemas import tables

D = Decimal


def in_the_books(**payment):
    """The rows of a payment in suspense: 100.00 EUR that went out at 11.333, say."""
    return night(claims(claim("inv1", 10, 1, 20)), bank(paid("p", payment.pop("amount"), None, **payment)))


def bookings(rows, account="6570"):
    """PAYMENT_BOOKING rows of what was decided; those taken back say their account themselves."""
    booked = rows.filter(pl.col("allocation_kind") == "booked")
    named = booked if "ledger_account" in booked.columns else booked.with_columns(ledger_account=pl.lit(account))
    return tables.PAYMENT_BOOKING.complete(
        named.with_columns(decided_by=pl.lit("eva"), decision_text=pl.lit("why"), request_id=pl.lit("r"))
    )


@pytest.mark.parametrize(
    ("kind", "amount", "booked"), [("paid_out", "-100", "-100"), ("received", "100", "100")], ids=["out", "in"]
)
def test_all_that_is_in_suspense_is_booked_whichever_way_it_went(kind, amount, booked):
    held = in_the_books(amount=amount, kind=kind)
    rows = book_on_account(held, "r", 10000)
    assert suspense_of(pl.concat([held, rows])) == {}
    assert rows.filter(pl.col("allocation_kind") == "booked")["amount"].to_list() == [D(booked)]
    assert rows["voucher_id"].unique().to_list() == ["U:r"]


def test_a_part_is_booked_with_its_share_of_the_worth_and_the_rest_stays():
    """Of -100.00 EUR at 11.333, -1133.30 kronor, 33.33 are booked: 377.7289 rounded."""
    held = in_the_books(amount="-100", kind="paid_out", currency="EUR", rate="11.333")
    rows = book_on_account(held, "r", 3333)
    booked = rows.filter(pl.col("allocation_kind") == "booked")
    assert booked.select("amount", "home_amount").rows() == [(D("-33.33"), D("-377.73"))]
    assert in_suspense(pl.concat([held, rows])) == (-6667, -75557)


def test_what_was_booked_on_two_accounts_is_taken_back_from_both_once():
    held = in_the_books(amount="-100", kind="paid_out")
    first = book_on_account(held, "r", 4000)
    second = book_on_account(pl.concat([held, first]), "s", 6000)
    decided = pl.concat([bookings(first), bookings(second, "7960")])
    back = take_back_bookings(decided, "t")
    gone = back.filter(pl.col("allocation_kind") == "booked").select("ledger_account", "amount").rows()
    assert gone == [("6570", D(40)), ("7960", D(60))]
    after = pl.concat([held, first, second, back.drop("ledger_account")])
    assert suspense_of(after) == {"p": D(-100)}
    assert after["allocation_id"].is_unique().all()
    assert take_back_bookings(pl.concat([decided, bookings(back)]), "u").is_empty()
