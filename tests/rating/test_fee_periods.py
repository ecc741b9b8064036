"""Fee periods: of any length, on the account's day or the subscription's own, clamped in short months, not drifting."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.fee_periods import aligned, before, fee_periods

JAN1 = date(2026, 1, 1)


def periods(length, since, until, *, alignment="account", account_from=JAN1, billing_day=1, subscription_from=JAN1):
    rows = pl.DataFrame(
        [(length, alignment, account_from, billing_day, subscription_from, since, until)],
        schema={
            "fee_period": pl.String, "fee_alignment": pl.String, "account_from": pl.Date, "billing_day": pl.Int64,
            "subscription_from": pl.Date, "wanted_from": pl.Date, "wanted_to": pl.Date,
        },
        orient="row",
    )  # fmt: skip
    return fee_periods(aligned(rows)).select("period_from", "period_to").sort("period_from").rows()


def written(found):
    return [f"{since:%y-%m-%d}" for since, _ in found]


CASES = [
    # length, alignment, billing day, first day of account and subscription -> periods of January to May 2026
    ("1 month", "account", 31, JAN1, ["25-12-31", "26-01-31", "26-02-28", "26-03-31", "26-04-30"]),
    ("1 month", "subscription", 1, date(2025, 1, 31), ["25-12-31", "26-01-31", "26-02-28", "26-03-31", "26-04-30"]),
    ("1 month", "subscription", 1, date(2024, 2, 29), ["25-12-29", "26-01-29", "26-02-28", "26-03-29", "26-04-29"]),
    # quarters are counted from the billing date before the account's first day: 15 November 2025
    ("3 months", "account", 15, date(2025, 12, 10), ["25-11-15", "26-02-15"]),
    ("1 quarter", "subscription", 15, date(2025, 12, 10), ["25-12-10", "26-03-10"]),
    ("1 year", "subscription", 1, date(2024, 2, 29), ["25-02-28", "26-02-28"]),
    ("30 days", "subscription", 1, date(2025, 12, 20), ["25-12-20", "26-01-19", "26-02-18", "26-03-20", "26-04-19"]),
    ("2 weeks", "subscription", 1, date(2026, 4, 10), ["25-12-19", *(
        f"{date(2026, 1, 2) + timedelta(days=14 * n):%y-%m-%d}" for n in range(9))]),
]  # fmt: skip


@pytest.mark.parametrize(("length", "alignment", "billing_day", "first", "expected"), CASES)
def test_periods_begin_on_their_own_day(length, alignment, billing_day, first, expected):
    day = {"alignment": alignment, "billing_day": billing_day, "account_from": first, "subscription_from": first}
    assert written(periods(length, JAN1, date(2026, 5, 1), **day)) == expected


def test_only_periods_with_a_day_wanted_are_listed():
    assert periods("1 month", date(2026, 2, 1), date(2026, 2, 2)) == [(date(2026, 2, 1), date(2026, 3, 1))]


def reference(anchor, day, months, number):
    """The first day of a period: so many months after the anchor's, that day or the month's last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + number * months, 12)
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 24), st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(1, 900),
)  # fmt: skip
def test_periods_lie_end_to_end_and_cover_what_is_wanted(first, months, since, days):
    until = since + timedelta(days=days)
    found = periods(f"{months} months", since, until, alignment="subscription", subscription_from=first)
    every = [reference(first, first.day, months, n) for n in range(-600 // months, 600 // months)]
    assert found == [(a, b) for a, b in pairwise(every) if a < until and b > since]


@given(
    st.sampled_from(["1 day", "2 weeks", "1 month", "5 months", "1 quarter", "2 years"]),
    st.dates(JAN1, date(2030, 1, 1)),
)
def test_a_day_before_is_at_least_a_period_before(length, day):
    (earlier,) = pl.select(before(pl.lit(day), pl.lit(length)))
    ((since, _), *_) = periods(length, day, day + timedelta(days=1), alignment="subscription", subscription_from=day)
    ((previous, _), *_) = periods(length, day - timedelta(days=1), day, alignment="subscription", subscription_from=day)
    assert since == day
    assert earlier[0] <= previous
