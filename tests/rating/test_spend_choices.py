"""Spend limits of customers and operator: warnings once per period and percent, and what is barred at 100."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.spend_choices import (
    bars_by_spend,
    customers_limits,
    operators_limits,
    spend_against_limits,
    spend_since,
    spend_warnings,
)
from schemas import tables
from schemas.money import CHARGE

ON = date(2026, 10, 15)
OCTOBER, SET = date(2026, 10, 1), date(2026, 9, 1)


def spend(*rows):
    """Give (day of October, list amount[, subscription]) as DAILY_SPEND rows, each of a batch of its own."""
    made = [
        (more[0] if more else 1, 10, date(2026, 10, day), Decimal(amount), no)
        for no, (day, amount, *more) in enumerate(rows, 1)
    ]
    return pl.DataFrame(made, schema=tables.DAILY_SPEND.schema, orient="row")


def chosen(period="month", amount="100", barred="premium", set_on=SET):
    row = (1, period, Decimal(amount), barred, set_on, "r-1")
    return customers_limits(pl.DataFrame([row], schema=tables.SPEND_CHOICE.schema, orient="row"))


def operators(day=None, month=None, barred="abroad"):
    given = [None if limit is None else Decimal(limit) for limit in (day, month)]
    schema = {"subscription_id": pl.Int64, "day_limit": CHARGE, "month_limit": CHARGE, "barred": pl.String}
    return operators_limits(pl.DataFrame([(1, *given, barred)], schema=schema, orient="row"))


def warned(rows, limits, raised=None, percents=(50, 80), on=ON):
    found = spend_warnings(
        spend_against_limits(rows, limits, on), percents, tables.SPEND_WARNING.empty() if raised is None else raised, on
    )
    return tables.SPEND_WARNING.conform(found)


def barred(rows, limits, on=ON):
    return bars_by_spend(spend_against_limits(rows, limits, on), on).select("barred", "block_reason").rows()


REACHED = [
    # spend of October against 100: a percentage is reached at exactly it
    ("49.999999", []),
    ("50", [50]),
    ("79.99", [50]),
    ("80", [50, 80]),
    ("99.999999", [50, 80]),
    ("100", [50, 80, 100]),
    ("250", [50, 80, 100]),
]


@pytest.mark.parametrize(("amount", "percents"), REACHED)
def test_a_warning_is_given_at_each_percentage_and_at_100(amount, percents):
    assert warned(spend((3, amount)), chosen())["warned_percent"].to_list() == percents


def test_spend_of_a_month_is_that_of_its_days_and_batches_together():
    """30 + 15.5 + 4.5 = 50"""
    found = warned(spend((1, "30"), (14, "15.5"), (14, "4.5")), chosen()).row(0, named=True)
    assert (found["period_from"], found["list_amount"], found["warned_percent"]) == (OCTOBER, Decimal(50), 50)


def test_the_same_warning_is_not_given_twice_whatever_happens_to_the_limit():
    first = warned(spend((3, "80")), chosen())
    assert warned(spend((3, "80")), chosen(), first).is_empty()
    assert warned(spend((3, "80")), chosen(amount="160"), first).is_empty()
    assert warned(spend((3, "80"), (4, "20")), chosen(), first)["warned_percent"].to_list() == [100]


def test_a_new_month_warns_anew():
    first = warned(spend((3, "60")), chosen())
    november = pl.DataFrame(
        [(1, 10, date(2026, 11, 2), Decimal(50), 9)], schema=tables.DAILY_SPEND.schema, orient="row"
    )
    again = warned(pl.concat([spend((3, "60")), november]), chosen(), first, on=date(2026, 11, 3))
    assert again.select("period_from", "warned_percent").rows() == [(date(2026, 11, 1), 50)]


def test_late_usage_warns_of_a_day_that_ended_less_than_a_week_ago():
    limit = chosen("day", "10")
    assert warned(spend((9, "5")), limit)["period_from"].to_list() == [date(2026, 10, 9)]
    assert warned(spend((7, "5")), limit).is_empty()
    assert spend_since(ON) == OCTOBER
    assert spend_since(date(2026, 10, 3)) == SET


def test_a_limit_says_nothing_of_days_that_had_ended_when_it_was_set():
    assert warned(spend((14, "99"), (15, "6")), chosen("day", "10", set_on=ON))["period_from"].to_list() == [ON]


BARS = [
    # this month's spend, then this day's
    (spend((3, "99.99")), chosen(), []),
    (spend((3, "100")), chosen(), [("premium", "customer")]),
    (spend((15, "10")), chosen("day", "10", "all"), [("all", "customer")]),
    # yesterday's bar ended with yesterday, and the limit was raised
    (spend((14, "10")), chosen("day", "10", "all"), []),
    (spend((3, "100")), chosen(amount="100.01"), []),
    # nothing spent is no limit reached, not even that of 0
    (spend((3, "0")), chosen(amount="0"), []),
    (spend((3, "0.01")), chosen(amount="0"), [("premium", "customer")]),
]


@pytest.mark.parametrize(("rows", "limits", "bars"), BARS)
def test_what_the_customer_chose_is_barred_while_the_period_runs_and_the_limit_is_reached(rows, limits, bars):
    assert barred(rows, limits) == bars


def test_the_operator_s_limit_warns_and_bars_beside_the_customer_s():
    limits = pl.concat([chosen(), operators(month="60").cast(chosen().schema)])
    found = warned(spend((3, "60")), limits)
    assert found.select("set_by", "warned_percent").rows() == [
        ("customer", 50),
        ("operator", 50),
        ("operator", 80),
        ("operator", 100),
    ]
    assert barred(spend((3, "60")), limits) == [("abroad", "behaviour")]


def test_where_both_bar_the_same_the_operator_s_reason_is_told():
    limits = pl.concat([chosen(barred="all"), operators(month="60", barred="all").cast(chosen().schema)])
    assert barred(spend((3, "100")), limits) == [("all", "behaviour")]


def test_an_operator_s_limit_that_bars_nothing_only_raises_its_event():
    assert operators(day="5", month="60", barred=None).is_empty()
    assert operators(day="5")["spend_period"].to_list() == ["day"]


def test_amounts_beyond_64_bits_of_millionths_are_compared_exactly():
    most = "999999999999.999999"
    assert warned(spend((3, most)), chosen(amount=most))["warned_percent"].to_list() == [50, 80, 100]
    assert warned(spend((3, "99999999999")), chosen(amount=most)).is_empty()


def test_a_limit_counts_what_a_subscription_has_spent_whatever_the_account_it_was_moved_to():
    """60 on account 10, then 50 on account 11: 110 of 100, one warning for each percentage, on the account now."""
    rows = [(1, 10, date(2026, 10, 2), Decimal(60), 1), (1, 11, date(2026, 10, 9), Decimal(50), 2)]
    moved = pl.DataFrame(rows, schema=tables.DAILY_SPEND.schema, orient="row")
    found = warned(moved, chosen())
    assert found.select("account_id", "warned_percent", "list_amount").rows() == [
        (11, 50, Decimal(110)), (11, 80, Decimal(110)), (11, 100, Decimal(110)),
    ]  # fmt: skip
    assert bars_by_spend(spend_against_limits(moved, chosen(), ON), ON).height == 1
