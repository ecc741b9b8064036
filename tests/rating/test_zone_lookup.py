"""The longest prefix decides, as a reader of the numbering plan would find it."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.zone_lookup import with_zone, zone_intervals


def zones_of(numbers, plan):
    frame = pl.DataFrame(
        {"prefix": list(plan), "zone_code": list(plan.values())}, schema_overrides={"prefix": pl.String}
    )
    usage = pl.DataFrame({"b_number": numbers}, schema={"b_number": pl.String})
    return with_zone(usage, zone_intervals(frame))["zone_code"].to_list()


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
]


@pytest.mark.parametrize(("number", "zone"), NUMBERS)
def test_the_longest_prefix_gives_the_zone(number, zone):
    assert zones_of([number], PLAN) == [zone]


def test_a_plan_without_prefixes_knows_no_zone():
    assert zones_of(["46"], {}) == [None]


def test_the_order_of_the_usage_is_kept():
    assert zones_of(["47", "468", "1", "4670"], PLAN) == [None, "se", "usa", "mobile"]


# Few digits, so that prefixes enclose each other and numbers end inside them.
DIGITS = st.text("019", min_size=1, max_size=5) | st.text("09", min_size=13, max_size=15)


@settings(max_examples=150, deadline=None)
@given(
    plan=st.dictionaries(DIGITS, st.sampled_from(["a", "b", "c"]), max_size=12),
    numbers=st.lists(DIGITS | st.text("09", min_size=16, max_size=20), min_size=1, max_size=30),
)
def test_any_plan_agrees_with_a_search_for_the_longest_prefix(plan, numbers):
    assert zones_of(numbers, plan) == [longest_prefix(number[:15], plan) for number in numbers]
