"""An explanation tells every figure of a charge, and they add up to what the engine charges."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import generated_operators
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from one_operator import (
    OFFICE_HOURS,
    OPERATOR,
    STOCKHOLM,
    call,
    data,
    days_of,
    engine_result,
    frame,
    list_rules,
    numbered,
    operator,
    price,
    usage,
    with_grants,
)

from rating.balances import no_balances
from rating.contracts import contract_spans
from rating.discounts import deepest_stack
from rating.explanation import Terms
from rating.explanation_order import CustomerBatch
from rating.tariff import prepare_tariff
from schemas import policy, tables

KINDS = [generated_operators.plain, generated_operators.rich, generated_operators.linked, generated_operators.stateful]
SOME_SEEDS = settings(
    max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)
THURSDAY = "2026-09-17"
MOST_PERCENTS = 3


def batch_of(of_operator, records):
    """Take an operator's records as one batch, all accounts in one bucket."""
    rows = usage(records)
    config = {table.name: frame(table, of_operator.get(table.name, [])) for table in tables.CONFIG_TABLES}
    register = {
        table.name: frame(table, of_operator.get(table.name, []))
        for table in (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT)
    }
    tariff = prepare_tariff(config, OPERATOR, policy.Rating(**of_operator.get("policy", {})), *days_of(rows))
    terms = Terms(contract_spans(register, config, OPERATOR), tariff, config, STOCKHOLM)
    placed = rows.with_columns(first_batch=1)
    return CustomerBatch(terms, placed, with_grants(no_balances(), of_operator))


def explained(of_operator, *calls):
    """Explain the last of some calls."""
    records = numbered(calls)
    return batch_of(of_operator, records).explained(records[-1]["usage_id"])


def steps(explanation):
    return [(step.step, step.amount) for step in explanation.steps]


def parts(explanation):
    return [
        (p.units_from, p.units_to, p.begins_at.strftime("%H:%M:%S"), p.time_band, p.increments, p.paid_units, p.cost)
        for p in explanation.parts
    ]


DAY_AND_EVENING = [
    price("0.60", "day", fee="0.39", increments="60/1"),
    price("0.30", "evening", fee="0.39", increments="60/1"),
]


def test_the_call_of_the_rules_over_18_00_is_told_part_by_part():
    """From 17:58:30 for 125 s: 90 x 0.01 + 35 x 0.005 = 0.90 + 0.175 = 1.075; with the fee of 0.39 it is 1.465."""
    found = explained(operator(DAY_AND_EVENING, OFFICE_HOURS), call(f"{THURSDAY} 17:58:30", 125))
    assert parts(found) == [
        (0, 90, "17:58:30", "day", 31, 90, Fraction("0.90")),  # 60 + 30 x 1
        (90, 125, "18:00:00", "evening", 35, 35, Fraction("0.175")),
    ]
    assert steps(found) == [
        ("usage", Fraction("1.075")),
        ("connect fee", Fraction("1.465")),
        ("rounding", Fraction("1.465")),
    ]
    assert (found.before_rounding, found.amount) == (Fraction("1.465"), Decimal("1.465000"))


def test_a_part_that_begins_anew_has_its_own_grid_and_time():
    """Each part rounded: 90 s are 120, 35 s are 60: 120 x 0.01 + 60 x 0.005 = 1.50."""
    prices = [price("0.60", "day", increments="60/60"), price("0.30", "evening", increments="60/60")]
    whole = operator(prices, OFFICE_HOURS, price_list=list_rules(crossing_rule="each_part_rounded"))
    assert parts(explained(whole, call(f"{THURSDAY} 17:58:30", 125))) == [
        (0, 120, "17:58:30", "day", 2, 120, Fraction("1.20")),
        (120, 180, "18:00:00", "evening", 1, 60, Fraction("0.30")),
    ]


def test_fractions_without_end_are_kept_until_the_rounding():
    """A minute at 0.10, 7 s: 7 / 600 = 0.0116...; rounded to 2 decimals 0.01."""
    whole = operator([price("0.10")], price_list=list_rules(rounding_decimals=2))
    found = explained(whole, call(f"{THURSDAY} 12:00:00", 7))
    assert (found.before_rounding, found.amount) == (Fraction(7, 600), Decimal("0.010000"))


MINUTES = {
    "allowance": [{"allowance_code": "m", "allowance_quantity": "100"}],
    "allowance_grant": [{"grant_id": "g", "allowance_code": "m", "granted_quantity": "100"}],
}


def test_an_allowance_is_told_with_what_earlier_records_left_of_it():
    """The first call takes 30 of 100 s, which leaves 70: of 180 billed seconds 70 are included, 110 x 0.01 = 1.10."""
    whole = operator([price("0.60", increments="60/60")], **MINUTES)
    whole["price"][0]["first_increment"] = whole["price"][0]["increment"] = 30
    found = explained(whole, call(f"{THURSDAY} 11:00:00", 30), call(f"{THURSDAY} 12:00:00", 175))
    (draw,) = found.allowances
    assert (draw.left_before, draw.used_quantity, draw.left_after) == (70, 70, 0)
    assert (found.billed_units, found.included_units) == (180, 70)
    assert parts(found) == [(0, 180, "12:00:00", "all", 6, 110, Fraction("1.10"))]
    assert found.amount == Decimal("1.100000")


def test_each_discount_is_told_with_what_it_took():
    """A minute of 1.00 with a fee of 0.20: 1.20 - 10 % = 1.08, - 50 % = 0.54, - 0.10 = 0.44."""
    rows = [("p", "percent", "10", 1), ("q", "percent", "50", 2), ("a", "amount", "0.10", 1)]
    discounts = [
        {"discount_code": code, "discount_kind": kind, "discount_value": value, "order_no": order}
        for code, kind, value, order in rows
    ]
    found = explained(operator([price("1.00", fee="0.20")], discount=discounts), call(f"{THURSDAY} 12:00:00", 60))
    assert steps(found)[2:] == [
        ("discount", Fraction("1.08")),
        ("discount", Fraction("0.54")),
        ("discount", Fraction("0.44")),
        ("rounding", Fraction("0.44")),
    ]
    assert [step.text for step in found.steps[2:5]] == [
        "p: - 10 %, takes 0.12", "q: - 50 %, takes 0.54", "a: - 0.10, takes 0.10"
    ]  # fmt: skip


def test_a_capped_discount_is_told_with_what_was_taken_before():
    """10 % of 1.00 is 0.10, of which the first call took 0.10 of 0.15: 0.05 are left."""
    capped = {"discount_code": "p", "discount_value": "10", "monthly_cap": "0.15"}
    calls = [call(f"{THURSDAY} {hour}:00:00", 60) for hour in (11, 12)]
    found = explained(operator([price("1.00")], discount=[capped]), *calls)
    assert found.amount == Decimal("0.950000")
    assert found.steps[1].text == "p: - 10 %, takes 0.05; 0.10 of its cap 0.15 taken before this month"


def test_a_tier_is_told_with_the_units_before_and_after():
    """100 s at 0.02, the rest at 0.01: F(80) = 1.60 and F(140) = 2.00 + 0.40 = 2.40, so the call costs 0.80."""
    tiers = [
        {"tier_from": 0, "tier_to": 100, "price_per_unit": "0.02"},
        {"tier_from": 100, "tier_to": None, "price_per_unit": "0.01"},
    ]
    calls = [call(f"{THURSDAY} 11:00:00", 80), call(f"{THURSDAY} 12:00:00", 60)]
    found = explained(operator([price("0.60", tier_code="tiers")], tier=tiers), *calls)
    tier = found.tier
    assert (tier.units_before, tier.units_after) == (80, 140)
    assert (tier.price_before, tier.price_after) == (Fraction("1.6"), Fraction("2.4"))
    assert (tier.tier_key, tier.period_from) == ("tiers:subscription:1", date(2026, 9, 1))
    assert found.amount == Decimal("0.800000")


def test_the_fee_s_units_minimum_maximum_and_surcharge_are_steps():
    """60 of 90 s are covered: 30 x 0.01 = 0.30; + 0.50 = 0.80; at least 2.00; + 10 % = 2.20."""
    row = price("0.60", fee="0.50", fee_covers=60, minimum_charge="2.00", maximum_charge="3.00", surcharge_percent="10")
    found = explained(operator([row]), call(f"{THURSDAY} 12:00:00", 90))
    assert (found.fee_units, found.parts[0].paid_units) == (60, 30)
    assert [(step.step, step.text, step.amount) for step in found.steps[1:5]] == [
        ("connect fee", "+ 0.50", Fraction("0.8")),
        ("minimum charge", "2.00: raised to it", Fraction(2)),
        ("maximum charge", "3.00: nothing changes", Fraction(2)),
        ("surcharge", "+ 10 %", Fraction("2.2")),
    ]


def test_lists_are_told_in_the_order_they_are_asked():
    link = {"price_list": "own", "link_scope": "customer", "link_to": "1"}
    prices = [price("0.60"), price("0.10", price_list="own", zone_code="no")]
    found = explained(operator(prices, price_list_link=[link]), call(f"{THURSDAY} 12:00:00", 60))
    assert [(each.scope, each.price_list, each.has_row) for each in found.lists] == [
        ("customer", "own", False),
        ("group", None, False),
        ("plan", "list", True),
        ("basic", None, False),
    ]
    assert (found.destination.zone_code, found.destination.matched_by, found.destination.matched) == (
        "se",
        "prefix",
        "46",
    )


def test_a_special_number_is_told_as_one():
    special = [{"b_number": "46112", "zone_code": "free"}]
    whole = operator([price("0", zone_code="free")], special_number=special)
    found = explained(whole, call(f"{THURSDAY} 12:00:00", 60, b_number="46112"))
    assert (found.destination.matched_by, found.destination.matched) == ("special number", "46112")


def test_an_attempt_costs_its_fee_and_has_no_parts():
    whole = operator([price("0.60", fee="0.39", attempt_fee="0.05")], policy={"failed": "attempt_fee"})
    found = explained(whole, call(f"{THURSDAY} 12:00:00", 60, outcome="failed"))
    assert (found.outcome, found.parts, found.billed_units) == ("attempt fee", (), 0)
    assert steps(found) == [("attempt fee", Fraction("0.05")), ("rounding", Fraction("0.05"))]


def test_data_is_told_in_bytes():
    """1.5 MB on 1 MB increments is 2 MB: 2 x 0.10 = 0.20."""
    row = price("0.10", price_unit=1_000_000, increments="1000000/1000000")
    found = explained(operator([row]), data(f"{THURSDAY} 12:00:00", 1_500_000))
    assert (found.quantity, found.billed_units, found.amount) == (1_500_000, 2_000_000, Decimal("0.200000"))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"a_number": "46701740699"}, "no subscription held the calling number"),
        ({"b_number": "4712345678"}, "no prefix of zones.csv begins 471234"),
    ],
)
def test_a_record_without_a_price_is_told_why(changed, reason):
    found = explained(operator([price("0.60")]), call(f"{THURSDAY} 12:00:00", 60, **changed))
    assert (found.outcome, found.amount) == ("not priced", None)
    assert reason in found.reason


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_explanations_add_up_to_what_the_engine_charges(make):
    """Every amount of a whole run is that of the record explained alone; parts add up to the list's usage."""

    @SOME_SEEDS
    @given(seed=st.integers(0, 2**32))
    def agree(seed):
        whole, calls = make(Random(seed))  # noqa: S311 (chance, not a secret)
        discounts = frame(tables.DISCOUNT, whole.get("discount", []))
        assume(deepest_stack(discounts)[0] <= MOST_PERCENTS)  # the check of the configuration refuses more
        records = numbered(calls)
        charged = {
            row["usage_id"]: row["amount_ex_vat"] for row in engine_result(whole, usage(records)).accepted.to_dicts()
        }
        batch = batch_of(whole, records)
        for record in Random(seed).sample(records, 4):  # noqa: S311
            found = batch.explained(record["usage_id"])
            assert found.amount == charged.get(record["usage_id"])
            by_parts = [step.amount for step in found.steps if step.step == "usage"]
            assert by_parts in ([], [sum((part.cost for part in found.parts), Fraction(0))])

    agree()
