"""Tiers over a billing period: the calls of a period add up to F(total). A message is a unit."""

import pytest
from one_operator import NUMBER, amounts, call, list_rules, message, operator, outcomes, price

OTHER = "46701740699"


def tiers(mode, *rows, scope="subscription"):
    """Tiers that begin at a unit, with price per so many units."""
    ends = [row[0] for row in rows[1:]] + [None]
    return [
        {"tier_mode": mode, "tier_scope": scope, "tier_from": begins, "tier_to": end, "price_per_unit": each}
        | {"price_unit": unit}
        for (begins, each, unit), end in zip(rows, ends, strict=True)
    ]


# Ten at 1.00, ten at 0.80, the rest at 0.50.
UNITS = ((0, "1.00", 1), (10, "0.80", 1), (20, "0.50", 1))
# Packs of 4 for 3.00 up to ten, then packs of 5 for 2.00.
PACKS = ((0, "3.00", 4), (10, "2.00", 5))
TABLES = [
    # units of each record -> amount of each record
    # 6; 4 to 10 and 2 of the second tier: 4 + 1.60; 8 x 0.80 + 2 x 0.50
    ("graduated", UNITS, (6, 6, 10), ("6.000000", "5.600000", "7.400000")),
    ("graduated", UNITS, (22,), ("19.000000",)),
    ("graduated", UNITS, (10, 10), ("10.000000", "8.000000")),
    # all at the tier of the total; exactly 10 lies in the lower: 10 x 1.00, then 11 x 0.80 - 10 = -1.20
    ("volume", UNITS, (10, 1), ("10.000000", "-1.200000")),
    # 20 x 0.80, then 30 x 0.50 - 16 = -1
    ("volume", UNITS, (20, 10), ("16.000000", "-1.000000")),
    ("volume", UNITS, (30,), ("15.000000",)),
    # 1 begins a pack of 4; the next 3 lie in it; the fifth begins another
    ("package", PACKS, (1, 3, 1), ("3.000000", "0.000000", "3.000000")),
    # ten units are three packs of 4 (9.00); the eleventh begins a pack of 5
    ("package", PACKS, (10, 1, 4, 1), ("9.000000", "2.000000", "0.000000", "2.000000")),
]


@pytest.mark.parametrize(("mode", "rows", "units", "expected"), TABLES)
def test_each_record_costs_what_the_total_grows_by(rate, mode, rows, units, expected):
    whole = operator([price("9", price_unit=1, tier_code="tiers")], tier=tiers(mode, *rows))
    records = [message(f"2026-09-16 12:00:{second:02}", count) for second, count in enumerate(units)]
    assert amounts(rate, records, whole) == [(count, 0, amount) for count, amount in zip(units, expected, strict=True)]


def test_the_list_amount_is_the_row_s_own_price(rate):
    whole = operator([price("9", fee="1", price_unit=1, tier_code="tiers")], tier=tiers("graduated", *UNITS))
    (found,) = outcomes(rate, [message("2026-09-16 12:00:00", 2)], whole)
    assert (found["list_amount"], found["amount_ex_vat"]) == ("19.000000", "3.000000")


def test_records_count_in_the_order_of_their_start_then_of_their_id(rate):
    whole = operator([price("9", price_unit=1, tier_code="tiers")], tier=tiers("graduated", *UNITS))
    records = [
        message("2026-09-16 12:00:01", 1) | {"usage_id": "switch:a"},
        message("2026-09-16 12:00:00", 10) | {"usage_id": "switch:c"},
        message("2026-09-16 12:00:00", 9) | {"usage_id": "switch:b"},
    ]
    # b: 9 x 1.00; c: 1 x 1.00 + 9 x 0.80; a: the twentieth, 0.80
    assert amounts(rate, records, whole) == [(1, 0, "0.800000"), (10, 0, "8.200000"), (9, 0, "9.000000")]


PERIODS = [
    (1, ("2026-09-30 23:59:59", "2026-10-01 00:00:00"), "10.000000"),
    (1, ("2026-09-01 00:00:00", "2026-09-30 23:59:59"), "8.000000"),
    (15, ("2026-09-14 12:00:00", "2026-09-15 00:00:00"), "10.000000"),
    (15, ("2026-09-15 12:00:00", "2026-10-14 23:59:59"), "8.000000"),
    # the 31st is the last day of a shorter month
    (31, ("2026-09-29 12:00:00", "2026-09-30 12:00:00"), "10.000000"),
    (31, ("2026-09-30 12:00:00", "2026-10-30 12:00:00"), "8.000000"),
]


@pytest.mark.parametrize(("billing_day", "days", "second"), PERIODS)
def test_units_are_counted_over_the_account_s_billing_period(rate, billing_day, days, second):
    given = {"tier": tiers("graduated", *UNITS), "account": [{"billing_day": billing_day}]}
    whole = operator([price("9", price_unit=1, tier_code="tiers")], **given)
    found = amounts(rate, [message(day, 10) for day in days], whole)
    assert [amount for _, _, amount in found] == ["10.000000", second]


SCOPES = [
    # two subscriptions of one account, of two accounts of one customer: what 10 more units of the second cost
    ("subscription", 1, "10.000000"),
    ("account", 1, "8.000000"),
    ("customer", 1, "8.000000"),
    ("account", 2, "10.000000"),
    ("customer", 2, "8.000000"),
]


@pytest.mark.parametrize(("scope", "account", "second"), SCOPES)
def test_whose_units_are_counted_together(rate, scope, account, second):
    given = {
        "tier": tiers("graduated", *UNITS, scope=scope),
        "account": [{}, {"account_id": 2}],
        "subscription": [{"subscription_id": 1}, {"subscription_id": 2, "account_id": account}],
        "number_assignment": [{"a_number": NUMBER, "subscription_id": 1}, {"a_number": OTHER, "subscription_id": 2}],
    }
    records = [message("2026-09-16 12:00:00", 10), message("2026-09-16 12:00:01", 10, a_number=OTHER)]
    found = amounts(rate, records, operator([price("9", price_unit=1, tier_code="tiers")], **given))
    assert [amount for _, _, amount in found] == ["10.000000", second]


def test_totals_are_rounded_so_that_calls_add_up(rate):
    """Three calls of a second at 0.10 a minute, to 3 decimals: 0.0016.. , 0.0033.., 0.005 are 0.002, 0.003, 0.005."""
    rules = list_rules(rounding_decimals=3)
    whole = operator([price("9", tier_code="tiers")], tier=tiers("graduated", (0, "0.10", 60)), price_list=rules)
    found = amounts(rate, [call(f"2026-09-16 12:00:{second:02}", 1) for second in range(3)], whole)
    assert [amount for _, _, amount in found] == ["0.002000", "0.001000", "0.002000"]


def test_only_units_left_to_pay_are_counted(rate):
    """Of 12 messages the fee covers 1 and an allowance 5: six of the first tier, then 4 and 1 of the second."""
    given = {
        "tier": tiers("graduated", *UNITS),
        "allowance": [{"allowance_code": "five", "allowance_unit": "message"}],
        "allowance_grant": [{"grant_id": "five", "allowance_code": "five", "granted_quantity": "5"}],
    }
    whole = operator([price("9", price_unit=1, tier_code="tiers", fee_covers=1)], **given)
    records = [message("2026-09-16 12:00:00", 12), message("2026-09-16 12:00:01", 6)]
    assert amounts(rate, records, whole) == [(12, 5, "6.000000"), (6, 0, "4.800000")]
