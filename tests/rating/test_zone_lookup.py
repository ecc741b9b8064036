"""The longest prefix decides, a special number before it, as a reader of the numbering plan would find it."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.zone_lookup import zone_intervals, zone_positions, zones_at
from schemas import tables


def intervals_of(plan, specials=None, plans=None):
    """Take prefixes and special numbers with their zones (of the main plan), and other plans' prefixes by name."""
    rows = [(prefix, zone, zone, None) for prefix, zone in plan.items()]
    rows += [(prefix, zone, zone, name) for name, other in (plans or {}).items() for prefix, zone in other.items()]
    exact = [(number, "free", zone, None) for number, zone in (specials or {}).items()]
    return zone_intervals(
        pl.DataFrame(rows, schema=tables.ZONE_PREFIX.schema, orient="row"),
        pl.DataFrame(exact, schema=tables.SPECIAL_NUMBER.schema, orient="row"),
    )


def zones_of(numbers, plan, specials=None):
    intervals = intervals_of(plan, specials)
    return zones_at(zone_positions(pl.Series(numbers, dtype=pl.String), intervals), intervals).to_list()


def longest_prefix(number, plan):
    matching = [prefix for prefix in plan if number.startswith(prefix)]
    return plan[max(matching, key=len)] if matching else None


PLAN = {"1": "usa", "1242": "bahamas", "46": "se", "4670": "mobile", "4690": "service", "46900": "premium", "999": "x"}
NUMBERS = [
    ("12015550123", "usa"),
    ("12425550123", "bahamas"),
    ("1243", "usa"),
    ("468123456", "se"),
    ("46701740605", "mobile"),
    ("4671", "se"),
    ("4690", "service"),
    ("46900", "premium"),
    ("469", "se"),
    ("46", "se"),
    ("4", None),
    ("47", None),
    ("2", None),
    ("0", None),
    ("999", "x"),
    ("99", None),
    ("9" * 20, "x"),
    ("467" + "9" * 17, "se"),
    (None, None),
]


@pytest.mark.parametrize(("number", "zone"), NUMBERS)
def test_the_longest_prefix_gives_the_zone(number, zone):
    assert zones_of([number], PLAN) == [zone]


def test_a_plan_without_prefixes_knows_no_zone():
    assert zones_of(["46"], {}) == [None]


def test_the_order_of_the_usage_is_kept():
    assert zones_of(["47", "468", "1", "4670"], PLAN) == [None, "se", "usa", "mobile"]


SHORT = {"112": "emergency", "46900": "free", "9": "short", "468123456": "fax"}
EXACT = [
    ("112", "emergency"),
    ("1120", "usa"),  # a longer number is another number
    ("1125550123", "usa"),
    ("11", "usa"),
    ("46900", "free"),  # before the prefix of the same digits
    ("469001", "premium"),
    ("4690", "service"),
    ("9", "short"),
    ("99", None),
    ("999", "x"),
    ("468123456", "fax"),
    ("4681234560", "se"),
    ("468123457", "se"),
]


@pytest.mark.parametrize(("number", "zone"), EXACT)
def test_a_special_number_is_that_exact_number_and_goes_before_every_prefix(number, zone):
    assert zones_of([number], PLAN, SHORT) == [zone]


def test_what_decided_is_told_the_prefix_or_the_special_number():
    intervals = intervals_of(PLAN, SHORT)
    positions = zone_positions(pl.Series(["46701740605", "112", "2"]), intervals)
    assert intervals.frame["matched"].gather(positions).to_list() == ["4670", "112", None]


OTHERS = {"carrier": {"4": "four", "4670": "cheap"}, "aaa": {"46": "first"}}
PLANS = [
    ("main", "46701", "mobile"),
    ("main", "45", None),
    ("carrier", "46701", "cheap"),
    ("carrier", "468", "four"),
    ("carrier", "12", None),
    ("aaa", "46701", "first"),
    ("aaa", "9", None),
    ("unknown", "46701", "mobile"),
]


@pytest.mark.parametrize(("name", "number", "zone"), PLANS)
def test_each_numbering_plan_has_its_own_prefixes_and_an_unknown_plan_is_the_main_one(name, number, zone):
    intervals = intervals_of(PLAN, plans=OTHERS)
    assert zones_at(zone_positions(pl.Series([number]), intervals, name), intervals).to_list() == [zone]


def test_records_of_several_numbering_plans_are_looked_up_together():
    intervals = intervals_of(PLAN, plans=OTHERS)
    names, numbers, zones = zip(*PLANS, strict=True)
    assert zones_at(zone_positions(pl.Series(numbers), intervals, pl.Series(names)), intervals).to_list() == [*zones]


# Few digits, so that prefixes enclose each other and numbers end inside them.
DIGITS = st.text("019", min_size=1, max_size=5) | st.text("09", min_size=13, max_size=15)


@settings(max_examples=150, deadline=None)
@given(
    plan=st.dictionaries(DIGITS, st.sampled_from(["a", "b", "c"]), max_size=12),
    specials=st.dictionaries(DIGITS, st.sampled_from(["s", "t"]), max_size=6),
    numbers=st.lists(DIGITS | st.text("09", min_size=16, max_size=20), min_size=1, max_size=30),
)
def test_any_plan_agrees_with_a_search_for_the_longest_prefix(plan, specials, numbers):
    expected = [specials.get(number[:15]) or longest_prefix(number[:15], plan) for number in numbers]
    assert zones_of(numbers, plan, specials) == expected
