"""Quantities and amounts far from the usual stay exact, and end."""

from decimal import Decimal

import pytest
from one_operator import amounts, call, cost, data, list_rules, message, operator, outcomes, price


@pytest.mark.parametrize("crossing_rule", ["increment_at_start", "each_part_rounded", "rounded_then_cut"])
def test_a_minimum_of_three_days_is_laid_to_its_end(rate, crossing_rule):
    # 259200 s x 0.60 / 60
    row = price("0.60", minimum_units=259_200)
    laid = cost(rate, call("2026-09-01 10:00", 60), [row], price_list=list_rules(crossing_rule=crossing_rule))
    assert laid == (259_200, "2592.000000")


def test_what_half_a_terabyte_cost_us_is_exact(rate):
    # 500 GB at 10 a GB
    row = price("20", price_unit=10**9, cost_per_unit=Decimal(10))
    (found,) = outcomes(rate, [data("2026-09-01 10:00", 500 * 10**9)], operator([row]))
    assert (found["amount_ex_vat"], found["cost_amount"]) == ("10000.000000", "5000.000000")


def test_a_capped_percentage_of_a_negative_amount_takes_back_no_more_than_it_gave(rate):
    # All at 1.00 up to 100, else at 0.10: 100, then 15 - 100 = -85, then 25 - 15 = 10. Half of 100 is over the cap of
    # 20; half of -85 is -42.50, of which 20 were given: 80 - 65 are the 15 that it is without discount. Then is room.
    tiers = [
        {"tier_mode": "volume", "tier_from": 0, "tier_to": 100, "price_per_unit": "1"},
        {"tier_mode": "volume", "tier_from": 100, "tier_to": None, "price_per_unit": "0.1"},
    ]
    whole = operator(
        [price("9", price_unit=1, tier_code="tiers")],
        tier=tiers,
        discount=[{"discount_code": "d", "discount_value": Decimal(50), "monthly_cap": Decimal(20)}],
    )
    records = [message(f"2026-09-16 12:00:0{second}", count) for second, count in enumerate([100, 50, 100])]
    assert amounts(rate, records, whole) == [(100, 0, "80.000000"), (50, 0, "-65.000000"), (100, 0, "5.000000")]
