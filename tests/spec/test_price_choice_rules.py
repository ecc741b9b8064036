"""Which row prices a call: the chain of lists row by row, and in a list the most specific row.

A row that fits costs so many kronor for the second called; which one it was is read off the amount.
"""

from datetime import date

import pytest
from one_operator import OFFICE_HOURS, call, cost, local, operator, outcomes, price

NOON = "2026-09-16 12:00:00"


def row(amount, **changed):
    return price(amount, price_unit=1, **changed)


def link(scope, target, price_list, **dates):
    return {"link_scope": scope, "link_to": target, "price_list": price_list} | dates


def paid(amount):
    return (1, f"{amount}.000000")


OF_CUSTOMER, OF_GROUP, OF_PLAN = (
    link("customer", "1", "own"),
    link("group", "private", "grouped"),
    link("plan", "plan", "x"),
)
BASIC = link("basic", "*", "basic")
LISTS = [row("1", price_list="own"), row("2", price_list="grouped"), row("3"), row("4", price_list="basic")]
CHAINS = [
    ([OF_CUSTOMER, OF_GROUP, BASIC], LISTS, paid(1)),
    ([OF_GROUP, BASIC], LISTS, paid(2)),
    ([BASIC], LISTS, paid(3)),
    ([], LISTS, paid(3)),
    # row by row: a list without a fitting row is passed over
    ([OF_CUSTOMER, OF_GROUP, BASIC], LISTS[1:], paid(2)),
    ([OF_CUSTOMER, OF_GROUP, BASIC], LISTS[3:], paid(4)),
    ([OF_CUSTOMER], LISTS[3:], "NO_PRICE"),
    ([OF_CUSTOMER, BASIC], [row("1", price_list="own", zone_code="other"), row("4", price_list="basic")], paid(4)),
    # a link of the plan stands instead of the list in plans.csv
    ([OF_PLAN], [row("3"), row("5", price_list="x")], paid(5)),
    ([OF_PLAN], [row("3")], "NO_PRICE"),
    # links for somebody else
    ([link("customer", "2", "own"), link("group", "vip", "grouped"), link("plan", "other", "x")], LISTS, paid(3)),
]


@pytest.mark.parametrize(("links", "prices", "expected"), CHAINS)
def test_the_first_list_of_the_customer_with_a_row_gives_the_price(rate, links, prices, expected):
    assert cost(rate, call(NOON, 1), prices, price_list_link=links) == expected


LINK_DATES = [
    ({"valid_from": date(2026, 9, 16)}, paid(1)),
    ({"valid_from": date(2026, 9, 17)}, paid(3)),
    ({"valid_to": date(2026, 9, 17)}, paid(1)),
    ({"valid_to": date(2026, 9, 16)}, paid(3)),
]


@pytest.mark.parametrize(("dates", "expected"), LINK_DATES)
def test_a_link_holds_from_its_first_day_until_before_its_last(rate, dates, expected):
    assert cost(rate, call(NOON, 1), LISTS, price_list_link=[link("customer", "1", "own", **dates)]) == expected


def test_links_are_those_of_the_start_of_the_call(rate):
    """Half past 23:59 for 60 s: the link ends at midnight, the call keeps its list: 60 x 1."""
    links = [link("customer", "1", "own", valid_to=date(2026, 9, 17))]
    assert cost(rate, call("2026-09-16 23:59:30", 60), LISTS, price_list_link=links) == (60, "60.000000")


def test_a_row_that_ends_during_the_call_hands_over_to_the_next_list(rate):
    """The customer's row ends at midnight, the plan's goes on: 30 x 1 + 30 x 3."""
    prices = [row("1", price_list="own", valid_to=date(2026, 9, 17)), row("3")]
    links = [link("customer", "1", "own")]
    assert cost(rate, call("2026-09-16 23:59:30", 60), prices, price_list_link=links) == (60, "120.000000")


GROUPS = [
    ([], paid(2)),
    ([{"customer_id": 1, "customer_group": "staff"}], paid(6)),
    ([{"customer_id": 1, "customer_group": "staff", "valid_from": date(2026, 9, 17)}], paid(2)),
    ([{"customer_id": 1, "customer_group": "staff", "valid_to": date(2026, 9, 17)}], paid(6)),
    ([{"customer_id": 2, "customer_group": "staff"}], paid(2)),
]


@pytest.mark.parametrize(("groups", "expected"), GROUPS)
def test_a_customer_without_a_group_is_in_that_of_its_category(rate, groups, expected):
    links = [OF_GROUP, link("group", "staff", "of_staff")]
    prices = [*LISTS, row("6", price_list="of_staff")]
    assert cost(rate, call(NOON, 1), prices, price_list_link=links, customer_group=groups) == expected


ALL = {"service": None, "origin_zone": "*", "time_band": "*"}
SPECIFIC = [
    # what the rows name besides -> the one that is taken; noon is in the band day, the call is voice from home
    ([{}, {"time_band": "day"}], 2),
    ([{}, {"origin_zone": "home"}], 2),
    ([{}, {"origin_zone": None}], 2),
    ([{}, {"service": "voice"}], 2),
    ([{"time_band": "day"}, {"origin_zone": "home"}], 2),
    ([{"time_band": "day", "origin_zone": "home"}, {"service": "voice"}], 2),
    ([{"service": "voice"}, {"service": "voice", "time_band": "day"}], 2),
    ([{"service": "voice", "origin_zone": "home"}, {"service": "voice", "time_band": "day"}], 1),
    ([{}, {"time_band": "evening"}], 1),
    ([{}, {"service": "mobile"}], 1),
    ([{}, {"origin_zone": "eu"}], 1),
]


@pytest.mark.parametrize(("named", "taken"), SPECIFIC)
def test_a_named_service_goes_before_a_named_origin_and_that_before_a_named_band(rate, named, taken):
    prices = [row(str(number)) | ALL | each for number, each in enumerate(named, 1)]
    assert cost(rate, call(NOON, 1), prices, OFFICE_HOURS) == paid(taken)
    assert cost(rate, call(NOON, 1), prices[::-1], OFFICE_HOURS) == paid(taken)


def test_an_earlier_list_goes_before_a_more_specific_row(rate):
    prices = [row("1", price_list="own"), row("3") | {"service": "voice", "time_band": "day"}]
    links = [link("customer", "1", "own")]
    assert cost(rate, call(NOON, 1), prices, OFFICE_HOURS, price_list_link=links) == paid(1)


ORIGINS = [
    (None, "home", paid(1)),
    ("49", "de", paid(2)),
    ("4912345", "de", paid(2)),
    ("47", "no", paid(3)),
    ("33", "unknown", paid(3)),
]


@pytest.mark.parametrize(("visited", "origin", "expected"), ORIGINS)
def test_the_visited_network_s_zone_is_where_a_call_comes_from(rate, visited, origin, expected):
    zones = [{"prefix": p, "zone_code": z} for p, z in (("46", "se"), ("47", "no"), ("49", "de"))]
    prices = [row("1"), row("2", origin_zone="de"), row("3", origin_zone="*")]
    one = call(NOON, 1, origin_number=visited)
    (found,) = outcomes(rate, [one], operator(prices, zone_prefix=zones))
    assert found["origin_zone"] == origin
    assert (found["billed_units"], found["amount_ex_vat"]) == expected


def test_a_row_without_an_origin_is_for_home_alone(rate):
    zones = [{"prefix": "46", "zone_code": "se"}, {"prefix": "49", "zone_code": "de"}]
    one = call(NOON, 1, origin_number="49")
    assert cost(rate, one, [row("1")], zone_prefix=zones) == "NO_PRICE"


def test_a_more_specific_row_holds_only_on_its_dates(rate):
    prices = [row("1"), row("2", time_band="all", valid_from=date(2026, 9, 17))]
    assert cost(rate, call(local("2026-09-16 23:59:59"), 2), prices) == (2, "3.000000")
