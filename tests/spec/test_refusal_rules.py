"""What is not priced, and why: who pays, by which list, where to, at which price."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_operator import NUMBER, OFFICE_HOURS, call, cost, engine_result, local, numbered, operator, price, usage

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
def test_the_first_thing_that_is_missing_is_the_reason(rate, changed, reason):
    zones = [{"prefix": "46", "zone_code": "se"}, {"prefix": "47", "zone_code": "no"}]
    assert cost(rate, call(NOON, 60, **changed), [price("0.60")], zone_prefix=zones) == reason


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
def test_a_call_is_priced_whole_or_not_at_all(rate, started, talked, increments, expected):
    assert cost(rate, call(started, talked), [price("0.60", "day", increments=increments)], OFFICE_HOURS) == expected


VALIDITY = [
    ("2026-08-31 23:59:59", 1, "NO_PRICE"),
    ("2026-09-01 00:00:00", 1, (1, "0.010000")),
    ("2026-09-30 23:59:59", 1, (1, "0.010000")),
    ("2026-09-30 23:59:59", 2, "NO_PRICE"),
    ("2026-10-01 00:00:00", 1, "NO_PRICE"),
]


@pytest.mark.parametrize(("started", "talked", "expected"), VALIDITY)
def test_a_price_is_in_force_from_its_first_day_until_before_its_last(rate, started, talked, expected):
    prices = [price("0.60", valid_from=date(2026, 9, 1), valid_to=date(2026, 10, 1))]
    assert cost(rate, call(started, talked), prices) == expected


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
def test_the_price_of_all_bands_holds_on_each_date_without_a_row_of_the_band(rate, started, talked, amount):
    own = {"valid_from": date(2026, 9, 1), "valid_to": date(2026, 10, 1)}
    prices = [price("0.60"), price("0.30", "evening", **own)]
    assert cost(rate, call(started, talked), prices, OFFICE_HOURS) == (talked, amount)


PLAN_CHANGES = [
    # the plan changes at midnight local time, which is 22:00 UTC the day before
    (datetime(2026, 9, 15, 21, 59, 59, 999_999, tzinfo=UTC), "0.010000"),
    (datetime(2026, 9, 15, 22, 0, 0, tzinfo=UTC), "0.020000"),
]


@pytest.mark.parametrize(("started", "amount"), PLAN_CHANGES)
def test_a_call_is_priced_by_the_plan_in_force_when_it_started(rate, started, amount):
    changed = date(2026, 9, 16)
    given = {
        "plan": [{"plan_code": "plan", "price_list": "list"}, {"plan_code": "plan_two", "price_list": "list_two"}],
        "subscription": [
            {"subscription_id": 1, "service_to": changed},
            {"subscription_id": 1, "service_from": changed, "plan_code": "plan_two"},
        ],
    }
    prices = [price("0.60"), price("1.20", price_list="list_two")]
    assert cost(rate, call(started, 1), prices, **given) == (1, amount)


def test_a_call_after_the_plan_ended_has_no_plan(rate):
    ended = [{"subscription_id": 1, "service_to": date(2026, 9, 16)}]
    assert cost(rate, call(MIDNIGHT, 1), [price("0.60")], subscription=ended) == "NO_PLAN"


OWNED = [
    # the number goes from subscription 1 (0.01 a second) to 2 (0.02) at midnight, and to nobody a day later
    (datetime(2026, 9, 15, 21, 59, 59, 999_999, tzinfo=UTC), (1, "0.010000")),
    (MIDNIGHT, (1, "0.020000")),
    (datetime(2026, 9, 16, 21, 59, 59, tzinfo=UTC), (1, "0.020000")),
    (datetime(2026, 9, 16, 22, 0, 0, tzinfo=UTC), "UNKNOWN_A_NUMBER"),
]


@pytest.mark.parametrize(("started", "expected"), OWNED)
def test_a_number_changes_hands_at_its_exact_moment(rate, started, expected):
    given = {
        "plan": [{"plan_code": "plan", "price_list": "list"}, {"plan_code": "plan_two", "price_list": "list_two"}],
        "subscription": [{"subscription_id": 1}, {"subscription_id": 2, "plan_code": "plan_two"}],
        "number_assignment": [
            {"a_number": NUMBER, "subscription_id": 2, "owned_from": MIDNIGHT, "owned_to": local("2026-09-17 00:00")},
            {"a_number": NUMBER, "subscription_id": 1, "owned_to": MIDNIGHT},
        ],
    }
    prices = [price("0.60"), price("1.20", price_list="list_two")]
    assert cost(rate, call(started, 1), prices, **given) == expected


def test_a_refusal_keeps_the_usage_row_and_no_number_in_its_text():
    calls = [call(NOON, 60, a_number="46700000000"), call(NOON, 60, b_number="4912345678")]
    refused = engine_result(operator([price("0.60")]), usage(numbered(calls))).rejected
    assert refused.columns == [*tables.USAGE.names, "reason_code", "reason_text"]
    assert refused.height == 2
    for row in refused.to_dicts():
        assert row["a_number"] not in row["reason_text"]
        assert row["b_number"] not in row["reason_text"]


def test_no_usage_gives_no_charges():
    whole = operator([price("0.60")])
    charged = engine_result(whole, usage([]))
    assert (charged.accepted.height, charged.rejected.height) == (0, 0)
    assert charged.accepted.schema == engine_result(whole, usage(numbered([call(NOON, 1)]))).accepted.schema


MIXED = st.lists(
    st.builds(
        call,
        st.sampled_from(["2026-09-16 17:59:30", NOON, "2026-09-30 23:59:00", "2025-01-01 00:00:00"]),
        st.integers(1, 200),
        a_number=st.sampled_from([NUMBER, "46700000000"]),
        b_number=st.sampled_from(["468123", "47123", "49123"]),
    ),
    max_size=8,
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(calls=MIXED, shuffled=st.randoms(use_true_random=False))
def test_rows_are_conserved_and_their_order_does_not_matter(calls, shuffled):
    zones = [{"prefix": "46", "zone_code": "se"}, {"prefix": "47", "zone_code": "no"}]
    prices = [price("0.60", "day"), price("0.30", "evening", valid_to=date(2026, 10, 1))]
    named = numbered(calls)
    one = engine_result(operator(prices, OFFICE_HOURS, zone_prefix=zones), usage(named))
    turned = operator(prices[::-1], OFFICE_HOURS[::-1], zone_prefix=zones[::-1])
    other = engine_result(turned, usage(shuffled.sample(named, len(named))))
    ids = pl.concat([one.accepted["usage_id"], one.rejected["usage_id"]])
    assert sorted(ids) == sorted(each["usage_id"] for each in named)
    assert one.accepted.sort("usage_id").equals(other.accepted.sort("usage_id"))
    assert one.rejected.sort("usage_id").equals(other.rejected.sort("usage_id"))
