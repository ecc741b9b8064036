"""Allowances: who draws how much of what, in which order, and what is left to pay. 0.60 a minute is 0.01 a second."""

from datetime import date

import pytest
from one_operator import NUMBER, OFFICE_HOURS, amounts, call, data, list_rules, message, operator, outcomes, price

NOON = "2026-09-16 12:00:00"
OTHER = "46701740699"


def allowance(code, quantity, unit="s", *, grant=None, **changed):
    """An allowance and its one grant, to the subscription of the test."""
    return (
        {"allowance_code": code, "allowance_unit": unit, "allowance_quantity": quantity} | changed,
        {"grant_id": code, "allowance_code": code, "granted_quantity": quantity} | (grant or {}),
    )


def included(*pairs):
    return {"allowance": [pair[0] for pair in pairs], "allowance_grant": [pair[1] for pair in pairs]}


EDGES = [
    # left, increments, seconds -> billed, included, amount
    # the example: 150 s on 60/60 with 70 s left: 180 billed, 110 to pay
    ("70", "60/60", 150, (180, 70, "1.100000")),
    ("180", "60/60", 150, (180, 180, "0.000000")),
    ("179", "60/60", 150, (180, 179, "0.010000")),
    ("0", "60/60", 150, (180, 0, "1.800000")),
    ("1000", "1/1", 150, (150, 150, "0.000000")),
]


@pytest.mark.parametrize(("left", "increments", "talked", "expected"), EDGES)
def test_a_call_at_the_edge_is_split(rate, left, increments, talked, expected):
    whole = operator([price("0.60", increments=increments)], **included(allowance("minutes", left)))
    assert amounts(rate, [call(NOON, talked)], whole) == [expected]


def test_what_is_left_is_priced_where_it_lies(rate):
    """17:59:30 for 60 s: the first 20 of day are included, 10 of day and 30 of evening paid: 0.10 + 0.15."""
    prices = [price("0.60", "day"), price("0.30", "evening")]
    whole = operator(prices, OFFICE_HOURS, **included(allowance("minutes", "20")))
    assert amounts(rate, [call("2026-09-16 17:59:30", 60)], whole) == [(60, 20, "0.250000")]


def test_the_fee_s_units_come_before_the_allowance(rate):
    """30 s are the fee's, 20 are included, 10 paid: 0.39 + 0.10."""
    whole = operator([price("0.60", fee="0.39", fee_covers=30)], **included(allowance("minutes", "20")))
    assert amounts(rate, [call(NOON, 60)], whole) == [(60, 20, "0.490000")]


LIMITS = [
    # row, included, covers the fee -> amount of 60 s with a fee of 0.39
    ({}, "20", False, (60, 20, "0.790000")),
    ({}, "20", True, (60, 20, "0.400000")),
    ({}, "60", False, (60, 60, "0.390000")),
    ({}, "60", True, (60, 60, "0.000000")),
    ({}, "0", True, (60, 0, "0.990000")),
    # a call that is included is not paid by its minimum charge; one that is not quite, is
    ({"minimum_charge": "2"}, "60", True, (60, 60, "0.000000")),
    ({"minimum_charge": "2"}, "60", False, (60, 60, "0.390000")),
    ({"minimum_charge": "2"}, "59", True, (60, 59, "2.000000")),
    ({"maximum_charge": "0.20"}, "20", True, (60, 20, "0.200000")),
    ({"maximum_charge": "0.20"}, "60", False, (60, 60, "0.390000")),
    # the larger of fee and what is left of usage
    ({"fee_rule": "deductible"}, "20", False, (60, 20, "0.400000")),
    ({"fee_rule": "deductible"}, "30", False, (60, 30, "0.390000")),
    ({"fee_rule": "deductible"}, "30", True, (60, 30, "0.300000")),
    ({"surcharge_percent": "50"}, "20", True, (60, 20, "0.600000")),
]


@pytest.mark.parametrize(("row", "quantity", "covers", "expected"), LIMITS)
def test_fee_and_limits_are_of_what_is_left_to_pay(rate, row, quantity, covers, expected):
    given = included(allowance("minutes", quantity, covers_fee=covers))
    assert amounts(rate, [call(NOON, 60)], operator([price("0.60", fee="0.39", **row)], **given)) == [expected]


def test_the_list_amount_knows_no_allowance(rate):
    given = included(allowance("minutes", "60", covers_fee=True))
    (found,) = outcomes(rate, [call(NOON, 60)], operator([price("0.60", fee="0.39", minimum_charge="2")], **given))
    assert (found["list_amount"], found["amount_ex_vat"]) == ("2.000000", "0.000000")


def test_calls_draw_in_the_order_of_start_then_id(rate):
    whole = operator([price("0.60")], **included(allowance("minutes", "100")))
    records = [
        call("2026-09-16 12:00:01", 60) | {"usage_id": "switch:a"},
        call("2026-09-16 12:00:00", 60) | {"usage_id": "switch:c"},
        call("2026-09-16 12:00:00", 60) | {"usage_id": "switch:b"},
    ]
    # b takes 60, c 40, a nothing
    assert [row[1] for row in amounts(rate, records, whole)] == [0, 40, 60]


KINDS = [
    # unit, quantity, record, row -> what the record draws of it
    ("s", "100", call(NOON, 60), (60, 60, "0.000000")),
    ("message", "100", call(NOON, 60), (60, 0, "0.600000")),
    ("message", "2", message(NOON, 3), (3, 2, "0.010000")),
    ("event", "2", message(NOON, 3), (3, 0, "0.030000")),
    ("event", "2", call(NOON, 0, usage_kind="event", event_count=3), (3, 2, "0.010000")),
    ("byte", "1000", data(NOON, 1200), (1200, 1000, "2.000000")),
    ("s", "1000", data(NOON, 1200), (1200, 0, "12.000000")),
    # a call whole, whatever its length
    ("call", "1", call(NOON, 6000), (6000, 6000, "0.000000")),
    ("call", "0", call(NOON, 60), (60, 0, "0.600000")),
    ("call", "5", message(NOON, 3), (3, 0, "0.030000")),
]


@pytest.mark.parametrize(("unit", "quantity", "record", "expected"), KINDS)
def test_what_an_allowance_counts(rate, unit, quantity, record, expected):
    whole = operator([price("0.60")], **included(allowance("some", quantity, unit)))
    assert amounts(rate, [record], whole) == [expected]


def test_two_calls_of_a_number_of_calls(rate):
    whole = operator([price("0.60")], **included(allowance("calls", "2", "call")))
    records = [call(f"2026-09-16 12:0{minute}:00", 60) for minute in range(3)]
    assert [row[1] for row in amounts(rate, records, whole)] == [60, 60, 0]


MONEY = [
    # left, row -> (included units, included amount, amount) of 60 s
    ("10", {}, (0, "0.990000", "0.000000")),
    ("0.50", {}, (0, "0.500000", "0.490000")),
    # after the minimum, and after rounding to whole kronor
    ("1.50", {"minimum_charge": "2"}, (0, "1.500000", "0.500000")),
]


@pytest.mark.parametrize(("left", "row", "expected"), MONEY)
def test_money_is_taken_of_what_is_left_to_pay(rate, left, row, expected):
    whole = operator([price("0.60", fee="0.39", **row)], **included(allowance("money", left, "money")))
    (found,) = outcomes(rate, [call(NOON, 60)], whole)
    assert (found["included_units"], found["included_amount"], found["amount_ex_vat"]) == expected


def test_money_is_taken_after_rounding(rate):
    """0.99 is 1 krona by the list; 0.25 of it is included."""
    given = included(allowance("money", "0.25", "money"))
    whole = operator([price("0.60", fee="0.39")], price_list=list_rules(rounding_decimals=0), **given)
    assert amounts(rate, [call(NOON, 60)], whole) == [(60, 0, "0.750000")]


CONDITIONS = [
    ({"zones": "se no"}, 60),
    ({"zones": "no"}, 0),
    ({"time_bands": "day"}, 60),
    ({"time_bands": "evening"}, 0),
    ({"services": "mobile voice"}, 60),
    ({"services": "mobile"}, 0),
    ({"zones": "se", "time_bands": "evening"}, 0),
]


@pytest.mark.parametrize(("conditions", "drawn"), CONDITIONS)
def test_all_conditions_must_fit(rate, conditions, drawn):
    whole = operator([price("0.60")], OFFICE_HOURS, **included(allowance("minutes", "100", **conditions)))
    assert amounts(rate, [call(NOON, 60)], whole)[0][1] == drawn


def test_the_band_is_that_of_the_start(rate):
    given = included(allowance("minutes", "100", time_bands="day"))
    whole = operator([price("0.60")], OFFICE_HOURS, **given)
    assert amounts(rate, [call("2026-09-16 17:59:59", 60)], whole) == [(60, 60, "0.000000")]


PERIODS = [
    ("2026-08-31 23:59:59", 0),
    ("2026-09-01 00:00:00", 1),
    ("2026-09-30 23:59:59", 1),
    ("2026-10-01 00:00:00", 0),
]


@pytest.mark.parametrize(("started", "drawn"), PERIODS)
def test_a_grant_is_for_calls_that_start_in_its_period(rate, started, drawn):
    whole = operator([price("0.60")], **included(allowance("minutes", "100")))
    assert amounts(rate, [call(started, 1)], whole)[0][1] == drawn


def dated(first, last):
    return {"period_from": first, "period_to": last}


SOON, LATER = dated(date(2026, 9, 10), date(2026, 9, 20)), dated(date(2026, 9, 1), date(2026, 10, 1))
FREE, PAYING = {"covers_fee": True}, {"covers_fee": False}
ORDERS = [
    # two grants of 60 s each, one of which covers the fee of 0.39: is it the one that a minute draws?
    # the one that ends first
    (("a", LATER, {}), ("b", SOON, FREE), True),
    (("a", LATER, FREE | {"zones": "se"}), ("b", SOON, {}), False),
    # then the one with most conditions, however they are distributed
    (("a", LATER, {}), ("b", LATER, FREE | {"zones": "se"}), True),
    (("a", LATER, FREE | {"zones": "se"}), ("b", LATER, {"time_bands": "day", "services": "voice"}), False),
    (("a", LATER, {"priority": 1}), ("b", LATER, FREE | {"zones": "se", "priority": 9}), True),
    # then the lowest priority
    (("a", LATER, {"priority": 2}), ("b", LATER, FREE | {"priority": 1}), True),
    # then what was rolled over
    (("a", LATER, {}), ("b", LATER | {"rolled_from": "old"}, FREE), True),
    (("a", LATER, {"priority": 1}), ("b", LATER | {"rolled_from": "old"}, FREE | {"priority": 2}), False),
    # then the code
    (("a", LATER, FREE), ("b", LATER, {}), True),
    (("b", LATER, FREE), ("a", LATER, {}), False),
]


@pytest.mark.parametrize(("first", "second", "waived"), ORDERS)
def test_the_order_of_use(rate, first, second, waived):
    pairs = [allowance(code, "60", grant=dates, **changed) for code, dates, changed in (first, second)]
    whole = operator([price("0.60", fee="0.39")], OFFICE_HOURS, **included(*pairs))
    assert amounts(rate, [call(NOON, 60)], whole) == [(60, 60, "0.000000" if waived else "0.390000")]


def test_a_call_draws_on_the_next_grant_when_one_is_empty(rate):
    """60 s: 10 of the first, 20 of the second, which covers the fee, 30 paid."""
    pairs = [allowance("a", "10"), allowance("b", "20", covers_fee=True)]
    whole = operator([price("0.60", fee="0.39")], **included(*pairs))
    assert amounts(rate, [call(NOON, 60)], whole) == [(60, 30, "0.300000")]


SCOPES = [("own", 1, 0), ("shared", 1, 60), ("shared", 2, 0)]


@pytest.mark.parametrize(("scope", "account", "drawn"), SCOPES)
def test_a_shared_allowance_is_for_all_subscriptions_of_the_account(rate, scope, account, drawn):
    given = {
        "account": [{}, {"account_id": 2}],
        "subscription": [{"subscription_id": 1}, {"subscription_id": 2, "account_id": account}],
        "number_assignment": [{"a_number": NUMBER, "subscription_id": 1}, {"a_number": OTHER, "subscription_id": 2}],
    }
    whole = operator([price("0.60")], **given, **included(allowance("minutes", "100", allowance_scope=scope)))
    assert amounts(rate, [call(NOON, 60, a_number=OTHER)], whole)[0][1] == drawn


def test_an_attempt_draws_nothing(rate):
    given = included(allowance("money", "9", "money"), allowance("calls", "9", "call"))
    whole = operator([price("0.60", attempt_fee="0.10")], policy={"zero_quantity": "attempt_fee"}, **given)
    (found,) = outcomes(rate, [call(NOON, 0)], whole)
    assert (found["included_amount"], found["amount_ex_vat"]) == ("0.000000", "0.100000")
