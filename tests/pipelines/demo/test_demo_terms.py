"""The demo shows each term of a contract in its data: 20 customers after three nights, some amounts worked by hand."""

from decimal import Decimal

import pytest
from small_operator import ask

from pipelines.demo.oddities import EMERGENCY_NUMBER, PREMIUM_SHORT_NUMBER

D = Decimal


@pytest.fixture(scope="module")
def asked(demo):
    return lambda sql: ask(demo, sql)


# What is included


def test_allowances_of_minutes_messages_data_and_money_are_drawn_and_never_beyond_their_grant(asked):
    used = """
        SELECT g.allowance_code, max(u.used) > 0, bool_and(coalesce(u.used, 0) <= g.granted_quantity)
          FROM allowance_grant g
          LEFT JOIN (SELECT grant_id, sum(used_quantity) AS used FROM allowance_use GROUP BY ALL) u USING (grant_id)
         GROUP BY ALL ORDER BY 1
    """
    drawn = {code: (used, within) for code, used, within in asked(used)}
    assert drawn.pop("pool10gb") == (None, True)  # the one business mobile among 20 customers has just begun
    assert drawn == dict.fromkeys(("booster1gb", "min100", "min600", "sms200", "vip100kr"), (True, True))


@pytest.mark.parametrize(
    ("billing_day", "seconds"),
    [
        (1, 6000),  # the whole of September
        (8, 1355),  # 1 to 7 September of a period of 31 days: 6000 x 7/31 = 1354.8
        (15, 2710),  # 1 to 14 September of 31 days: 6000 x 14/31 = 2709.7
    ],
)
def test_the_first_period_of_an_allowance_follows_its_days(asked, billing_day, seconds):
    first = f"""
        SELECT DISTINCT granted_quantity FROM allowance_grant JOIN account USING (account_id)
         WHERE allowance_code = 'min100' AND period_from = '2026-09-01' AND billing_day = {billing_day}
    """  # noqa: S608 (a number of this file)
    assert asked(first) == [(D(seconds),)]


def test_a_call_at_the_edge_of_the_minutes_is_split(asked):
    """399 s on Sunday 6 September, 309 left: the other 90 s cost 0.35/60 each, and the fee is covered."""
    split = "SELECT billed_units, included_units, amount_ex_vat FROM rated_usage WHERE usage_id LIKE 'switch:%-1345'"
    assert (399, 309, D("0.525000")) in asked(split)


def test_at_most_300_minutes_roll_over(asked):
    rolled = asked("SELECT granted_quantity FROM allowance_grant WHERE allowance_code = 'min600' AND rolled_from <> ''")
    assert rolled
    assert all(0 < quantity <= D(18_000) for (quantity,) in rolled)


def test_the_booster_is_drawn_by_the_data_of_its_subscription_only(asked):
    drawn = "SELECT DISTINCT subscription_id, usage_kind FROM allowance_use JOIN rated_usage USING (usage_id)"
    assert asked(f"{drawn} WHERE grant_id LIKE 'booster1gb%'") == [(500003, "data")]


def test_included_units_stand_on_invoices(asked):
    assert asked("SELECT count(*) > 0 FROM invoice_line WHERE included_units > 0") == [(True,)]


# Messages, data and special numbers


def test_a_message_costs_039_a_part_and_149_abroad(asked):
    paid = """
        SELECT DISTINCT zone_code, list_amount = event_count * CASE zone_code WHEN 'msg_se' THEN 0.39 ELSE 1.49 END
          FROM rated_usage WHERE usage_kind = 'message' ORDER BY 1
    """
    assert asked(paid) == [("msg_se", True), ("msg_world", True)]


def test_data_costs_2_oere_a_megabyte_in_begun_kilobytes_and_at_most_19_kronor(asked):
    sessions = "SELECT volume_bytes, billed_units, list_amount FROM rated_usage WHERE usage_id LIKE 'gateway:%'"
    amounts = dict.fromkeys(asked(sessions))
    assert (31_005_380, 31_006_000, D("0.620100")) in amounts  # 31.006 x 0.02 = 0.62012, to 4 decimals
    assert (1_644_201_200, 1_644_202_000, D("19.000000")) in amounts  # 32.88404, cut off at 19


def test_112_is_free_and_90510_costs_as_a_premium_number(asked):
    special = f"""
        SELECT b_number, zone_code, billed_units, amount_ex_vat FROM rated_usage
         WHERE b_number IN ('{EMERGENCY_NUMBER}', '{PREMIUM_SHORT_NUMBER}') ORDER BY 1
    """  # noqa: S608 (numbers of the demo)
    assert asked(special) == [
        ("46112", "se_free", 185, D(0)),
        ("4690510", "se_premium", 120, D("14.800000")),  # 95 s on 60/60: 2 x 6.80 + 1.20
    ]


# Relations


def test_calls_between_the_numbers_of_a_company_cost_nothing(asked):
    found = asked("SELECT count(*), sum(list_amount) FROM rated_usage WHERE zone_code = 'closed_group'")
    assert found[0][0] >= 2  # the two calls of the story, and whoever happens to call a colleague
    assert found[0][1] == 0


def test_calls_to_friends_cost_5_oere_a_minute(asked):
    """129 s x 0.05/60 = 0.1075; no fee."""
    friends = (
        "SELECT billed_units, list_amount FROM rated_usage WHERE zone_code = 'friends' AND subscription_id = 500001"
    )
    assert (129, D("0.107500")) in asked(friends)


def test_calls_in_the_own_network_have_their_price_on_the_private_list_only(asked):
    assert asked("SELECT DISTINCT price_list FROM rated_usage WHERE zone_code = 'on_net'") == [("private",)]


# Lists, tiers, discounts


def test_a_call_over_18_00_pays_each_increment_at_the_price_when_it_begins(asked):
    """From 17:57, 300 s: 180 x 0.45/60 + 120 x 0.35/60 + fee 0.39 = 1.35 + 0.70 + 0.39."""
    border = (
        "SELECT billed_units, amount_ex_vat FROM rated_usage WHERE started_at = TIMESTAMPTZ '2026-09-03 15:57:00+00'"
    )
    assert asked(border) == [(300, D("2.440000"))]


def test_a_group_has_its_own_list_falls_back_to_the_plan_s_and_then_to_the_basic_one(asked):
    """Customer 10003 is in the group from 1 September."""
    lists = "SELECT DISTINCT price_list FROM rated_usage WHERE subscription_id = 500003 ORDER BY 1"
    assert asked(lists) == [("basic",), ("loyal",), ("private",)]


def test_the_group_s_discount_takes_at_most_50_kronor_a_month(asked):
    taken = asked("SELECT customer_id, period_from, sum(taken_amount) FROM discount_use GROUP BY ALL")
    assert taken
    assert all(0 < amount <= D(50) for *_, amount in taken)


def test_call_centres_pay_by_tier_and_others_on_the_same_list_do_not(asked):
    accounts = """
        SELECT DISTINCT p.plan_code FROM tier_use t
          JOIN subscription p ON t.tier_key = 'callcentre_volume:account:' || p.account_id
         WHERE p.plan_code NOT LIKE 'broadband%' AND p.plan_code <> 'mobile_business'
    """  # the call centre's company has these too, on the same account
    assert asked(accounts) == [("callcentre_pro",)]


# Resale


def test_a_carrier_is_paid_for_calls_by_its_own_numbering_plan(asked):
    zones = "SELECT bool_and(zone_code LIKE 'cx_%'), bool_and(margin_amount = amount_ex_vat - resale_amount)"
    assert asked(f"{zones} FROM resale_usage WHERE resale_role = 'wholesale'") == [(True, True)]


def test_a_reseller_with_a_list_buys_what_its_customers_use(asked):
    sold = """
        SELECT DISTINCT r.price_list, a.reseller_code FROM resale_usage r
          JOIN rated_usage u USING (usage_id) JOIN account a ON a.account_id = u.account_id
         WHERE resale_role = 'reseller'
    """
    assert asked(sold) == [("reseller_ljunga", "R-102")]
