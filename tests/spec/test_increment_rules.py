"""Increments: the first, then whole later ones until the call is covered; the connect fee once; rounded once."""

from datetime import date

import pytest
from one_operator import OFFICE_HOURS, call, cost, data, message, operator, outcomes, price

NOON = "2026-09-16 12:00:00"

# 1.20 a minute is 0.02 a second.
INCREMENTS = [
    # increments, fee, seconds talked -> seconds billed, amount
    ("60/1", "0", 1, 60, "1.200000"),
    ("60/1", "0", 59, 60, "1.200000"),
    ("60/1", "0", 60, 60, "1.200000"),
    ("60/1", "0", 61, 61, "1.220000"),
    ("60/1", "0.39", 1, 60, "1.590000"),
    ("60/1", "0.39", 61, 61, "1.610000"),
    ("30/6", "0", 5, 30, "0.600000"),
    ("30/6", "0", 30, 30, "0.600000"),
    ("30/6", "0", 31, 36, "0.720000"),
    ("30/6", "0", 36, 36, "0.720000"),
    ("30/6", "0", 37, 42, "0.840000"),
    # 30, then one of 18; a remainder of the whole over 18 would say 36
    ("30/18", "0", 35, 48, "0.960000"),
    ("30/18", "0", 48, 48, "0.960000"),
    ("30/18", "0", 49, 66, "1.320000"),
    # 5 min 20.4 s reach the rater as 321 s
    ("1/1", "0", 321, 321, "6.420000"),
    ("60/60", "0", 321, 360, "7.200000"),
    ("6/6", "0", 1, 6, "0.120000"),
    ("6/6", "0", 6, 6, "0.120000"),
    ("6/6", "0", 7, 12, "0.240000"),
    ("1/1", "0", 1, 1, "0.020000"),
    ("1/1", "0", 3599, 3599, "71.980000"),
    ("1/60", "0", 1, 1, "0.020000"),
    ("1/60", "0", 2, 61, "1.220000"),
    ("1/60", "0.49", 62, 121, "2.910000"),
    ("60/60", "0", 60, 60, "1.200000"),
    ("60/60", "0", 61, 120, "2.400000"),
    ("60/60", "0.69", 121, 180, "4.290000"),
    ("86400/1", "0", 1, 86400, "1728.000000"),
]


@pytest.mark.parametrize(("increments", "fee", "talked", "billed", "amount"), INCREMENTS)
def test_a_call_costs_its_increments_whole_and_the_fee_once(rate, increments, fee, talked, billed, amount):
    assert cost(rate, call(NOON, talked), [price("1.20", fee=fee, increments=increments)]) == (billed, amount)


MINIMUM = [
    # minimum, increments, seconds talked -> seconds billed, amount
    (10, "30/30", 5, 30, "0.600000"),
    (10, "1/1", 5, 10, "0.200000"),
    (10, "1/1", 10, 10, "0.200000"),
    (10, "1/1", 11, 11, "0.220000"),
    (60, "30/18", 5, 66, "1.320000"),
    (100, "60/60", 61, 120, "2.400000"),
]


@pytest.mark.parametrize(("minimum", "increments", "talked", "billed", "amount"), MINIMUM)
def test_the_minimum_is_taken_before_increments(rate, minimum, increments, talked, billed, amount):
    prices = [price("1.20", increments=increments, minimum_units=minimum)]
    assert cost(rate, call(NOON, talked), prices) == (billed, amount)


STEPS = [
    # 1.20 a minute by 60/1, steps, seconds talked -> seconds billed, amount
    ("600:0.60/60", 60, 60, "1.200000"),
    ("600:0.60/60", 600, 600, "12.000000"),
    # the increment at 600 is one of 60 s at 0.01
    ("600:0.60/60", 601, 660, "12.600000"),
    ("600:0.60/60 1800:0/60", 1800, 1800, "24.000000"),
    # an hour: 600 x 0.02 + 1200 x 0.01, and the rest is free
    ("600:0.60/60 1800:0/60", 3600, 3600, "24.000000"),
    ("600:0.60/60 1800:0/60", 3601, 3660, "24.000000"),
    # the first increment is laid whole at the price of position 0, whatever step lies within it
    ("30:0.60/1", 60, 60, "1.200000"),
    ("30:0.60/1", 61, 61, "1.210000"),
    # increments of 7 begin at 60, 67 and 74; the step at 70 holds from 74: 60 x 0.02 + 14 x 0.01 + 1 x 0.05
    ("60:0.60/7 70:3/1", 75, 75, "1.390000"),
]


@pytest.mark.parametrize(("steps", "talked", "billed", "amount"), STEPS)
def test_a_step_holds_for_increments_that_begin_at_or_after_its_unit(rate, steps, talked, billed, amount):
    assert cost(rate, call(NOON, talked), [price("1.20", increments="60/1", steps=steps)]) == (billed, amount)


OTHER_UNITS = [
    # a message of three parts at 0.49 each
    (message(NOON, 3), price("0.49", price_unit=1), (3, "1.470000")),
    (call(NOON, 0, usage_kind="event", event_count=2), price("0.49", price_unit=1), (2, "0.980000")),
    # 1 500 001 bytes at 0.10 a megabyte by blocks of 1000: 1501 blocks
    (data(NOON, 1_500_001), price("0.10", price_unit=1_000_000, increments="1000/1000"), (1_501_000, "0.150100")),
    # 5 TB at 2.00 a gigabyte, byte by byte
    (data(NOON, 5 * 10**12), price("2.00", price_unit=10**9), (5 * 10**12, "10000.000000")),
    # first 100 kB at 1.00 a megabyte, then 0.50 by blocks of 10 kB: 0.10 + 10 000 x 0.0000005
    (
        data(NOON, 100_001),
        price("1.00", price_unit=1_000_000, increments="1000/1000", steps="100000:0.50/10000"),
        (110_000, "0.105000"),
    ),
]


@pytest.mark.parametrize(("record", "row", "expected"), OTHER_UNITS)
def test_data_messages_and_events_are_laid_on_the_same_grid(rate, record, row, expected):
    assert cost(rate, record, [row]) == expected


BAND_OF_START = [
    ("2026-09-16 17:59:59", "0.980000"),
    ("2026-09-16 18:00:00", "0.400000"),
]


@pytest.mark.parametrize(("started", "amount"), BAND_OF_START)
def test_messages_are_priced_whole_in_the_band_of_their_start(rate, started, amount):
    prices = [price("0.49", "day", price_unit=1), price("0.20", "evening", price_unit=1)]
    assert cost(rate, message(started, 2), prices, OFFICE_HOURS) == (2, amount)


SUMS = [
    # price per minute, fee, seconds -> amount: seconds x price / 60, half a millionth away from zero
    ("0.10", "0", 1, "0.001667"),
    ("0.10", "0", 2, "0.003333"),
    ("0.10", "0", 3, "0.005000"),
    ("0.000001", "0", 29, "0.000000"),
    ("0.000001", "0", 30, "0.000001"),
    ("0.000001", "0", 89, "0.000001"),
    ("0.000001", "0", 90, "0.000002"),
    ("0.000001", "0.000001", 30, "0.000002"),
    ("0.999999", "0.000009", 59, "0.983341"),
    ("0", "0.39", 3600, "0.390000"),
    ("0", "0", 3600, "0.000000"),
    ("1000", "0", 86_400, "1440000.000000"),
    ("999999.999999", "0", 60, "999999.999999"),
]


@pytest.mark.parametrize(("per_minute", "fee", "talked", "amount"), SUMS)
def test_the_sum_is_rounded_once_to_six_decimals(rate, per_minute, fee, talked, amount):
    """0.999999 x 59 / 60 = 0.98333235, and 0.000009 more is 0.98334135."""
    assert cost(rate, call(NOON, talked), [price(per_minute, fee=fee)]) == (talked, amount)


def test_the_charge_names_the_price_that_was_used(rate):
    """A quarter past midnight local time on 16 September is still the 15th in UTC: the row of the 16th prices it."""
    changed = date(2026, 9, 16)
    prices = [
        price("0.60", article_no="1002", valid_to=changed),
        price("1.20", fee="0.39", increments="60/1", valid_from=changed),
    ]
    (found,) = outcomes(rate, [call("2026-09-16 00:15:00", 30)], operator(prices))
    assert found == {
        "origin_zone": "home", "zone_code": "se", "time_band": "all", "price_list": "list", "price_from": "2026-09-16",
        "article_no": "1001", "billed_units": 60, "included_units": 0, "list_amount": "1.590000",
        "included_amount": "0.000000", "amount_ex_vat": "1.590000", "cost_amount": None,
    }  # fmt: skip
