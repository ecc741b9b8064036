"""Usage cut into pieces costs what it costs as a whole, also where the price depends on what was used before."""

from dataclasses import replace
from random import Random

import generated_operators
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_operator import OPERATOR, days_of, frame, numbered, usage, with_grants

from pipelines.charging import ordered_pricing
from pipelines.charging.ordered_pricing import OrderedPricing
from rating.balances import after, no_balances
from rating.contracts import contract_spans
from rating.explanation_order import less
from rating.simulation import comparison, merged_cells, no_cells, revenue_cells
from rating.tariff import prepare_tariff
from rating.usage_charge import charge_usage
from schemas import policy, tables

REGISTER = (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT)
USES = ("allowance_use", "tier_use", "discount_use")
COUNTED = ["used_quantity", "tier_units", "tier_amount", "taken_amount"]


def pricing_of(whole, records, folder):
    config = {table.name: frame(table, whole.get(table.name, [])) for table in tables.CONFIG_TABLES}
    register = {table.name: frame(table, whole.get(table.name, [])) for table in REGISTER}
    rules = policy.Rating(**whole.get("policy", {}))
    tariff = prepare_tariff(config, OPERATOR, rules, *days_of(records))
    return OrderedPricing(contract_spans(register, config, OPERATOR), tariff, folder), register


def in_pieces(pricing, records, balances, draw):
    """Price records in pieces cut by chance; returns each part's result."""
    shuffled = records.sample(fraction=1, shuffle=True, seed=draw.randrange(1000))
    size = draw.randint(1, 40)
    parts = [pricing.price(piece, balances) for piece in shuffled.iter_slices(size)]
    pricing.held_rows = draw.choice([0, 20, 1_000_000])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered_pricing, "PIECE_ROWS", draw.choice([1, 30, 1_000_000]))
        return [*parts, *(rated for _, rated in pricing.in_order(balances))]


def summed(parts, name):
    """Add up uses of all parts by their keys."""
    rows = pl.concat([getattr(part, name) for part in parts])
    counted = [column for column in COUNTED if column in rows.columns]
    sums = rows.group_by(pl.exclude(counted)).agg(pl.col(counted).sum())
    return sums.filter(pl.any_horizontal(pl.col(counted) != 0)).sort(pl.all()).rows()


def payers(register):
    categories = register["customer"].select("customer_id", "customer_category")
    return register["account"].select("account_id", "customer_id").join(categories, on="customer_id")


def in_buckets(whole):
    """Spread accounts over buckets, with their grants; each customer here has one account."""
    for table in ("account", "allowance_grant"):
        for row in whole.get(table, []):
            row["account_bucket"] = row["account_id"] % 3
    return whole


ORDERED = [generated_operators.linked, generated_operators.stateful, generated_operators.crowded]


@pytest.mark.parametrize("make", ORDERED, ids=lambda make: make.__name__)
def test_pieces_cost_what_the_whole_costs(make, tmp_path):
    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(seed=st.integers(0, 2**32))
    def agree(seed):
        draw = Random(seed)  # noqa: S311 (chance, not a secret)
        whole, calls = make(draw)
        whole = in_buckets(whole) if make is generated_operators.stateful else whole
        records = usage(numbered(calls))
        pricing, register = pricing_of(whole, records, tmp_path)
        balances = with_grants(no_balances(), whole)
        at_once = charge_usage(records, pricing.contracts, pricing.tariff, balances)
        parts = in_pieces(pricing, records, balances, draw)
        assert pl.concat([part.accepted for part in parts]).sort("usage_id").equals(at_once.accepted.sort("usage_id"))
        assert {*pl.concat([part.rejected for part in parts])["usage_id"]} == {*at_once.rejected["usage_id"]}
        assert [summed(parts, name) for name in USES] == [summed([at_once], name) for name in USES]
        groups, owners = frame(tables.CUSTOMER_GROUP, whole.get("customer_group", [])), payers(register)
        sides = [
            merged_cells([no_cells(), *(revenue_cells(part.accepted, owners, groups) for part in side)])
            for side in ([at_once], parts)
        ]
        assert comparison(*sides)["difference"].unique().to_list() == [0]

    agree()
    assert list(tmp_path.iterdir()) == [], "what waited was left on the disk"


@pytest.mark.parametrize("make", ORDERED, ids=lambda make: make.__name__)
def test_night_after_night_costs_what_one_night_costs(make, tmp_path):
    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(seed=st.integers(0, 2**32))
    def agree(seed):
        draw = Random(seed)  # noqa: S311 (chance, not a secret)
        whole, calls = make(draw)
        records = usage(numbered(calls)).sort("started_at", "usage_id")
        pricing, _ = pricing_of(whole, records, tmp_path)
        balances = with_grants(no_balances(), whole)
        at_once = charge_usage(records, pricing.contracts, pricing.tariff, balances)
        nights = []
        ends = sorted(draw.sample(range(1, records.height), 2))
        for begins, until in zip([0, *ends], [*ends, records.height], strict=True):
            rated = charge_usage(records[begins:until], pricing.contracts, pricing.tariff, balances)
            counted = after(balances, rated.tier_use, rated.discount_use)
            balances = replace(counted, grants=less(counted.grants, rated.allowance_use))
            nights.append(rated)
        assert pl.concat([each.accepted for each in nights]).sort("usage_id").equals(at_once.accepted.sort("usage_id"))
        assert [summed(nights, name) for name in USES] == [summed([at_once], name) for name in USES]

    agree()


def test_what_waits_is_removed_when_pricing_is_given_up(tmp_path):
    whole, calls = generated_operators.stateful(Random(1))  # noqa: S311
    records = usage(numbered(calls))
    pricing, _ = pricing_of(whole, records, tmp_path)
    balances = with_grants(no_balances(), whole)
    pricing.held_rows = 0
    waiting = pricing.price(records, balances).deferred["customer_id"]
    groups = {f"{customer % 64:05}" for customer in waiting}
    assert groups
    assert {folder.name for folder in next(tmp_path.iterdir()).iterdir()} == groups
    pricing.discard()
    assert list(tmp_path.iterdir()) == []
    assert list(pricing.in_order(balances)) == []
