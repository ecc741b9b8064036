"""Proration: what a part of a period costs in each mode, against naive references; parts add up to the whole."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.proration import ALL, prorated
from schemas.money import CHARGE

D = Decimal
OCT1, OCT11, OCT21, NOV1 = date(2026, 10, 1), date(2026, 10, 11), date(2026, 10, 21), date(2026, 11, 1)
SCHEMA = {
    "number": pl.Int64, "price": CHARGE, "part_from": pl.Date, "part_to": pl.Date, "period_from": pl.Date,
    "period_to": pl.Date, "proration": pl.String,
}  # fmt: skip
EVERY_MODE = ["actual_days", "inclusive_days", "calendar_months", "fixed_days(30)", "fixed_days(365)", "none", "full"]


def parts(mode, *spans, period=(OCT1, NOV1), price=99):
    """Parts (from, to) of one period."""
    rows = [(n, D(price), since, until, *period, mode) for n, (since, until) in enumerate(spans)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def lines(frame):
    found = prorated(frame, ["period_from"], ["number"]).sort("number")
    return list(found.select("used_days", "full_days", "amount_ex_vat").iter_rows())


def amounts(frame):
    return [amount for _, _, amount in lines(frame)]


ONE_PART = [
    # mode, part, period -> used and full days, amount of 99.00
    ("actual_days", (OCT1, OCT11), (OCT1, NOV1), 10, 31, "31.94"),  # 99 x 10/31 = 31.935
    ("inclusive_days", (OCT1, OCT11), (OCT1, NOV1), 11, 31, "35.13"),  # 11 October counts: 99 x 11/31 = 35.129
    ("inclusive_days", (OCT21, NOV1), (OCT1, NOV1), 11, 31, "35.13"),  # nothing ends inside the period
    # 15 January to 15 February is 17/31 + 14/28 months; 17 days of it: 99 x (17/31) / (17/31 + 14/28) = 51.7846
    ("calendar_months", (date(2026, 1, 15), date(2026, 2, 1)), (date(2026, 1, 15), date(2026, 2, 15)), 17, 31, "51.78"),
    # a quarter from the first: 10 of 31 days of one of three months: 99 x 10/31/3 = 10.645
    ("calendar_months", (OCT1, OCT11), (OCT1, date(2027, 1, 1)), 10, 92, "10.65"),
    ("fixed_days(30)", (OCT1, OCT11), (OCT1, NOV1), 10, 30, "33.00"),
    ("fixed_days(30)", (date(2026, 10, 31), NOV1), (OCT1, NOV1), 0, 30, "0.00"),  # the 31st day is free
    # the last of 28 days counts for the 28th to the 30th
    ("fixed_days(30)", (date(2026, 2, 28), date(2026, 3, 1)), (date(2026, 2, 1), date(2026, 3, 1)), 3, 30, "9.90"),
    ("none", (OCT1, OCT11), (OCT1, NOV1), 0, 31, "0.00"),
    ("none", (OCT1, NOV1), (OCT1, NOV1), 31, 31, "99.00"),
    ("full", (OCT21, NOV1), (OCT1, NOV1), 11, 31, "99.00"),
]


@pytest.mark.parametrize(("mode", "part", "period", "used", "full", "amount"), ONE_PART)
def test_a_part_costs_what_its_mode_says(mode, part, period, used, full, amount):
    assert lines(parts(mode, part, period=period)) == [(used, full, D(amount))]


def test_parts_that_fill_a_period_add_up_to_its_price_by_largest_remainder():
    """31.935 + 31.935 + 35.129: rounded down 98.98; the first of the two equal remainders and the third get 0.01."""
    assert amounts(parts("actual_days", (OCT1, OCT11), (OCT11, OCT21), (OCT21, NOV1))) == [
        D("31.94"), D("31.93"), D("35.13"),
    ]  # fmt: skip


def test_the_day_of_a_change_belongs_to_what_follows():
    assert [used for used, _, _ in lines(parts("inclusive_days", (OCT1, OCT11), (OCT11, OCT21)))] == [10, 11]
    followed = parts("inclusive_days", (OCT1, OCT11)).with_columns(is_followed=pl.lit(value=True))
    assert lines(followed) == [(10, 31, D("31.94"))]


def test_of_a_period_begun_the_first_part_pays_all():
    assert amounts(parts("full", (OCT11, OCT21), (OCT21, NOV1))) == [D(99), D(0)]


def test_without_proration_parts_that_fill_the_period_are_charged():
    assert sum(amounts(parts("none", (OCT1, OCT11), (OCT11, NOV1)))) == 99
    assert amounts(parts("none", (OCT1, OCT11), (OCT21, NOV1))) == [D(0), D(0)]


def test_a_quantity_multiplies_and_a_paid_share_reduces():
    """3 x 99 x 10/31 x 0.25 = 23.951."""
    frame = parts("actual_days", (OCT1, OCT11)).with_columns(quantity=3, paid_share=ALL // 4)
    assert amounts(frame) == [D("23.95")]


def test_days_of_a_pause_are_no_days_used_and_cost_nothing():
    """Two parts of one line: 10 and 11 days, the first a pause: 99 x 11/31 = 35.129."""
    frame = parts("actual_days", (OCT1, OCT11), (OCT21, NOV1)).with_columns(number=0, is_used=pl.Series([False, True]))
    assert lines(frame) == [(11, 31, D("35.13"))]


# Naive references: one day after the other, in fractions.


def days_of(part):
    since, until = part
    return [since + timedelta(days=n) for n in range((until - since).days)]


def month_share(part):
    return sum((Fraction(1, monthrange(day.year, day.month)[1]) for day in days_of(part)), Fraction(0))


def reference(mode, part, period, price):
    """What a part costs that nothing follows, by one mode, exactly."""
    days, full = days_of(part), days_of(period)
    if mode == "full":
        return price
    if mode == "none":
        return price if days == full else Fraction(0)
    if mode == "calendar_months":
        return price * month_share(part) / month_share(period)
    if mode.startswith("fixed_days"):
        count = int(mode[11:-1])
        places = {day: min(n, count) for n, day in enumerate(full)} | {period[1]: count}
        return price * Fraction(places[part[1]] - places[part[0]], count)
    ends_inside = mode == "inclusive_days" and part[1] < period[1]
    return price * Fraction(len(days) + ends_inside, len(full))


@st.composite
def split_periods(draw):
    """A period of up to 400 days and the days on which it is split."""
    since = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 800)))
    length = draw(st.integers(1, 400))
    cuts = draw(st.lists(st.integers(1, length), max_size=6, unique=True))
    days = [since, *(since + timedelta(days=cut) for cut in sorted({*cuts, length}))]
    return list(pairwise(days)), (since, days[-1])


ore = st.integers(0, 10**7).map(lambda minor: D(minor) / 100)


@given(split_periods(), ore, st.sampled_from(EVERY_MODE))
def test_the_parts_of_any_split_add_up_to_the_whole(split, price, mode):
    spans, period = split
    found = amounts(parts(mode, *spans, period=period, price=price))
    assert sum(found) == price
    assert all(0 <= amount <= price for amount in found)


@given(split_periods(), st.data(), ore, st.sampled_from(EVERY_MODE))
def test_one_part_costs_what_the_reference_says_and_never_more_than_the_price(split, data, price, mode):
    spans, period = split
    part = data.draw(st.sampled_from(spans))
    (found,) = amounts(parts(mode, part, period=period, price=price))
    exact = reference(mode, part, period, Fraction(price))
    assert abs(Fraction(found) - exact) <= Fraction(1, 200)
    assert 0 <= found <= price


@given(split_periods(), ore, st.sampled_from(EVERY_MODE), st.randoms())
def test_the_order_of_rows_does_not_matter(split, price, mode, chance):
    spans, period = split
    frame = parts(mode, *spans, period=period, price=price)
    order = list(range(frame.height))
    chance.shuffle(order)
    assert lines(frame[order]) == lines(frame)
