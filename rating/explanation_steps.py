"""What a record costs, step by step: the money steps of `rating.usage_charge`, each with its exact amount.

Every amount comes from the function that the night calls (`usage_cost`, `tier_charges`, `priced_by_terms`,
`take_discounts`, `Fraction.rounded`, `draw_money`); what is told of the terms between two of them is checked against
what they gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any

import polars as pl

from rating.allowances import draw_money
from rating.balances import Balances
from rating.charge_amount import Fraction, priced_by_terms, usage_cost
from rating.contracts import Contracts
from rating.discounts import matching_discounts, new_prices, take_discounts
from rating.tariff import Tariff
from rating.terms_of_contract import all_included
from rating.tiers import tier_charges
from schemas.money import MICRO
from schemas.periods import period_begins
from schemas.tables import ALLOWANCE_USE

_FAULT = "the explanation does not add up as the engine does; this is a fault in nightbill, please report it"


@dataclass(frozen=True)
class MoneyStep:
    """One step: what was done, and the exact amount after it."""

    step: str
    text: str
    amount: Exact


@dataclass(frozen=True)
class TierCount:
    """Units of a tier table before and after a record, and what all units of the period cost, rounded."""

    tier_code: str
    tier_mode: str
    tier_key: str
    period_from: date
    units_before: int
    units_after: int
    price_before: Exact
    price_after: Exact


@dataclass(frozen=True)
class Money:
    """The steps of a record, its rounding, and what money allowances took (ALLOWANCE_USE columns without the batch)."""

    steps: tuple[MoneyStep, ...]
    tier: TierCount | None
    before_rounding: Exact
    rounded: Exact
    money_uses: pl.DataFrame


def money_steps(
    record: pl.DataFrame, parts: pl.DataFrame, contracts: Contracts, tariff: Tariff, balances: Balances
) -> Money:
    """Take one record through the steps.

    `record`: one row, as `charge_usage` has it after its unit allowances (`rating.terms_of_contract`), with
    `included_units` and `waives_fee`.
    """
    row = record.row(0, named=True)
    pairs = matching_discounts(record, tariff.discounts)
    steps, tier, cost = _usage(record, parts, pairs, tariff, balances)
    steps += _terms(row, cost)
    terms = priced_by_terms(
        pl.lit(int(cost * MICRO * tariff.book.base), pl.Int128),
        tariff.book,
        waived=pl.col("waives_fee"),
        included=all_included(),
    )
    _must_equal(_micro(record, terms.numerator, terms.denominator), steps[-1].amount)
    steps += _offer(row, contracts, steps[-1].amount)
    steps += _discounts(record, pairs, balances, steps[-1].amount)
    exact = steps[-1].amount
    numerator, denominator = (exact * MICRO).as_integer_ratio()
    rounding = Fraction(pl.lit(numerator, pl.Int128), denominator).rounded(tariff.book)
    rounded = Exact(int(record.select(rounding.alias("micro"))["micro"][0]), MICRO)
    mode, decimals = row["rounding_mode"], row["rounding_decimals"]
    steps.append(MoneyStep("rounding", f"{mode.replace('_', ' ')}, {decimals} decimals", rounded))
    drawn = draw_money(record.with_columns(pl.lit(int(rounded * MICRO), pl.Int64).alias("need_micro")), balances.grants)
    taken = Exact(int(drawn.calls["included_micro"].fill_null(0).sum()), MICRO)
    if taken:
        steps.append(MoneyStep("money allowance", f"{text(taken)} of the rounded charge", rounded - taken))
    return Money(tuple(steps), tier, exact, rounded, drawn.uses)


def attempt_steps(record: pl.DataFrame, tariff: Tariff) -> Money:
    """Explain an attempt: the attempt fee of the price row, rounded, and nothing else."""
    row = record.row(0, named=True)
    fee = Exact(row["attempt_fee_micro"], MICRO)
    rounding = Fraction(pl.col("attempt_fee_micro").cast(pl.Int128), 1).rounded(tariff.book)
    rounded = Exact(int(record.select(rounding.alias("micro"))["micro"][0]), MICRO)
    mode, decimals = row["rounding_mode"].replace("_", " "), row["rounding_decimals"]
    steps = (
        MoneyStep("attempt fee", f"{text(fee)} of the price row", fee),
        MoneyStep("rounding", f"{mode}, {decimals} decimals", rounded),
    )
    return Money(steps, None, fee, rounded, ALLOWANCE_USE.empty().drop("rated_batch"))


def text(amount: Exact) -> str:
    """Write an exact amount as a decimal; one without an end is cut after 9 decimals and marked with `...`."""
    sign, whole = "-" * (amount < 0), abs(amount)
    scaled, rest = divmod(whole.numerator * 10**9, whole.denominator)
    units, decimals = divmod(scaled, 10**9)
    written = f"{decimals:09}" if rest else f"{decimals:09}".rstrip("0").ljust(2, "0")
    return f"{sign}{units}.{written}{'...' if rest else ''}"


def _usage(
    record: pl.DataFrame, parts: pl.DataFrame, pairs: pl.DataFrame, tariff: Tariff, balances: Balances
) -> tuple[list[MoneyStep], TierCount | None, Exact]:
    """Price the units left to pay: by a new price, by tiers, or by the price rows of the parts."""
    row = record.row(0, named=True)
    units = row["left_units"] - row["included_units"]
    new = new_prices(pairs)
    if new.height:
        price = Exact(new["new_price_micro"][0], MICRO)
        cost = price * units / row["price_unit"]
        return [MoneyStep("new price", f"{units} x {text(price)} / {row['price_unit']}", cost)], None, cost
    if row["tier_code"] is not None:
        tier, cost = _tier(record, units, tariff, balances)
        told = f"F({tier.units_after}) - F({tier.units_before}) = {text(tier.price_after)} - {text(tier.price_before)}"
        return [MoneyStep("tier", told, cost)], tier, cost
    unpaid = record.with_columns((pl.col("fee_covers") + pl.col("included_units")).alias("_unpaid"))
    cost = Exact(int(usage_cost(unpaid, parts, "_unpaid")[0]), tariff.book.base * MICRO)
    return [MoneyStep("usage", f"{units} units to pay: the costs of the parts, added", cost)], None, cost


def _tier(record: pl.DataFrame, units: int, tariff: Tariff, balances: Balances) -> tuple[TierCount, Exact]:
    placed = record.with_columns(
        pl.lit(units, pl.Int64).alias("units"),
        period_begins(pl.col("started_on"), pl.col("billing_day")).alias("period_from"),
    )
    none = balances.tiers.clear()
    charged = tier_charges(placed, tariff.tiers, balances.tiers)
    key, begun = charged.uses.row(0)[:2]
    counted = balances.tiers.filter((pl.col("tier_key") == key) & (pl.col("period_from") == begun))
    before = int(counted["tier_units"].sum())

    def price_of(total: int) -> Exact:
        whole = placed.with_columns(pl.lit(total, pl.Int64).alias("units"))
        return Exact(int(tier_charges(whole, tariff.tiers, none).calls["tier_micro"][0]), MICRO)

    code = record["tier_code"][0]
    mode = tariff.tiers.filter(pl.col("tier_code") == code)["tier_mode"][0]
    count = TierCount(code, mode, key, begun, before, before + units, price_of(before), price_of(before + units))
    cost = Exact(int(charged.calls["tier_micro"][0]), MICRO)
    _must_equal(cost, count.price_after - count.price_before)
    return count, cost


def _terms(row: dict[str, Any], cost: Exact) -> list[MoneyStep]:
    """Put connect fee, minimum, maximum and surcharge on the cost, as `priced_by_terms` does."""
    steps: list[MoneyStep] = []
    fee, amount = Exact(row["connect_fee_micro"], MICRO), cost
    if row["waives_fee"] and fee:
        steps.append(MoneyStep("connect fee", f"{text(fee)} waived: an allowance covers it", amount))
    elif fee and row["is_deductible"]:
        amount = max(amount, fee)
        steps.append(MoneyStep("connect fee", f"deductible: the larger of {text(fee)} and the usage", amount))
    elif fee:
        amount += fee
        steps.append(MoneyStep("connect fee", f"+ {text(fee)}", amount))
    is_included = row["included_units"] > 0 and row["included_units"] == row["left_units"]
    for name, bounded in (("minimum_charge", max), ("maximum_charge", min)):
        micro = row[f"{name}_micro"]
        if micro is not None and not is_included:
            bound = Exact(micro, MICRO)
            after = bounded(amount, bound)
            changed = "raised to it" if after > amount else "cut to it" if after < amount else "nothing changes"
            amount = after
            steps.append(MoneyStep(name.replace("_", " "), f"{text(bound)}: {changed}", amount))
    if row["surcharge_percent"]:
        amount *= 1 + Exact(row["surcharge_percent"]) / 100
        steps.append(MoneyStep("surcharge", f"+ {percent(row['surcharge_percent'])}", amount))
    return steps


def _offer(row: dict[str, Any], contracts: Contracts, amount: Exact) -> list[MoneyStep]:
    offers = contracts.offers.filter(
        (pl.col("subscription_id") == row["subscription_id"])
        & (pl.col("offer_from") <= row["started_on"])
        & (pl.col("offer_to") > row["started_on"])
    )
    if offers.is_empty():
        return []
    off, begun, ended = offers.select("percent_off", "offer_from", "offer_to").row(0)
    told = f"- {percent(off)}, introductory offer from {begun} to {ended}"
    return [MoneyStep("offer", told, amount * (1 - Exact(off) / 100))]


def _discounts(record: pl.DataFrame, pairs: pl.DataFrame, balances: Balances, amount: Exact) -> list[MoneyStep]:
    """Take one discount after the other, in the order of `take_discounts`."""
    steps = []
    ordered = pairs.filter(pl.col("discount_kind") != "new_price").sort(
        pl.col("discount_kind") == "amount", "order_no", "discount_code"
    )
    for each in ordered.iter_slices(1):
        numerator, denominator = (amount * MICRO).as_integer_ratio()
        before = record.select("_row", pl.lit(numerator, pl.Int128).alias("numerator"))
        taken = take_discounts(before, denominator, each, balances.discounts)
        after = Exact(int(taken.amounts["numerator"][0]), taken.denominator * MICRO)
        steps.append(MoneyStep("discount", _discount_text(each.row(0, named=True), balances, amount - after), after))
        amount = after
    return steps


def _discount_text(discount: dict[str, Any], balances: Balances, taken: Exact) -> str:
    value = discount["discount_value"]
    size = percent(value) if discount["discount_kind"] == "percent" else text(Exact(value))
    told = f"{discount['discount_code']}: - {size}, takes {text(taken)}"
    if discount["monthly_cap"] is None:
        return told
    used = balances.discounts.filter(
        (pl.col("discount_code") == discount["discount_code"])
        & (pl.col("customer_id") == discount["customer_id"])
        & (pl.col("period_from") == discount["month"])
    )["taken_amount"].sum()
    return f"{told}; {text(Exact(used))} of its cap {text(Exact(discount['monthly_cap']))} taken before this month"


def percent(value: Decimal) -> str:
    """Write a percentage without trailing zeros."""
    return text(Exact(value)).rstrip("0").rstrip(".") + " %"


def _micro(record: pl.DataFrame, numerator: pl.Expr, denominator: int) -> Exact:
    return Exact(int(record.select(numerator.alias("n"))["n"][0]), denominator * MICRO)


def _must_equal(engine: Exact, told: Exact) -> None:
    if engine != told:
        raise ValueError(f"{_FAULT}: {text(engine)} is not {text(told)}")
