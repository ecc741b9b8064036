"""Instalments: one on each billing date, that add up to the price; what is left when the subscription ends."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.instalments import instalment_fees
from schemas import tables

D = Decimal
NOV10 = date(2026, 11, 10)
ENDS = pl.Schema({"subscription_id": pl.Int64, "ends_on": pl.Date})
CHARGED = pl.Schema({"charge_id": pl.String, "amount_ex_vat": pl.Decimal(18, 6)})


def fees(on, *, price="100.00", count=3, day=1, charged=(), ends=None, at_end="due", since=NOV10):
    plan = ("r-1", 5, 7, "phone", "3004", 1, D(price), "SEK", count, since)
    account = {
        "account_id": 5, "account_bucket": 2, "customer_id": 3, "billing_day": day, "currency": "SEK",
        "credit_limit": D(0), "delivery_channel": "portal", "account_from": since,
    }  # fmt: skip
    return instalment_fees(
        pl.DataFrame([plan], schema=tables.INSTALMENT_PLAN.schema, orient="row"),
        pl.DataFrame([account], schema=tables.ACCOUNT.schema),
        pl.DataFrame([(7, ends)] if ends else [], schema=ENDS, orient="row"),
        pl.DataFrame(list(charged), schema=CHARGED, orient="row"),
        on,
        at_end,
    )


def told(made):
    return [
        (row["what"], str(row["amount_ex_vat"].quantize(D("0.01"))), row["on"]) for row in made.sort("on").to_dicts()
    ]


FIRST = ("one_off:r-1:instalment_1", D("33.34"))


def test_one_comes_due_on_each_billing_date_from_the_order_on():
    assert told(fees(date(2026, 11, 30))) == []
    assert told(fees(date(2026, 12, 1))) == [("instalment_1", "33.34", date(2026, 12, 1))]
    assert told(fees(date(2027, 1, 1), charged=[FIRST])) == [("instalment_2", "33.33", date(2027, 1, 1))]


def test_an_order_on_the_billing_date_has_its_first_one_on_it():
    assert told(fees(NOV10, day=10)) == [("instalment_1", "33.34", NOV10)]


def test_nights_that_were_missed_are_caught_up_and_no_more_comes_after_the_last():
    wanted = [
        ("instalment_1", "33.34", date(2026, 12, 1)), ("instalment_2", "33.33", date(2027, 1, 1)),
        ("instalment_3", "33.33", date(2027, 2, 1)),
    ]  # fmt: skip
    assert told(fees(date(2027, 12, 1))) == wanted


def test_what_is_left_is_due_when_the_subscription_ends():
    ended = date(2026, 12, 20)
    assert told(fees(ended, charged=[FIRST], ends=ended)) == [("instalments_left", "66.66", ended)]
    left = ("one_off:r-1:instalments_left", D("66.66"))
    assert told(fees(date(2027, 2, 1), charged=[FIRST, left], ends=ended)) == []


def test_an_end_seen_late_charges_what_came_due_before_it_and_then_the_rest():
    assert told(fees(date(2027, 3, 1), ends=date(2026, 12, 20))) == [
        ("instalment_1", "33.34", date(2026, 12, 1)), ("instalments_left", "66.66", date(2026, 12, 20)),
    ]  # fmt: skip


def test_the_policy_may_let_them_continue():
    assert told(fees(date(2027, 1, 1), charged=[FIRST], ends=date(2026, 12, 20), at_end="continue")) == [
        ("instalment_2", "33.33", date(2027, 1, 1))
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 10**7), st.integers(1, 36), st.integers(1, 31), st.none() | st.integers(0, 1200))
def test_they_add_up_to_the_price_whenever_nights_and_ends_come(minor, count, day, ends_after):
    """A night every 170 days for four years."""
    ends = None if ends_after is None else date.fromordinal(NOV10.toordinal() + ends_after)
    charged, price = [], D(minor) / 100
    for step in range(0, 1530, 170):
        on = date.fromordinal(NOV10.toordinal() + step)
        made = fees(on, price=price, count=count, day=day, charged=charged, ends=ends if ends and ends <= on else None)
        charged += [(f"one_off:r-1:{row['what']}", row["amount_ex_vat"]) for row in made.to_dicts()]
        assert len({name for name, _ in charged}) == len(charged)
    assert sum(amount for _, amount in charged) == price


@pytest.mark.parametrize("price", ["0.02", "100.00"])
def test_parts_of_nothing_are_not_negative(price):
    made = fees(date(2027, 12, 1), price=price)
    assert made["amount_ex_vat"].sum() == D(price)
    assert (made["amount_ex_vat"] >= 0).all()
