"""What calls cost by tiers of the billing period: F(units after) - F(units before), each rounded as the list says."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.tiers import tier_charges
from schemas import tables

SEP1, OCT1 = date(2026, 9, 1), date(2026, 10, 1)
MODES = ("graduated", "volume", "package")
CALL = {
    "tier_code": "t",
    "subscription_id": 1,
    "account_id": 10,
    "customer_id": 100,
    "period_from": SEP1,
    "rounding_mode": "half_away_from_zero",
    "rounding_decimals": 6,
}
CALL_SCHEMA = {
    "_row": pl.Int64,
    "_order": pl.Int64,
    "tier_code": pl.String,
    "subscription_id": pl.Int64,
    "account_id": pl.Int64,
    "customer_id": pl.Int64,
    "period_from": pl.Date,
    "units": pl.Int64,
    "rounding_mode": pl.String,
    "rounding_decimals": pl.Int64,
}
COUNTED_SCHEMA = {"tier_key": pl.String, "period_from": pl.Date, "tier_units": pl.Int64}


def tiers(*steps, mode="graduated", scope="subscription"):
    """Give (first unit, price, price unit) of tiers that lie end to end."""
    ends = [step[0] for step in steps[1:]] + [None]
    rows = [("t", mode, scope, begins, end, Decimal(price), unit) for (begins, price, unit), end in zip(steps, ends)]  # noqa: B905
    return pl.DataFrame(rows, schema=tables.TIER.schema, orient="row")


def cost(of_tiers, *asked, counted=()):
    """Charge calls in their order: units, or units with what else differs from CALL."""
    rows = []
    for no, one in enumerate(asked, 1):
        units, other = one if isinstance(one, tuple) else (one, {})
        rows.append(CALL | {"_row": no, "_order": no, "units": units} | other)
    before = pl.DataFrame(list(counted), schema=COUNTED_SCHEMA, orient="row")
    return tier_charges(pl.DataFrame(rows, schema=CALL_SCHEMA), of_tiers, before)


def amounts(charged):
    return [micro / 10_000 for micro in charged.calls["tier_micro"]]  # hundredths, whole in these tables


TWO = [(0, "0.60", 60), (100, "0.30", 60)]  # 1 oere a second, then half an oere
CASES = [
    # mode, units of three calls -> hundredths each
    # 80 x 1; 20 x 1 + 60 x 0.5; 10 x 0.5
    ("graduated", (80, 80, 10), [80, 50, 5]),
    # 80 x 1; 160 x 0.5 - 80; 170 x 0.5 - 80
    ("volume", (80, 80, 10), [80, 0, 5]),
    # exactly the border lies in the lower tier: 100 x 1; 101 x 0.5 - 100; 102 x 0.5 - 50.5
    ("volume", (100, 1, 1), [100, -49.5, 0.5]),
    # begun packages of 60: 2 x 60 up to 100; one more of 30 begun at 101, the next at 161
    ("package", (61, 40, 60), [120, 30, 30]),
    ("package", (60, 40, 60), [60, 60, 30]),
]


@pytest.mark.parametrize(("mode", "units", "expected"), CASES)
def test_each_mode_counts_in_its_own_way(mode, units, expected):
    assert amounts(cost(tiers(*TWO, mode=mode), *units)) == expected


def test_units_counted_on_earlier_nights_come_first():
    """90 counted (60 + 30): 10 x 1 + 10 x 0.5 = 15; the use of this batch is only its own."""
    got = cost(tiers(*TWO), 20, counted=[("t:subscription:1", SEP1, 60), ("t:subscription:1", SEP1, 30)])
    assert amounts(got) == [15]
    assert got.uses.rows() == [("t:subscription:1", SEP1, 20, Decimal("0.150000"))]


def test_another_period_begins_again():
    assert amounts(cost(tiers(*TWO), 100, (100, {"period_from": OCT1}))) == [100, 100]


SCOPES = [("subscription", [100, 100, 100]), ("account", [100, 50, 100]), ("customer", [100, 50, 50])]


@pytest.mark.parametrize(("scope", "expected"), SCOPES)
def test_the_scope_says_whose_units_are_counted_together(scope, expected):
    others = [{}, {"subscription_id": 2}, {"subscription_id": 3, "account_id": 11}]
    got = cost(tiers(*TWO, scope=scope), *((100, other) for other in others))
    assert amounts(got) == expected
    assert got.uses["tier_key"][0].startswith(f"t:{scope}:")


def test_calls_count_in_the_order_they_are_priced():
    got = cost(tiers(*TWO), (100, {"_order": 2}), (100, {"_order": 1}))
    assert amounts(got) == [50, 100]
    assert got.calls["_row"].to_list() == [1, 2]


def test_rounded_sums_are_subtracted_so_that_calls_add_up():
    """A third of an oere per unit at 2 decimals: F is 0, 1, 1, 1 hundredths at 1, 2, 3, 4 units."""
    rounded = {"rounding_decimals": 2}
    got = cost(tiers((0, "0.01", 3)), *((1, rounded) for _ in range(4)))
    assert amounts(got) == [0, 1, 0, 0]


def test_a_tier_table_that_is_not_there_gives_no_price():
    got = cost(tiers(*TWO), (5, {"tier_code": "x"}), 5)
    assert got.calls["tier_micro"].to_list() == [None, 50_000]
    assert got.uses.height == 1


def price_of_all(steps, mode, total):
    """F as `docs/rating.md` says it, in fractions."""
    ends = [begins for begins, _, _ in steps[1:]] + [None]
    whole = Fraction(0)
    for (begins, price, unit), end in zip(steps, ends, strict=True):
        inside = max(0, (total if end is None else min(total, end)) - begins)
        if mode == "graduated":
            whole += Fraction(price) * inside / unit
        elif mode == "package":
            whole += Fraction(price) * ceil(Fraction(inside, unit))
        elif inside and (end is None or total <= end):
            whole = Fraction(price) * total / unit
    return whole


def half_away(value, decimals):
    scaled = abs(value) * 10**decimals
    return (1 if value >= 0 else -1) * int(scaled + Fraction(1, 2)) * 10 ** (6 - decimals)


prices = st.decimals(0, 5, places=4)
ladders = st.lists(st.integers(1, 120), max_size=3, unique=True).flatmap(
    lambda borders: st.tuples(
        *(st.tuples(st.just(begins), prices, st.sampled_from([1, 7, 60])) for begins in [0, *sorted(borders)])
    )
)


@settings(max_examples=120, deadline=None)
@given(ladders, st.sampled_from(MODES), st.integers(0, 6), st.integers(0, 90), st.lists(st.integers(0, 80), max_size=6))
def test_every_ladder_costs_what_the_fractions_say(steps, mode, decimals, before, units):
    asked = [(count, {"rounding_decimals": decimals}) for count in units]
    got = cost(tiers(*steps, mode=mode), *asked, counted=[("t:subscription:1", SEP1, before)])
    totals = [before + sum(units[:no]) for no in range(len(units) + 1)]
    sums = [half_away(price_of_all(steps, mode, total), decimals) for total in totals]
    assert got.calls["tier_micro"].to_list() == [y - x for x, y in pairwise(sums)]
