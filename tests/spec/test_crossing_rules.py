"""The four answers to a call that crosses a border.

The clock is Stockholm's, 2026-09-16 a Wednesday. Day costs 0.60 a minute (0.01 a second) until 18:00, evening 0.30
(0.005 a second), unless a row says more.
"""

from datetime import date

import pytest
from one_operator import OFFICE_HOURS, call, cost, list_rules, price

STARTED, WHOLE, PARTS, CUT = "increment_at_start", "whole_call_at_start", "each_part_rounded", "rounded_then_cut"

CROSSINGS = [
    # 17:58:30 for 125 s on 60/1. Increments of one second: 90 begin before 18:00, 35 after: 0.90 + 0.175
    (STARTED, "60/1", "17:58:30", 125, (125, "1.075000")),
    (WHOLE, "60/1", "17:58:30", 125, (125, "1.250000")),
    # 90 s by day; the 35 of evening begin with a first increment of 60: 0.90 + 0.30
    (PARTS, "60/1", "17:58:30", 125, (150, "1.200000")),
    (CUT, "60/1", "17:58:30", 125, (125, "1.075000")),
    # 17:59:30 for 90 s on 60/60. A minute begins by day, the next at 18:00:30: 0.60 + 0.30
    (STARTED, "60/60", "17:59:30", 90, (120, "0.900000")),
    (WHOLE, "60/60", "17:59:30", 90, (120, "1.200000")),
    # 30 s by day are a minute, 60 s of evening are one: 0.60 + 0.30
    (PARTS, "60/60", "17:59:30", 90, (120, "0.900000")),
    # 120 s are billed: 30 by day, 90 by evening: 0.30 + 0.45
    (CUT, "60/60", "17:59:30", 90, (120, "0.750000")),
    # 17:59:59 for 2 s on 60/60: one minute, that begins by day
    (STARTED, "60/60", "17:59:59", 2, (60, "0.600000")),
    (WHOLE, "60/60", "17:59:59", 2, (60, "0.600000")),
    # a second on each side is a minute on each side: 0.60 + 0.30
    (PARTS, "60/60", "17:59:59", 2, (120, "0.900000")),
    # one second by day, the 59 billed after it by evening: 0.01 + 0.295
    (CUT, "60/60", "17:59:59", 2, (60, "0.305000")),
    # the border lies within the first second: it belongs to the next: one second by day, one by evening
    (STARTED, "1/1", "17:59:59.500000", 2, (2, "0.015000")),
    (WHOLE, "1/1", "17:59:59.500000", 2, (2, "0.020000")),
    (PARTS, "1/1", "17:59:59.500000", 2, (2, "0.015000")),
    (CUT, "1/1", "17:59:59.500000", 2, (2, "0.015000")),
    # a call that ends at the border crosses nothing
    (PARTS, "60/60", "17:59:00", 60, (60, "0.600000")),
    (CUT, "60/60", "17:59:00", 60, (60, "0.600000")),
    # billed seconds beyond the border are cut although the talk ended before it: 50 x 0.01 + 10 x 0.005
    (CUT, "60/60", "17:59:10", 20, (60, "0.550000")),
    (STARTED, "60/60", "17:59:10", 20, (60, "0.600000")),
    (PARTS, "60/60", "17:59:10", 20, (60, "0.600000")),
]


@pytest.mark.parametrize(("rule", "increments", "started", "talked", "expected"), CROSSINGS)
def test_the_list_says_how_a_call_over_a_border_is_priced(rate, rule, increments, started, talked, expected):
    prices = [price("0.60", "day", increments=increments), price("0.30", "evening", increments=increments)]
    one = call(f"2026-09-16 {started}", talked)
    assert cost(rate, one, prices, OFFICE_HOURS, price_list=list_rules(crossing_rule=rule)) == expected


OWN_INCREMENTS = [
    # day 60/60, evening 6/6, from 17:59:30 for 40 s. A minute that begins by day covers it
    (STARTED, 40, (60, "0.600000")),
    # after the first minute one increment of evening's size: 0.60 + 6 x 0.005
    (STARTED, 61, (66, "0.630000")),
    # 30 s are a minute of day, 10 s are 12 of evening: 0.60 + 12 x 0.005
    (PARTS, 40, (72, "0.660000")),
    # the row of the start lays 60 s: 30 by day, 30 by evening
    (CUT, 40, (60, "0.450000")),
    (WHOLE, 61, (120, "1.200000")),
]


@pytest.mark.parametrize(("rule", "talked", "expected"), OWN_INCREMENTS)
def test_whose_increments_are_laid_after_a_border(rate, rule, talked, expected):
    prices = [price("0.60", "day", increments="60/60"), price("0.30", "evening", increments="6/6")]
    one = call("2026-09-16 17:59:30", talked)
    assert cost(rate, one, prices, OFFICE_HOURS, price_list=list_rules(crossing_rule=rule)) == expected


STEPS = [
    # both rows cost nothing from second 60 of the call on, and it lies 30 s by day, 70 by evening: 0.30 + 30 x 0.005
    (STARTED, (100, "0.450000")),
    (PARTS, (100, "0.450000")),
    (CUT, (100, "0.450000")),
    (WHOLE, (100, "0.600000")),
]


@pytest.mark.parametrize(("rule", "expected"), STEPS)
def test_steps_count_from_the_start_of_the_call(rate, rule, expected):
    prices = [price("0.60", "day", steps="60:0/1"), price("0.30", "evening", steps="60:0/1")]
    one = call("2026-09-16 17:59:30", 100)
    assert cost(rate, one, prices, OFFICE_HOURS, price_list=list_rules(crossing_rule=rule)) == expected


def test_the_first_row_s_minimum_raises_the_call_before_it_is_cut(rate):
    """One second raised to 60 from 17:59:30: 30 by day, 30 by evening, whose own minimum of 100 does not count."""
    prices = [price("0.60", "day", minimum_units=60), price("0.30", "evening", minimum_units=100)]
    rules = list_rules(crossing_rule=PARTS)
    assert cost(rate, call("2026-09-16 17:59:30", 1), prices, OFFICE_HOURS, price_list=rules) == (60, "0.450000")


UNPRICED_EVENING = [
    (STARTED, "1/1", 31, "NO_PRICE"),
    (WHOLE, "1/1", 31, (31, "0.310000")),
    (PARTS, "1/1", 31, "NO_PRICE"),
    (CUT, "1/1", 31, "NO_PRICE"),
    # only what is billed after the border lacks a price
    (STARTED, "60/60", 30, (60, "0.600000")),
    (WHOLE, "60/60", 30, (60, "0.600000")),
    (PARTS, "60/60", 30, (60, "0.600000")),
    (CUT, "60/60", 30, "NO_PRICE"),
]


@pytest.mark.parametrize(("rule", "increments", "talked", "expected"), UNPRICED_EVENING)
def test_a_part_without_a_price_refuses_the_whole_record(rate, rule, increments, talked, expected):
    prices = [price("0.60", "day", increments=increments)]
    one = call("2026-09-16 17:59:30", talked)
    assert cost(rate, one, prices, OFFICE_HOURS, price_list=list_rules(crossing_rule=rule)) == expected


def test_the_rules_are_those_of_the_list_that_prices_the_start(rate):
    """The plan's list prices the day and cuts by its rule; the basic list, which would not, prices the evening."""
    prices = [price("0.60", "day"), price("0.30", "evening", price_list="basic", increments="60/60")]
    rules = [
        {"price_list": "list", "crossing_rule": PARTS, "rounding_decimals": 1, "rounding_mode": "down"},
        {"price_list": "basic", "crossing_rule": WHOLE},
    ]
    links = [{"link_scope": "basic", "link_to": "*", "price_list": "basic"}]
    one = call("2026-09-16 17:59:58", 3)
    # 2 x 0.01, then a whole minute of evening: 0.32, cut to one decimal
    found = cost(rate, one, prices, OFFICE_HOURS, price_list=rules, price_list_link=links)
    assert found == (62, "0.300000")


def test_a_call_over_a_price_change_is_cut_there_too(rate):
    """23:59:30 for 60 s on 60/60: a minute at the old price, a minute at the new: 0.60 + 1.20."""
    changed = date(2026, 9, 17)
    prices = [
        price("0.60", increments="60/60", valid_to=changed),
        price("1.20", increments="60/60", valid_from=changed),
    ]
    rules = list_rules(crossing_rule=PARTS)
    assert cost(rate, call("2026-09-16 23:59:30", 60), prices, price_list=rules) == (120, "1.800000")


def test_a_midnight_that_changes_nothing_cuts_nothing(rate):
    rules = list_rules(crossing_rule=PARTS)
    prices = [price("0.60", increments="60/60")]
    assert cost(rate, call("2026-09-16 23:59:30", 60), prices, price_list=rules) == (60, "0.600000")
