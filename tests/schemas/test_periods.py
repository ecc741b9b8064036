"""Billing days beyond a month's end mean its last day, and do not drift."""

from datetime import date, timedelta

import polars as pl
import pytest

from schemas.periods import (
    billing_date,
    billing_dates,
    billing_periods,
    coming_billing_date,
    latest_billing_date,
    months_after,
    period_begins,
)

BILLING_DATES = [
    ((2026, 1, 31), date(2026, 1, 31)),
    ((2026, 2, 31), date(2026, 2, 28)),
    ((2026, 3, 31), date(2026, 3, 31)),
    ((2026, 4, 31), date(2026, 4, 30)),
    ((2028, 2, 31), date(2028, 2, 29)),
    ((2028, 2, 30), date(2028, 2, 29)),
    ((2100, 2, 29), date(2100, 2, 28)),
    ((2026, 2, 1), date(2026, 2, 1)),
]


@pytest.mark.parametrize(("given", "expected"), BILLING_DATES)
def test_a_billing_day_is_clamped_to_its_month(given, expected):
    assert billing_date(*given) == expected


LATEST = [
    # on, billing day -> latest billing date
    (date(2026, 3, 31), 31, date(2026, 3, 31)),
    (date(2026, 3, 30), 31, date(2026, 2, 28)),
    (date(2026, 2, 28), 31, date(2026, 2, 28)),
    (date(2026, 2, 27), 31, date(2026, 1, 31)),
    (date(2026, 1, 1), 1, date(2026, 1, 1)),
    (date(2026, 1, 7), 8, date(2025, 12, 8)),
    (date(2028, 2, 29), 30, date(2028, 2, 29)),
    (date(2028, 3, 1), 30, date(2028, 2, 29)),
]


@pytest.mark.parametrize(("on", "billing_day", "expected"), LATEST)
def test_the_latest_billing_date_is_not_after_the_night(on, billing_day, expected):
    assert latest_billing_date(on, billing_day) == expected


def test_periods_of_day_31_meet_without_drift():
    periods = billing_dates(date(2027, 12, 1), date(2028, 4, 30)).filter(pl.col("billing_day") == 31)
    assert periods.select("period_from", "period_to").rows() == [
        (date(2027, 12, 31), date(2028, 1, 31)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 31)),
        (date(2028, 3, 31), date(2028, 4, 30)),
        (date(2028, 4, 30), date(2028, 5, 31)),
    ]


def test_every_day_of_a_year_lies_in_one_period_of_each_billing_day():
    periods = billing_dates(date(2025, 12, 1), date(2026, 12, 31)).to_dicts()
    for billing_day in range(1, 32):
        own = [row for row in periods if row["billing_day"] == billing_day]
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365)):
            holding = [row for row in own if row["period_from"] <= day < row["period_to"]]
            assert [row["period_from"] for row in holding] == [latest_billing_date(day, billing_day)]


@pytest.mark.parametrize(("since", "until", "days"), [(2, 3, [2, 3]), (3, 3, [3]), (4, 3, [])])
def test_both_ends_of_the_range_are_included(since, until, days):
    got = billing_dates(date(2026, 6, since), date(2026, 6, until))
    assert got["billing_day"].to_list() == days


def test_the_first_day_of_a_period_is_the_latest_billing_date():
    days = [date(2027, 12, 1) + timedelta(days=n) for n in range(0, 130, 3)]
    rows = pl.DataFrame(
        [(day, billing_day) for day in days for billing_day in range(1, 32)], ["on", "day"], orient="row"
    )
    got = rows.with_columns(period_begins(pl.col("on"), pl.col("day")).alias("begins"))
    assert got["begins"].to_list() == [latest_billing_date(on, day) for on, day in rows.rows()]


def test_the_periods_touched_are_those_with_a_day_in_the_span():
    got = billing_periods(date(2026, 3, 30), date(2026, 3, 31)).filter(pl.col("billing_day").is_in([1, 31]))
    assert got.rows() == [
        (1, date(2026, 3, 1), date(2026, 4, 1)),
        (31, date(2026, 2, 28), date(2026, 3, 31)),
        (31, date(2026, 3, 31), date(2026, 4, 30)),
    ]


@pytest.mark.parametrize(
    ("on", "billing_day", "expected"),
    [
        (date(2026, 3, 31), 31, date(2026, 3, 31)),
        (date(2026, 2, 10), 31, date(2026, 2, 28)),
        (date(2026, 1, 2), 1, date(2026, 2, 1)),
        (date(2026, 12, 31), 8, date(2027, 1, 8)),
        (date(2026, 1, 31), 30, date(2026, 2, 28)),
    ],
)
def test_the_coming_billing_date_is_not_before_the_day(on, billing_day, expected):
    assert coming_billing_date(on, billing_day) == expected


@pytest.mark.parametrize("billing_day", [1, 28, 29, 30, 31])
def test_a_period_ends_on_the_coming_billing_date_after_its_first_day(billing_day):
    for day in (date(2027, 12, 1) + timedelta(days=n) for n in range(120)):
        begun, ends = latest_billing_date(day, billing_day), coming_billing_date(day, billing_day)
        assert (begun == day == ends) or begun < day < ends


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 8, 31), 24, date(2028, 8, 31)),
        (date(2026, 12, 15), 0, date(2026, 12, 15)),
    ],
)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day, months, expected):
    assert months_after(day, months) == expected
