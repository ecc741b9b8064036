"""What other systems publish or do, as far as their rules are ours; where they round otherwise it is said."""

import pytest
from one_operator import amounts, call, cost, message, operator, price

NOON = "2026-09-16 12:00:00"


def test_cgrates_a_dearer_first_minute_then_seconds(rate):
    """1 min 25 s at 0.10 for the first minute, then 0.05 a minute by seconds.

    Published: 0.12075, each second rounded to 0.00083. Exact: 0.10 + 25 x 0.05 / 60 = 0.1208333...
    """
    prices = [price("0.10", increments="60/1", steps="60:0.05/1")]
    assert cost(rate, call(NOON, 85), prices) == (85, "0.120833")


A_MINUTE_AND_SIX_SECONDS = [
    # 30/6 at 0.12 a minute, the usual wholesale pulse: 5 s are 30, 31 s are 36, 66 s are 66
    (5, 30, "0.060000"),
    (31, 36, "0.072000"),
    (66, 66, "0.132000"),
]


@pytest.mark.parametrize(("talked", "billed", "amount"), A_MINUTE_AND_SIX_SECONDS)
def test_pulses_of_thirty_and_six(rate, talked, billed, amount):
    assert cost(rate, call(NOON, talked), [price("0.12", increments="30/6")]) == (billed, amount)


def tiers(mode, *rows):
    ends = [row[0] for row in rows[1:]] + [None]
    return [
        {"tier_mode": mode, "tier_from": begins, "tier_to": end, "price_per_unit": each, "price_unit": unit}
        for (begins, each, unit), end in zip(rows, ends, strict=True)
    ]


PUBLISHED_TIERS = [
    # Autumn: 15,000 requests = 1,000 x 0.01 + 9,000 x 0.008 + 5,000 x 0.005
    (15_000, tiers("graduated", (0, "0.01", 1), (1000, "0.008", 1), (10_000, "0.005", 1)), "107.000000"),
    # Zuplo: 15,000 units = 1,000 x 0.10 + 9,000 x 0.05 + 5,000 x 0.01, or 15,000 x 0.01 by volume
    (15_000, tiers("graduated", (0, "0.10", 1), (1000, "0.05", 1), (10_000, "0.01", 1)), "600.000000"),
    (15_000, tiers("volume", (0, "0.10", 1), (1000, "0.05", 1), (10_000, "0.01", 1)), "150.000000"),
    # Lago: 65,000 calls by volume at 0.0006, without its fixed fee
    (65_000, tiers("volume", (0, "0.001", 1), (10_000, "0.0008", 1), (50_000, "0.0006", 1)), "39.000000"),
    # Flexprice: 4,500 calls are five begun packages of 1,000 at 1.00
    (4500, tiers("package", (0, "1", 1000)), "5.000000"),
]


@pytest.mark.parametrize(("units", "table", "amount"), PUBLISHED_TIERS)
def test_tiers_cost_what_others_publish(rate, units, table, amount):
    whole = operator([price("9", price_unit=1, tier_code="tiers")], tier=table)
    assert amounts(rate, [message(NOON, units)], whole) == [(units, 0, amount)]


def test_a_call_at_the_edge_of_included_minutes_is_split_as_portabilling_does(rate):
    """Ten minutes at 0.10 with 4 left: 6 minutes are paid."""
    included = {
        "allowance": [{"allowance_code": "minutes", "allowance_quantity": "240"}],
        "allowance_grant": [{"grant_id": "minutes", "allowance_code": "minutes", "granted_quantity": "240"}],
    }
    assert amounts(rate, [call(NOON, 600)], operator([price("0.10")], **included)) == [(600, 240, "0.600000")]
