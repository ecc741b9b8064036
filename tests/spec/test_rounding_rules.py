"""A charge is rounded once, by the list's mode, to the list's decimals."""

import pytest
from one_operator import call, cost, list_rules, message, price

NOON = "2026-09-16 12:00:00"

MODES = [
    # amount before, decimals -> up, down, half_up and half_away_from_zero, half_even
    ("0.125", 2, "0.130000", "0.120000", "0.130000", "0.120000"),
    ("0.135", 2, "0.140000", "0.130000", "0.140000", "0.140000"),
    ("0.124999", 2, "0.130000", "0.120000", "0.120000", "0.120000"),
    ("0.125001", 2, "0.130000", "0.120000", "0.130000", "0.130000"),
    ("0.120001", 2, "0.130000", "0.120000", "0.120000", "0.120000"),
    ("0.12", 2, "0.120000", "0.120000", "0.120000", "0.120000"),
    ("0.5", 0, "1.000000", "0.000000", "1.000000", "0.000000"),
    ("1.5", 0, "2.000000", "1.000000", "2.000000", "2.000000"),
    ("0.00005", 4, "0.000100", "0.000000", "0.000100", "0.000000"),
    ("0.123456", 6, "0.123456", "0.123456", "0.123456", "0.123456"),
    ("9.999999", 5, "10.000000", "9.999990", "10.000000", "10.000000"),
]
NAMES = [("up",), ("down",), ("half_up", "half_away_from_zero"), ("half_even",)]
CASES = [
    (before, places, mode, after)
    for before, places, *rounded in MODES
    for modes, after in zip(NAMES, rounded, strict=True)
    for mode in modes
]


@pytest.mark.parametrize(("before", "places", "mode", "after"), CASES)
def test_each_mode_rounds_as_its_name_says(rate, before, places, mode, after):
    rules = list_rules(rounding_mode=mode, rounding_decimals=places)
    assert cost(rate, message(NOON), [price(before, price_unit=1)], price_list=rules) == (1, after)


THIRDS = [
    # 20 s of 0.10 a minute are 0.0333..., 40 s 0.0666...
    (20, "up", "0.033334"),
    (20, "down", "0.033333"),
    (20, "half_even", "0.033333"),
    (40, "up", "0.066667"),
    (40, "down", "0.066666"),
    (40, "half_up", "0.066667"),
]


@pytest.mark.parametrize(("talked", "mode", "amount"), THIRDS)
def test_what_has_no_end_in_decimals_is_rounded_from_the_exact_fraction(rate, talked, mode, amount):
    assert cost(rate, call(NOON, talked), [price("0.10")], price_list=list_rules(rounding_mode=mode)) == (
        talked,
        amount,
    )


def test_the_steps_before_are_not_rounded(rate):
    """20 s of 0.10 a minute with 50 percent on it are 0.05, not 0.0333 x 1.5 = 0.04995."""
    rules = list_rules(rounding_mode="down", rounding_decimals=4)
    assert cost(rate, call(NOON, 20), [price("0.10", surcharge_percent="50")], price_list=rules) == (20, "0.050000")


def test_a_charge_rounded_up_to_cents(rate):
    """71 s of 0.012 a minute on 60/6 are 72 s, 0.0144: two cents when every charge is rounded up."""
    rules = list_rules(rounding_mode="up", rounding_decimals=2)
    assert cost(rate, call(NOON, 71), [price("0.012", increments="60/6")], price_list=rules) == (72, "0.020000")
