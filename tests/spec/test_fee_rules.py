"""Fees, least and largest charges, surcharges, and what becomes of attempts. 1.20 a minute is 0.02 a second."""

import pytest
from one_operator import call, cost, data, message, price

NOON = "2026-09-16 12:00:00"

FEES = [
    # row, seconds talked -> amount; the fee is 0.50
    ({}, 10, "0.700000"),
    # the fee pays for the first 30 s; the other 20: 0.50 + 0.40
    ({"fee_covers": 30}, 50, "0.900000"),
    ({"fee_covers": 30}, 30, "0.500000"),
    ({"fee_covers": 30}, 1, "0.500000"),
    # the larger of fee and usage: 10 s cost 0.20, 25 s 0.50, 26 s 0.52
    ({"fee_rule": "deductible"}, 10, "0.500000"),
    ({"fee_rule": "deductible"}, 25, "0.500000"),
    ({"fee_rule": "deductible"}, 26, "0.520000"),
    # 50 s less the 20 that the fee covers: 0.60 of usage
    ({"fee_rule": "deductible", "fee_covers": 20}, 50, "0.600000"),
    # at least 1.00, at most 2.00
    ({"minimum_charge": "1.00"}, 10, "1.000000"),
    ({"minimum_charge": "1.00"}, 25, "1.000000"),
    ({"minimum_charge": "1.00"}, 26, "1.020000"),
    ({"maximum_charge": "2.00"}, 75, "2.000000"),
    ({"maximum_charge": "2.00"}, 74, "1.980000"),
    ({"maximum_charge": "2.00"}, 3600, "2.000000"),
    # where both bind, the largest is the last word
    ({"minimum_charge": "3.00", "maximum_charge": "2.00"}, 10, "2.000000"),
    # 12.5 percent on what the limits left: 0.70 x 1.125, 2.00 x 1.125
    ({"surcharge_percent": "12.5"}, 10, "0.787500"),
    ({"surcharge_percent": "12.5", "maximum_charge": "2.00"}, 3600, "2.250000"),
    ({"surcharge_percent": "12.5", "minimum_charge": "1.00"}, 10, "1.125000"),
    # nothing of an answered call is an attempt
    ({"attempt_fee": "9"}, 10, "0.700000"),
]


@pytest.mark.parametrize(("row", "talked", "amount"), FEES)
def test_what_is_added_to_the_price_of_the_units(rate, row, talked, amount):
    assert cost(rate, call(NOON, talked), [price("1.20", fee="0.50", **row)]) == (talked, amount)


def test_the_fee_s_units_are_the_first_on_the_grid(rate):
    """60/1 with a step at 60: the first minute is the fee's, the 10 s after it cost 0.01 each: 0.50 + 0.10."""
    prices = [price("1.20", fee="0.50", increments="60/1", steps="60:0.60/1", fee_covers=60)]
    assert cost(rate, call(NOON, 70), prices) == (70, "0.600000")


ATTEMPTS = [
    # outcome, quantity, policy -> what becomes of it; the fee of an attempt is 0.15
    (call(NOON, 0, outcome="failed"), {}, "FREE"),
    (call(NOON, 0, outcome="unanswered"), {}, "FREE"),
    (call(NOON, 0), {}, "FREE"),
    (call(NOON, -5), {}, "NOT_CHARGEABLE"),
    (call(NOON, 0, outcome="failed"), {"failed": "attempt_fee"}, (0, "0.150000")),
    (call(NOON, 0, outcome="failed"), {"unanswered": "attempt_fee"}, "FREE"),
    (call(NOON, 0, outcome="unanswered"), {"unanswered": "attempt_fee"}, (0, "0.150000")),
    (call(NOON, 0), {"zero_quantity": "attempt_fee"}, (0, "0.150000")),
    (call(NOON, -5), {"negative": "attempt_fee"}, (0, "0.150000")),
    (call(NOON, -5), {"negative": "free"}, "FREE"),
    (call(NOON, 0), {"zero_quantity": "rejected"}, "NOT_CHARGEABLE"),
    # what was not answered is that first, whatever its quantity
    (call(NOON, 30, outcome="unanswered"), {"unanswered": "attempt_fee"}, (0, "0.150000")),
    (call(NOON, -5, outcome="failed"), {"failed": "attempt_fee"}, (0, "0.150000")),
    (message(NOON, 0), {"zero_quantity": "attempt_fee"}, (0, "0.150000")),
    (data(NOON, 0), {"zero_quantity": "attempt_fee"}, (0, "0.150000")),
    # an attempt is priced by a row, so it needs one
    (call(NOON, 0, b_number="491"), {"zero_quantity": "attempt_fee"}, "NO_ZONE"),
    (call(NOON, 0, b_number="491"), {}, "FREE"),
]


@pytest.mark.parametrize(("record", "treatments", "expected"), ATTEMPTS)
def test_what_cannot_be_priced_like_other_usage_is_treated_as_the_policy_says(rate, record, treatments, expected):
    prices = [price("1.20", fee="0.50", attempt_fee="0.15", surcharge_percent="50", minimum_charge="2")]
    assert cost(rate, record, prices, policy=treatments) == expected


def test_a_row_without_an_attempt_fee_asks_none(rate):
    treated = {"zero_quantity": "attempt_fee"}
    assert cost(rate, call(NOON, 0), [price("1.20", fee="0.50")], policy=treated) == (0, "0.000000")
