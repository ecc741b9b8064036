"""Increments: the first, then whole later ones until the call is covered; the connect fee once; rounded once."""

import pytest
from one_operator import call, charge, cost, price

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
    ("30/18", "0", 35, 48, "0.960000"),
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
def test_a_call_costs_its_increments_whole_and_the_fee_once(increments, fee, talked, billed, amount):
    assert cost(call(NOON, talked), [price("1.20", fee=fee, increments=increments)]) == (billed, amount)


ROUNDING = [
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


@pytest.mark.parametrize(("per_minute", "fee", "talked", "amount"), ROUNDING)
def test_the_sum_is_rounded_once_to_six_decimals(per_minute, fee, talked, amount):
    """0.999999 x 59 / 60 = 0.98333235, and 0.000009 more is 0.98334135."""
    assert cost(call(NOON, talked), [price(per_minute, fee=fee)]) == (talked, amount)


def test_the_charge_names_the_price_that_was_used():
    """A quarter past midnight local time on 16 September is still the 15th in UTC."""
    row = charge([call("2026-09-16 00:15:00", 30)], [price("1.20", fee="0.39", increments="60/1")]).accepted
    wanted = ["subscription_id", "account_id", "started_on", "zone_code", "time_band", "price_list", "article_no"]
    assert [str(value) for value in row.select(wanted).row(0)] == ["1", "1", "2026-09-16", "se", "all", "list", "1001"]
    assert [str(value) for value in row.select("currency", "connect_fee").row(0)] == ["SEK", "0.390000"]
