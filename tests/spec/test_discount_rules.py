"""Introductory offers, then discounts: one new price, percents of what is left, amounts; capped by month."""

from datetime import date

import pytest
from one_operator import NUMBER, amounts, call, cost, list_rules, operator, outcomes, price

NOON = "2026-09-16 12:00:00"
OTHER = "46701740699"


def discount(code, kind, value, **changed):
    return {"discount_code": code, "discount_kind": kind, "discount_value": value} | changed


def percent(value, code="p", **changed):
    return discount(code, "percent", value, **changed)


def amount(value, code="a", **changed):
    return discount(code, "amount", value, **changed)


def new_price(value, code="n", **changed):
    return discount(code, "new_price", value, **changed)


CUSTOMER = {"link_scope": "customer", "link_to": "1"}
GROUP = {"link_scope": "group", "link_to": "private"}
PLAN = {"link_scope": "plan", "link_to": "plan"}

DISCOUNTS = [
    # discounts -> amount of a minute of 1.00 with a fee of 0.20
    ([percent("25")], "0.900000"),
    ([percent("100")], "0.000000"),
    # each of what the earlier ones left: 1.20 x 0.9 x 0.5
    ([percent("10", "p"), percent("50", "q")], "0.540000"),
    ([amount("0.50")], "0.700000"),
    ([amount("5.00")], "0.000000"),
    # percent first, whatever the numbers say: 1.20 x 0.5 - 0.10
    ([amount("0.10", order_no=1), percent("50", order_no=2)], "0.500000"),
    ([amount("0.10"), amount("0.30", "b")], "0.800000"),
    # a new price of 0.60 a minute, the fee stays
    ([new_price("0.60")], "0.800000"),
    ([new_price("0.60"), percent("50")], "0.400000"),
    ([new_price("2.00")], "2.200000"),
    # one new price only: the most specific
    ([new_price("0.60", "a"), new_price("0.10", "b", **PLAN)], "0.300000"),
    ([new_price("0.60", "a", **PLAN), new_price("0.10", "b", **GROUP)], "0.300000"),
    ([new_price("0.60", "a", **GROUP), new_price("0.10", "b", **CUSTOMER)], "0.300000"),
    ([new_price("0.60", "a", **CUSTOMER), new_price("0.10", "b", **PLAN, zone_code="se")], "0.800000"),
    ([new_price("0.60", "a"), new_price("0.10", "b", zone_code="se")], "0.300000"),
    ([new_price("0.60", "a", zone_code="se"), new_price("0.10", "b", zone_code="se", article_no="1001")], "0.300000"),
    ([new_price("0.60", "a", order_no=2), new_price("0.10", "b", order_no=1)], "0.300000"),
    ([new_price("0.60", "a"), new_price("0.10", "b")], "0.800000"),
    # for somebody or something else
    ([percent("25", link_scope="customer", link_to="2")], "1.200000"),
    ([percent("25", link_scope="plan", link_to="other")], "1.200000"),
    ([percent("25", article_no="1002")], "1.200000"),
    ([percent("25", zone_code="no")], "1.200000"),
    ([percent("25", article_no="1001", zone_code="se")], "0.900000"),
    ([percent("25", valid_from=date(2026, 9, 17))], "1.200000"),
    ([percent("25", valid_to=date(2026, 9, 17))], "0.900000"),
    ([percent("25", valid_to=date(2026, 9, 16))], "1.200000"),
]


@pytest.mark.parametrize(("discounts", "expected"), DISCOUNTS)
def test_what_discounts_take_off(rate, discounts, expected):
    prices = [price("1.00", fee="0.20")]
    assert cost(rate, call(NOON, 60), prices, discount=discounts) == (60, expected)
    assert cost(rate, call(NOON, 60), prices, discount=discounts[::-1]) == (60, expected)


def test_a_new_price_replaces_the_steps_but_not_the_grid(rate):
    """60/1 with a free step of 60 s from 60: 61 s are billed 120, all at 0.60 a minute."""
    prices = [price("1.00", increments="60/1", steps="60:0/60")]
    assert cost(rate, call(NOON, 61), prices, discount=[new_price("0.60")]) == (120, "1.200000")


def test_a_new_price_is_for_the_unit_of_the_row_in_force_at_the_start(rate):
    """Half of 60 s lies in a row priced by the second: all cost 0.60 a minute."""
    changed = date(2026, 9, 17)
    prices = [price("1.00", valid_to=changed), price("0.02", price_unit=1, valid_from=changed)]
    found = cost(rate, call("2026-09-16 23:59:30", 60), prices, discount=[new_price("0.60")])
    assert found == (60, "0.600000")


def test_discounts_come_after_limits_and_surcharge(rate):
    """0.10 is raised to 2.00, with 10 percent on it 2.20, half of it."""
    prices = [price("0.10", minimum_charge="2.00", surcharge_percent="10")]
    assert cost(rate, call(NOON, 60), prices, discount=[percent("50")]) == (60, "1.100000")


def test_the_list_amount_knows_no_discount(rate):
    given = {"discount": [new_price("0.10"), percent("50")]}
    (found,) = outcomes(rate, [call(NOON, 60)], operator([price("1.00", fee="0.20")], **given))
    assert (found["list_amount"], found["amount_ex_vat"]) == ("1.200000", "0.150000")


def test_what_is_left_is_rounded_once(rate):
    """A third of 0.10, less a third of that: 0.0333... x 0.66667 = 0.0222223, rounded to 0.022222."""
    assert cost(rate, call(NOON, 20), [price("0.10")], discount=[percent("33.333")]) == (20, "0.022222")


def test_a_percent_counts_with_all_its_decimals(rate):
    """100 less 33.333333 percent."""
    assert cost(rate, call(NOON, 60), [price("100")], discount=[percent("33.333333")]) == (60, "66.666667")


CAPS = [
    # 25 percent of 1.20 is 0.30 a call; the cap of the month -> what three calls cost
    ("0.90", ("0.900000", "0.900000", "0.900000")),
    ("0.50", ("0.900000", "1.000000", "1.200000")),
    ("0.30", ("0.900000", "1.200000", "1.200000")),
    ("0", ("1.200000", "1.200000", "1.200000")),
]


@pytest.mark.parametrize(("cap", "expected"), CAPS)
def test_a_cap_is_the_most_that_a_discount_takes_off(rate, cap, expected):
    whole = operator([price("1.00", fee="0.20")], discount=[percent("25", monthly_cap=cap)])
    records = [call(f"2026-09-16 12:0{minute}:00", 60) for minute in range(3)]
    assert [each for _, _, each in amounts(rate, records, whole)] == list(expected)


MONTHS = [("2026-09-30 23:59:59", "1.200000"), ("2026-10-01 00:00:00", "0.900000")]


@pytest.mark.parametrize(("second", "expected"), MONTHS)
def test_a_cap_is_for_a_calendar_month_of_local_dates(rate, second, expected):
    given = {"discount": [percent("25", monthly_cap="0.30")], "account": [{"billing_day": 15}]}
    records = [call("2026-09-01 00:00:00", 60), call(second, 60)]
    found = amounts(rate, records, operator([price("1.00", fee="0.20")], **given))
    assert [each for _, _, each in found] == ["0.900000", expected]


def test_a_cap_is_for_all_subscriptions_of_a_customer(rate):
    given = {
        "account": [{}, {"account_id": 2}],
        "subscription": [{"subscription_id": 1}, {"subscription_id": 2, "account_id": 2}],
        "number_assignment": [{"a_number": NUMBER, "subscription_id": 1}, {"a_number": OTHER, "subscription_id": 2}],
        "discount": [amount("0.40", monthly_cap="0.50")],
    }
    records = [call(NOON, 60), call("2026-09-16 12:01:00", 60, a_number=OTHER)]
    found = amounts(rate, records, operator([price("1.00")], **given))
    assert [each for _, _, each in found] == ["0.600000", "0.900000"]


def test_each_capped_amount_is_cut_to_six_decimals(rate):
    """Half of 0.000005 a call is 0.0000025, cut to 0.000002: three fit below a cap of 0.000006, a fourth does not."""
    rules = list_rules(rounding_mode="up")
    given = {"discount": [percent("50", monthly_cap="0.000006")], "price_list": rules}
    records = [call(f"2026-09-16 12:0{minute}:00", 1) for minute in range(4)]
    found = amounts(rate, records, operator([price("0.000005", price_unit=1)], **given))
    assert [each for _, _, each in found] == ["0.000003", "0.000003", "0.000003", "0.000005"]


def offer(value="50", **changed):
    return {"offer_code": "start", "percent_off": value} | changed


OFFERS = [
    # offer, activation, day of the call -> amount of a minute of 1.00 with a fee of 0.20
    (offer(offer_days=10), date(2026, 9, 10), "2026-09-10 00:00:00", "0.600000"),
    (offer(offer_days=10), date(2026, 9, 10), "2026-09-19 23:59:59", "0.600000"),
    (offer(offer_days=10), date(2026, 9, 10), "2026-09-20 00:00:00", "1.200000"),
    (offer(offer_months=1), date(2026, 1, 31), "2026-02-27 23:59:59", "0.600000"),
    (offer(offer_months=1), date(2026, 1, 31), "2026-02-28 00:00:00", "1.200000"),
    (offer(offer_months=3), date(2026, 11, 5), "2027-02-04 12:00:00", "0.600000"),
    (offer(offer_months=3), date(2026, 11, 5), "2027-02-05 12:00:00", "1.200000"),
    (offer("100", offer_days=10), date(2026, 9, 10), NOON, "0.000000"),
    (offer(offer_days=10, offer_target="both"), date(2026, 9, 10), NOON, "0.600000"),
    (offer(offer_days=10, offer_target="recurring"), date(2026, 9, 10), NOON, "1.200000"),
    (offer(offer_days=10, plan_code="other"), date(2026, 9, 10), NOON, "1.200000"),
    # activated before the offer began, on its first day, after its last
    (offer(offer_days=30, activated_from=date(2026, 9, 11)), date(2026, 9, 10), NOON, "1.200000"),
    (offer(offer_days=30, activated_from=date(2026, 9, 10)), date(2026, 9, 10), NOON, "0.600000"),
    (offer(offer_days=30, activated_to=date(2026, 9, 10)), date(2026, 9, 10), NOON, "1.200000"),
]


@pytest.mark.parametrize(("row", "activated", "started", "expected"), OFFERS)
def test_an_offer_runs_from_activation_until_a_local_midnight(rate, row, activated, started, expected):
    given = {"offer": [row], "subscription": [{"subscription_id": 1, "service_from": activated}]}
    assert cost(rate, call(started, 60), [price("1.00", fee="0.20")], **given) == (60, expected)


ON_PLAN = [
    # plan of the version before -> is the 10-day offer over on the 16th?
    ("plan", "1.200000"),
    ("other", "0.600000"),
]


@pytest.mark.parametrize(("before", "expected"), ON_PLAN)
def test_activation_is_the_first_day_on_the_plan_without_interruption(rate, before, expected):
    changed = date(2026, 9, 10)
    given = {
        "plan": [{"plan_code": code, "price_list": "list"} for code in ("plan", "other")],
        "subscription": [
            {"subscription_id": 1, "plan_code": before, "service_to": changed},
            {"subscription_id": 1, "service_from": changed},
        ],
        "offer": [offer(offer_days=10)],
    }
    assert cost(rate, call(NOON, 60), [price("1.00", fee="0.20")], **given) == (60, expected)


def test_an_offer_comes_before_discounts(rate):
    """Half of 1.20 by the offer, then 0.50 off: 0.10."""
    given = {
        "offer": [offer(offer_days=300)],
        "discount": [amount("0.50")],
    }
    assert cost(rate, call(NOON, 60), [price("1.00", fee="0.20")], **given) == (60, "0.100000")
