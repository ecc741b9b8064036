"""What is not priced, and why: who pays, by which list, where to, at which price."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_operator import CALL, OFFICE_HOURS, call, charge, cost, local, price

from schemas import tables

MIDNIGHT = local("2026-09-16 00:00:00")
NOON = "2026-09-16 12:00:00"

REFUSED = [
    # (a_number, b_number, plan's list) -> reason
    ({"a_number": "46700000000"}, "UNKNOWN_A_NUMBER"),
    ({"b_number": "4912345"}, "NO_ZONE"),
    ({"b_number": "47123456"}, "NO_PRICE"),
    ({"a_number": "46700000000", "b_number": "4912345"}, "UNKNOWN_A_NUMBER"),
]


@pytest.mark.parametrize(("changed", "reason"), REFUSED)
def test_the_first_thing_that_is_missing_is_the_reason(changed, reason):
    zones = [("46", "se", "Sverige"), ("47", "no", "Norge")]
    assert cost(call(NOON, 60, **changed), [price("0.60")], zones=zones) == reason


LATER_PARTS = [
    # evening has no price: only increments that begin by day can be priced
    ("2026-09-16 17:59:30", 90, "1/1", "NO_PRICE"),
    ("2026-09-16 17:59:30", 31, "1/1", "NO_PRICE"),
    ("2026-09-16 17:59:30", 30, "1/1", (30, "0.300000")),
    ("2026-09-16 17:59:30", 60, "60/1", (60, "0.600000")),
    ("2026-09-16 17:59:30", 61, "60/1", "NO_PRICE"),
    ("2026-09-16 18:00:00", 1, "1/1", "NO_PRICE"),
]


@pytest.mark.parametrize(("started", "talked", "increments", "expected"), LATER_PARTS)
def test_a_call_is_priced_whole_or_not_at_all(started, talked, increments, expected):
    assert cost(call(started, talked), [price("0.60", "day", increments=increments)], OFFICE_HOURS) == expected


VALIDITY = [
    ("2026-08-31 23:59:59", 1, "NO_PRICE"),
    ("2026-09-01 00:00:00", 1, (1, "0.010000")),
    ("2026-09-30 23:59:59", 1, (1, "0.010000")),
    ("2026-09-30 23:59:59", 2, "NO_PRICE"),
    ("2026-10-01 00:00:00", 1, "NO_PRICE"),
]


@pytest.mark.parametrize(("started", "talked", "expected"), VALIDITY)
def test_a_price_is_in_force_from_its_first_day_until_before_its_last(started, talked, expected):
    prices = [price("0.60", valid_from=date(2026, 9, 1), valid_to=date(2026, 10, 1))]
    assert cost(call(started, talked), prices) == expected


GENERAL_PRICES = [
    # started, seconds: * costs 0.60; evening has a row of its own in September only, at 0.30
    ("2026-09-16 12:00:00", 1, "0.010000"),
    ("2026-09-16 20:00:00", 1, "0.005000"),
    ("2026-08-31 20:00:00", 1, "0.010000"),
    ("2026-08-31 23:59:59", 2, "0.015000"),
    ("2026-10-01 20:00:00", 1, "0.010000"),
    ("2026-09-30 23:59:59", 2, "0.015000"),
]


@pytest.mark.parametrize(("started", "talked", "amount"), GENERAL_PRICES)
def test_the_price_of_all_bands_holds_on_each_date_without_a_row_of_the_band(started, talked, amount):
    own = {"valid_from": date(2026, 9, 1), "valid_to": date(2026, 10, 1)}
    prices = [price("0.60"), price("0.30", "evening", **own)]
    assert cost(call(started, talked), prices, OFFICE_HOURS) == (talked, amount)


PLAN_CHANGES = [
    # the plan changes at midnight local time, which is 22:00 UTC the day before
    (datetime(2026, 9, 15, 21, 59, 59, 999_999, tzinfo=UTC), "0.010000"),
    (datetime(2026, 9, 15, 22, 0, 0, tzinfo=UTC), "0.020000"),
]


@pytest.mark.parametrize(("started", "amount"), PLAN_CHANGES)
def test_a_call_is_priced_by_the_plan_in_force_when_it_started(started, amount):
    versions = [
        (1, 1, "plan", date(2026, 1, 1), date(2026, 9, 16)),
        (1, 1, "plan_two", date(2026, 9, 16), None),
    ]
    prices = [price("0.60"), price("1.20", price_list="list_two")]
    assert cost(call(started, 1), prices, versions=versions) == (1, amount)


def test_a_call_after_the_plan_ended_has_no_plan():
    versions = [(1, 1, "plan", date(2026, 1, 1), date(2026, 9, 16))]
    assert cost(call(MIDNIGHT, 1), [price("0.60")], versions=versions) == "NO_PLAN"


OWNED = [
    (datetime(2026, 9, 15, 21, 59, 59, 999_999, tzinfo=UTC), 1),
    (MIDNIGHT, 2),
    (datetime(2026, 9, 16, 21, 59, 59, tzinfo=UTC), 2),
    (datetime(2026, 9, 16, 22, 0, 0, tzinfo=UTC), None),
]


@pytest.mark.parametrize(("started", "subscription"), OWNED)
def test_a_number_changes_hands_at_its_exact_moment(started, subscription):
    number = CALL["a_number"]
    numbers = [
        (number, 2, MIDNIGHT, local("2026-09-17 00:00:00")),
        (number, 1, datetime(2026, 1, 1, tzinfo=UTC), MIDNIGHT),
    ]
    versions = [(1, 1, "plan", date(2026, 1, 1), None), (2, 2, "plan", date(2026, 9, 16), None)]
    charged = charge([call(started, 1)], [price("0.60")], numbers=numbers, versions=versions)
    assert charged.accepted["subscription_id"].to_list() == ([subscription] if subscription else [])
    assert charged.rejected["reason_code"].to_list() == ([] if subscription else ["UNKNOWN_A_NUMBER"])


def test_a_refusal_keeps_the_usage_row_and_no_number_in_its_text():
    calls = [call(NOON, 60, a_number="46700000000"), call(NOON, 60, b_number="4912345678")]
    refused = charge(calls, [price("0.60")]).rejected
    assert refused.columns == [*tables.USAGE.names, "reason_code", "reason_text"]
    for row in refused.to_dicts():
        assert row["a_number"] not in row["reason_text"]
        assert row["b_number"] not in row["reason_text"]


def test_no_usage_gives_no_charges():
    charged = charge([], [price("0.60")])
    assert (charged.accepted.height, charged.rejected.height) == (0, 0)
    assert charged.accepted.columns == charge([call(NOON, 1)], [price("0.60")]).accepted.columns


MIXED = st.lists(
    st.builds(
        call,
        st.sampled_from(["2026-09-16 17:59:30", "2026-09-16 12:00:00", "2026-09-30 23:59:00", "2025-01-01 00:00:00"]),
        st.integers(1, 200),
        a_number=st.sampled_from([CALL["a_number"], "46700000000"]),
        b_number=st.sampled_from(["468123", "47123", "49123"]),
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None)
@given(calls=MIXED, shuffled=st.randoms(use_true_random=False))
def test_rows_are_conserved_and_their_order_does_not_matter(calls, shuffled):
    zones = [("46", "se", "Sverige"), ("47", "no", "Norge")]
    prices = [price("0.60", "day"), price("0.30", "evening", valid_to=date(2026, 10, 1))]
    named = [{"usage_id": f"switch:{number}"} | each for number, each in enumerate(calls)]
    one = charge(named, prices, OFFICE_HOURS, zones=zones)
    other = charge(shuffled.sample(named, len(named)), prices[::-1], OFFICE_HOURS[::-1], zones=zones[::-1])
    ids = pl.concat([one.accepted["usage_id"], one.rejected["usage_id"]])
    assert sorted(ids) == sorted(each["usage_id"] for each in named)
    assert one.accepted.sort("usage_id").equals(other.accepted.sort("usage_id"))
    assert one.rejected.sort("usage_id").equals(other.rejected.sort("usage_id"))
