"""Where to: relations, then special numbers, then the longest prefix of the switch's numbering plan."""

from datetime import date

import pytest
from one_operator import NUMBER, call, local, operator, outcomes, price

NOON = "2026-09-16 12:00:00"
OTHER, STRANGER = "46701740699", "468123456"
ZONES = [
    {"prefix": "4", "zone_code": "four"},
    {"prefix": "46", "zone_code": "se"},
    {"prefix": "4670", "zone_code": "mobile"},
    {"prefix": "46701740", "zone_code": "block"},
]
PRICED = ("four", "se", "mobile", "block", "friends", "closed", "own", "emergency", "carrier")


def zone_of(rate, one_call, **given):
    prices = [price("0.60", zone_code=zone) for zone in given.pop("priced", PRICED)]
    (found,) = outcomes(rate, [one_call], operator(prices, **({"zone_prefix": ZONES} | given)))
    return found if isinstance(found, str) else found["zone_code"]


PREFIXES = [
    ("468123456", "se"),
    ("46", "se"),
    ("4691", "se"),
    ("467", "se"),
    ("4670", "mobile"),
    ("46701", "mobile"),
    ("4670174", "mobile"),
    ("46701740", "block"),
    ("46701740699", "block"),
    ("4670175", "mobile"),
    ("45123", "four"),
    ("5", "NO_ZONE"),
    ("123456", "NO_ZONE"),
]


@pytest.mark.parametrize(("called", "zone"), PREFIXES)
def test_the_longest_prefix_gives_the_zone(rate, called, zone):
    assert zone_of(rate, call(NOON, 1, b_number=called)) == zone


def test_a_switch_may_have_a_numbering_plan_of_its_own(rate):
    zones = [*ZONES, {"prefix": "46", "zone_code": "carrier", "numbering_plan": "north"}]
    given = {"zone_prefix": zones, "switch_plan": [{"source_system": "trunk", "numbering_plan": "north"}]}
    assert zone_of(rate, call(NOON, 1, b_number="4670", source_system="trunk"), **given) == "carrier"
    assert zone_of(rate, call(NOON, 1, b_number="4670"), **given) == "mobile"


SPECIAL = [("46112", "emergency"), ("461121", "se"), ("4611", "se")]


@pytest.mark.parametrize(("called", "zone"), SPECIAL)
def test_a_special_number_is_the_exact_number(rate, called, zone):
    special = [{"b_number": "46112", "number_kind": "emergency", "zone_code": "emergency"}]
    assert zone_of(rate, call(NOON, 1, b_number=called), special_number=special) == zone


FRIENDS = [{"subscription_id": 1, "friend_number": OTHER}]
NAMED = {"friends_zone": "friends", "closed_group_zone": "closed", "own_network_zone": "own"}
OF_THE_SAME = {
    "subscription": [{"subscription_id": 1}, {"subscription_id": 2}],
    "number_assignment": [{"a_number": NUMBER, "subscription_id": 1}, {"a_number": OTHER, "subscription_id": 2}],
}
OF_ANOTHER = OF_THE_SAME | {
    "customer": [{"customer_id": 1}, {"customer_id": 2}],
    "account": [{}, {"account_id": 2, "customer_id": 2}],
    "subscription": [{"subscription_id": 1}, {"subscription_id": 2, "account_id": 2}],
}
RELATIONS = [
    # register, friends, policy, priced zones -> zone of a call to OTHER, whose prefix is `block`
    (OF_THE_SAME, FRIENDS, NAMED, PRICED, "friends"),
    (OF_THE_SAME, [], NAMED, PRICED, "closed"),
    (OF_ANOTHER, [], NAMED, PRICED, "own"),
    (OF_ANOTHER, FRIENDS, NAMED, PRICED, "friends"),
    ({}, [], NAMED, PRICED, "block"),
    # only where the policy names the zone
    (OF_THE_SAME, FRIENDS, {}, PRICED, "block"),
    (OF_THE_SAME, FRIENDS, NAMED | {"friends_zone": ""}, PRICED, "closed"),
    (OF_THE_SAME, [], {"own_network_zone": "own"}, PRICED, "own"),
    # only where a list of the customer has a row for the zone
    (OF_THE_SAME, FRIENDS, NAMED, ("closed", "own", "block"), "closed"),
    (OF_THE_SAME, FRIENDS, NAMED, ("own", "block"), "own"),
    (OF_THE_SAME, FRIENDS, NAMED, ("block",), "block"),
    # somebody else's friend, and a friend of other days
    ({}, [{"subscription_id": 2, "friend_number": OTHER}], NAMED, PRICED, "block"),
    ({}, [FRIENDS[0] | {"valid_from": date(2026, 9, 17)}], NAMED, PRICED, "block"),
    ({}, [FRIENDS[0] | {"valid_to": date(2026, 9, 16)}], NAMED, PRICED, "block"),
]


@pytest.mark.parametrize(("register", "friends", "named", "priced", "zone"), RELATIONS)
def test_friends_go_before_the_closed_group_and_that_before_the_own_network(
    rate, register, friends, named, priced, zone
):
    one = call(NOON, 1, b_number=OTHER)
    assert zone_of(rate, one, **register, friend_number=friends, policy=named, priced=priced) == zone


def test_a_relation_goes_before_a_special_number(rate):
    special = [{"b_number": OTHER, "zone_code": "emergency"}]
    given = {"friend_number": FRIENDS, "special_number": special, "policy": NAMED}
    assert zone_of(rate, call(NOON, 1, b_number=OTHER), **given) == "friends"


GIVEN_UP = [("2026-09-16 11:59:59", "own"), ("2026-09-16 12:00:00", "block")]


@pytest.mark.parametrize(("started", "zone"), GIVEN_UP)
def test_a_number_is_of_the_own_network_while_it_is_held(rate, started, zone):
    numbers = [
        {"a_number": NUMBER, "subscription_id": 1},
        {"a_number": OTHER, "subscription_id": 2, "owned_to": local(NOON)},
    ]
    given = OF_ANOTHER | {"number_assignment": numbers}
    assert zone_of(rate, call(started, 1, b_number=OTHER), **given, policy=NAMED) == zone


def test_a_number_outside_is_nobody_s_relation(rate):
    assert zone_of(rate, call(NOON, 1, b_number=STRANGER), **OF_THE_SAME, policy=NAMED) == "se"
