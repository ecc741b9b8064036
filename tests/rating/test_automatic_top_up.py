"""Automatic top-up: below the threshold, one at a time, within the month's ceiling."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.automatic_top_up import top_ups_to_order
from schemas import tables
from schemas.money import AMOUNT

ON = date(2026, 11, 20)


def ordered(limit, exposure, before=(), ceiling="500"):
    """Order for one account that wants 200 whenever less than 50 is left."""
    credit = pl.DataFrame(
        [(20001, Decimal(limit), Decimal(exposure))],
        schema={"account_id": pl.Int64, "credit_limit": AMOUNT, "exposure": AMOUNT},
        orient="row",
    )
    choice = (20001, Decimal(50), Decimal(200), Decimal(ceiling), date(2026, 10, 1), "r-1")
    choices = pl.DataFrame([choice], schema=tables.TOP_UP_CHOICE.schema, orient="row")
    rows = [
        (f"20001:{n}", 20001, kind, Decimal(amount), "SEK", day, paid, None)
        for n, (kind, amount, day, paid) in enumerate(before, 1)
    ]
    top_ups = pl.DataFrame(rows, schema=tables.TOP_UP.schema, orient="row")
    return tables.TOP_UP.conform(top_ups_to_order(credit, choices, top_ups, ON, "SEK"))


def automatic(day, paid=ON, amount="200"):
    return ("automatic", amount, day, paid)


LEFT = [
    # nothing on credit: 200 were paid, 150.01 are used, 49.99 are left
    ("0", "-49.99", 1),
    ("0", "-50", 0),
    # a limit of 100, of which 50.01 are used
    ("100", "50.01", 1),
    ("100", "50", 0),
]


@pytest.mark.parametrize(("limit", "exposure", "orders"), LEFT)
def test_a_top_up_is_ordered_when_less_than_the_threshold_is_left(limit, exposure, orders):
    assert ordered(limit, exposure).height == orders


def test_an_order_waits_for_its_money_under_the_account_and_its_ordinal():
    order = ordered("0", "0", [automatic(date(2026, 10, 3))]).row(0, named=True)
    assert (order["top_up_id"], order["amount"], order["ordered_on"], order["paid_on"]) == (
        "20001:2",
        Decimal(200),
        ON,
        None,
    )


def test_none_is_ordered_while_one_waits_for_its_money():
    assert ordered("0", "0", [automatic(date(2026, 10, 3), paid=None)]).is_empty()


MONTHS = [
    # 200 + 200 = 400 and 200 more would be 600 over 500; 600 is within 600
    ([automatic(date(2026, 11, 1)), automatic(date(2026, 11, 9))], "500", 0),
    ([automatic(date(2026, 11, 1)), automatic(date(2026, 11, 9))], "600", 1),
    # what was ordered in October counts there
    ([automatic(date(2026, 10, 31)), automatic(date(2026, 11, 9))], "500", 1),
    # what the customer paid by hand is no order
    ([("paid", "450", date(2026, 11, 9), ON)], "500", 1),
    ([], "199.99", 0),
]


@pytest.mark.parametrize(("before", "ceiling", "orders"), MONTHS)
def test_orders_of_a_calendar_month_stay_within_the_ceiling(before, ceiling, orders):
    assert ordered("0", "0", before, ceiling).height == orders


def test_what_is_ordered_is_not_ordered_again():
    first = ordered("0", "0")
    assert ordered("0", "0", [(*first.select("top_up_kind", "amount", "ordered_on", "paid_on").row(0),)]).is_empty()
