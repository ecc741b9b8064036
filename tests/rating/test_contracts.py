"""Which contract a number has at a moment: who held it, on which plan, in which group, with which price lists."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import polars as pl
import pytest

from rating.contracts import LIST_ORDER, contract_spans
from schemas import tables

CLOCK = SimpleNamespace(time_zone="Europe/Stockholm")
NOON = datetime(2026, 9, 16, 12, tzinfo=UTC)
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
JAN, MAR, JUN = (date(2026, month, 1) for month in (1, 3, 6))
MARCH = datetime(2026, 2, 28, 23, tzinfo=UTC)  # local midnight of 1 March
JUNE = datetime(2026, 5, 31, 22, tzinfo=UTC)  # and of 1 June, in summer time

DEFAULTS = {
    "customer": {"customer_name": "Anna", "customer_category": "private", "street": "Kajplats 7", "postcode": "999 01",
                 "city": "Ort", "country_code": "SE", "language": "sv", "customer_from": JAN, "request_id": "r"},
    "account": {"account_bucket": 3, "billing_day": 1, "currency": "SEK", "credit_limit": Decimal(1000),
                "delivery_channel": "portal", "account_from": JAN, "customer_id": 100},
    "subscription": {"account_id": 10, "plan_code": "small", "service_from": JAN},
    "number_assignment": {"a_number": "46701", "subscription_id": 1, "owned_from": EARLIER},
    "plan": {"service": "voice", "article_no": "2001", "monthly_fee": Decimal(99), "currency": "SEK"},
    "price_list_link": {"valid_from": JAN},
    "customer_group": {"customer_id": 100, "valid_from": JAN},
    "allowance_link": {"allowance_code": "free", "valid_from": JAN},
    "discount": {"discount_code": "ten", "discount_name": "Ten", "discount_kind": "percent", "order_no": 1,
                 "discount_value": Decimal(10), "valid_from": JAN},
    "offer": {"offer_code": "start", "offer_name": "Start", "activated_from": JAN, "offer_days": 30,
              "percent_off": Decimal(50), "offer_target": "usage"},
}  # fmt: skip
USUAL = {
    "customer": [{"customer_id": 100}],
    "account": [{"account_id": 10}],
    "subscription": [{"subscription_id": 1}],
    "number_assignment": [{}],
    "plan": [{"plan_code": "small", "plan_name": "Small", "price_list": "of_small"},
             {"plan_code": "large", "plan_name": "Large", "price_list": "of_large"}],
}  # fmt: skip
REGISTER = {"customer", "account", "subscription", "number_assignment"}


def contracts_of(**given):
    """Lay out the contracts of one customer with one number; `given` replaces whole tables."""
    rows = USUAL | given
    frames = {
        table.name: pl.DataFrame(
            [dict.fromkeys(table.names) | DEFAULTS.get(table.name, {}) | row for row in rows.get(table.name, [])],
            schema=table.schema,
        )
        for table in tables.TABLES
    }
    register = {name: frames[name] for name in REGISTER}
    return contract_spans(register, {name: frame for name, frame in frames.items() if name not in REGISTER}, CLOCK)


def contract(contracts, moment, number="46701"):
    """Return the contract of a number at a moment, None where it has none."""
    asked = pl.Series([moment], dtype=pl.Datetime("us", "UTC"))
    (at,) = contracts.spans_of(pl.Series([number], dtype=pl.String), asked)
    return contracts.spans.row(at, named=True) if at >= 0 else None


def owner(contracts, moment, number="46701"):
    found = contract(contracts, moment, number)
    return found and found["subscription_id"]


# Ownership, by the moment

TWO = {"subscription": [{"subscription_id": 1}, {"subscription_id": 2}]}
MOVED = [
    {"owned_from": EARLIER, "owned_to": NOON},
    {"subscription_id": 2, "owned_from": NOON, "owned_to": NOON + timedelta(hours=1)},
]
MOMENTS = [
    (EARLIER - MICROSECOND, None),
    (EARLIER, 1),
    (NOON - MICROSECOND, 1),
    (NOON, 2),
    (NOON + timedelta(hours=1) - MICROSECOND, 2),
    (NOON + timedelta(hours=1), None),
]


@pytest.mark.parametrize(("moment", "subscription"), MOMENTS)
@pytest.mark.parametrize("held", [MOVED, MOVED[::-1]])
def test_a_number_that_changes_hands_is_held_from_its_first_moment_until_before_its_last(moment, subscription, held):
    assert owner(contracts_of(**TWO, number_assignment=held), moment) == subscription


def test_a_gap_between_owners_belongs_to_nobody():
    later = {"subscription_id": 2, "owned_from": NOON + timedelta(hours=2)}
    contracts = contracts_of(**TWO, number_assignment=[MOVED[0], later])
    assert owner(contracts, NOON + timedelta(hours=1)) is None
    assert owner(contracts, NOON + timedelta(hours=2)) == 2


@pytest.mark.parametrize("number", ["46700", "46702", "4670", "467011", None])
def test_another_number_s_owner_is_not_taken(number):
    assert owner(contracts_of(), NOON, number) is None
    assert owner(contracts_of(number_assignment=[]), NOON) is None


# Plan, by the local date

VERSIONS = [
    {"subscription_id": 1, "service_from": JAN, "service_to": MAR},
    {"subscription_id": 1, "plan_code": "large", "service_from": MAR, "service_to": JUN},
]
BEFORE_2026 = datetime(2025, 6, 1, tzinfo=UTC)
PLANS = [
    (BEFORE_2026, None),
    (datetime(2025, 12, 31, 23, tzinfo=UTC), "small"),
    (MARCH - MICROSECOND, "small"),
    (MARCH, "large"),
    (JUNE - MICROSECOND, "large"),
    (JUNE, None),
]


@pytest.mark.parametrize(("moment", "plan"), PLANS)
@pytest.mark.parametrize("versions", [VERSIONS, VERSIONS[::-1]])
def test_the_plan_is_that_of_the_local_day(moment, plan, versions):
    contracts = contracts_of(subscription=versions, number_assignment=[{"owned_from": BEFORE_2026}])
    found = contract(contracts, moment)
    assert (found and found["plan_code"]) == plan


def test_a_number_without_a_plan_is_held_all_the_same():
    """The night tells a stranger's call (UNKNOWN_A_NUMBER) from one whose subscription had no plan (NO_PLAN)."""
    contracts = contracts_of(subscription=VERSIONS)
    asked = pl.Series([JUNE, JUNE, EARLIER - MICROSECOND], dtype=pl.Datetime("us", "UTC"))
    assert contracts.are_held(pl.Series(["46701", "46702", "46701"]), asked).to_list() == [True, False, False]


def test_a_contract_tells_who_pays():
    wanted = ("subscription_id", "account_id", "account_bucket", "customer_id", "billing_day", "customer_group")
    found = contract(contracts_of(), NOON)
    assert [found[name] for name in wanted] == [1, 10, 3, 100, 1, "private"]


# Price lists, by the local date


def link(scope, target, price_list, **dates):
    return {"link_scope": scope, "link_to": target, "price_list": price_list} | dates


def lists_at(moment, **given):
    found = contract(contracts_of(**given), moment)
    return [found[name] for name in LIST_ORDER]


EVERY_LINK = [
    link("customer", "100", "own"),
    link("group", "private", "grouped"),
    link("basic", "*", "basic"),
    link("customer", "999", "another's"),
    link("group", "corporate", "another's"),
    link("plan", "large", "another's"),
]


def test_the_lists_are_the_customer_s_the_group_s_the_plan_s_and_the_basic_one():
    assert lists_at(NOON) == [None, None, "of_small", None]
    assert lists_at(NOON, price_list_link=EVERY_LINK) == ["own", "grouped", "of_small", "basic"]


def test_a_link_of_a_plan_goes_before_the_list_that_the_plan_names():
    links = [link("plan", "small", "linked", valid_from=MAR)]
    assert lists_at(MARCH - MICROSECOND, price_list_link=links)[2] == "of_small"
    assert lists_at(MARCH, price_list_link=links)[2] == "linked"


SCOPES = [("customer", "100", 0), ("group", "private", 1), ("plan", "small", 2), ("basic", "*", 3)]


@pytest.mark.parametrize(("scope", "target", "place"), SCOPES)
def test_a_link_holds_from_local_midnight_of_its_first_day_until_that_of_its_last(scope, target, place):
    links = [link(scope, target, "linked", valid_from=MAR, valid_to=JUN)]
    moments = (MARCH - MICROSECOND, MARCH, JUNE - MICROSECOND, JUNE)
    held = [lists_at(moment, price_list_link=links)[place] == "linked" for moment in moments]
    assert held == [False, True, True, False]


def test_one_link_after_another_without_a_gap():
    links = [link("basic", "*", "old", valid_to=MAR), link("basic", "*", "new", valid_from=MAR)]
    assert [lists_at(moment, price_list_link=links)[3] for moment in (MARCH - MICROSECOND, MARCH)] == ["old", "new"]


def test_a_customer_s_group_and_its_list_change_on_the_local_day():
    groups = [{"customer_group": "staff", "valid_from": MAR, "valid_to": JUN}]
    links = [link("group", "private", "of_private"), link("group", "staff", "of_staff")]
    contracts = contracts_of(customer_group=groups, price_list_link=links)
    found = [contract(contracts, moment) for moment in (MARCH - MICROSECOND, MARCH, JUNE - MICROSECOND, JUNE)]
    expected = [("private", "of_private"), ("staff", "of_staff"), ("staff", "of_staff"), ("private", "of_private")]
    assert [(each["customer_group"], each["group_list"]) for each in found] == expected


def test_spans_meet_where_something_changes_and_nothing_is_lost_between():
    """A number from January, a plan change in March, a link from June: three spans end to end, the last open."""
    versions = [VERSIONS[0], VERSIONS[1] | {"service_to": None}]
    contracts = contracts_of(subscription=versions, price_list_link=[link("basic", "*", "basic", valid_from=JUN)])
    spans = contracts.spans.sort("begins_at").select("begins_at", "ends_at", "plan_code", "basic_list").rows()
    assert spans == [
        (EARLIER, MARCH, "small", None),
        (MARCH, JUNE, "large", None),
        (JUNE, None, "large", "basic"),
    ]


# Terms that make the order of records matter

OF_TWO_ACCOUNTS = {
    "account": [{"account_id": 10}, {"account_id": 20}],
    "subscription": [
        {"subscription_id": 1},
        {"subscription_id": 2, "plan_code": "large"},
        {"subscription_id": 3, "account_id": 20},
    ],
    "number_assignment": [{"a_number": f"4670{no}", "subscription_id": no} for no in (1, 2, 3)],
}
OWN = {"allowance_code": "free", "allowance_name": "Free", "allowance_unit": "s", "allowance_quantity": Decimal(60),
       "allowance_scope": "own", "allowance_period": "period", "priority": 1, "prorated": False,
       "covers_fee": False}  # fmt: skip
SHARED = OWN | {"allowance_scope": "shared"}
TERMS = [
    # what is linked -> which of the three subscriptions have terms; the first two share an account
    ({}, []),
    ({"allowance": [OWN], "allowance_link": [{"link_scope": "plan", "link_to": "large"}]}, [2]),
    # what is shared is drawn by the whole account
    ({"allowance": [SHARED], "allowance_link": [{"link_scope": "plan", "link_to": "large"}]}, [1, 2]),
    ({"allowance": [SHARED], "allowance_link": [{"link_scope": "subscription", "link_to": "3"}]}, [3]),
    ({"allowance": [OWN], "allowance_link": [{"link_scope": "group", "link_to": "private"}]}, [1, 2, 3]),
    ({"allowance": [OWN], "allowance_link": [{"link_scope": "customer", "link_to": "100"}]}, [1, 2, 3]),
    ({"allowance": [OWN], "allowance_link": [{"link_scope": "customer", "link_to": "1"}]}, []),
    ({"discount": [{"link_scope": "plan", "link_to": "large"}]}, [2]),
    ({"discount": [{"link_scope": "all", "link_to": "*"}]}, [1, 2, 3]),
    ({"offer": [{"plan_code": "large"}]}, [2]),
    ({"offer": [{"plan_code": "large", "offer_target": "recurring"}]}, []),
    ({"price_list_link": EVERY_LINK}, []),
]


@pytest.mark.parametrize(("given", "expected"), TERMS)
def test_a_subscription_has_terms_where_an_allowance_offer_or_discount_may_apply_to_it(given, expected):
    spans = contracts_of(**OF_TWO_ACCOUNTS, **given).spans
    assert sorted(spans.filter("has_terms")["subscription_id"].unique()) == expected


def test_price_lists_are_numbered_once():
    contracts = contracts_of(price_list_link=EVERY_LINK[:1]).on_lists({"own": 0, "of_small": 7})
    assert contracts.spans.select("list_1", "list_2", "list_3", "list_4").row(0) == (0, None, 7, None)
    assert contracts.on_lists({"own": 5}) is contracts


def test_a_link_centuries_ahead_leaves_every_number_its_contract():
    """A key holds 34 bits of seconds: 2570-10-26 begins 1.78 thousand million of them after their end, in 2514."""
    contracts = contracts_of(
        subscription=[{"subscription_id": 1}, {"subscription_id": 2, "plan_code": "large"}],
        number_assignment=[{}, {"a_number": "46702", "subscription_id": 2}],
        price_list_link=[
            {"link_scope": "plan", "link_to": "small", "price_list": "far", "valid_from": date(2570, 10, 26)}
        ],
    )
    assert (owner(contracts, NOON), owner(contracts, NOON, "46702")) == (1, 2)
