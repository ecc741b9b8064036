"""Tiers over a billing period: the price of a call depends on what was used before it.

A call that takes the count from x to y costs F(y) - F(x), where F is the price of all units of the period. Both are
rounded before they are subtracted, so the calls of a period add up to F(total) whatever each was rounded to.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

import polars as pl

from schemas.money import from_micro, round_fraction, to_micro

_COUNTER = ["tier_key", "period_from"]
_CALL = [
    "_row", "_order", "tier_code", "subscription_id", "account_id", "customer_id", "period_from", "units",
    "rounding_mode", "rounding_decimals",
]  # fmt: skip


@dataclass(frozen=True)
class TierCharges:
    """What tiers cost.

    `calls`: `_row`, `tier_micro` (Int64 millionths; null where no tier table has the code), in the order of the calls
    given. `uses`: TIER_USE columns without `rated_batch`: `tier_key`, `period_from`, `tier_units`, `tier_amount`.
    """

    calls: pl.DataFrame
    uses: pl.DataFrame


def tier_charges(calls: pl.DataFrame, tiers: pl.DataFrame, counted: pl.DataFrame) -> TierCharges:
    """Price the units of calls by TIER rows, after what was `counted` (`tier_key`, `period_from`, `tier_units`).

    `calls`: `_row` (unique), `_order` (Int64, the order they are priced in), `tier_code`, `subscription_id`,
    `account_id`, `customer_id`, `period_from` (first day of the billing period), `units` (Int64 left to pay),
    `rounding_mode`, `rounding_decimals`. `counted` may have several rows of one key; they add up.
    """
    steps = _steps(tiers)
    after = pl.col("units").cum_sum().over(_COUNTER, order_by="_order") + pl.col("_counted")
    before = counted.group_by(_COUNTER).agg(pl.col("tier_units").sum().alias("_counted"))
    scopes = steps.select("tier_code", "tier_scope").unique()
    placed = (
        calls.select(_CALL)
        .with_row_index("_at")
        .join(scopes, on="tier_code", how="left")
        .with_columns(_tier_key())
        .join(before, on=_COUNTER, how="left")
        .with_columns(pl.col("_counted").fill_null(0))
        .with_columns(after.alias("_after"))
        .with_columns((pl.col("_after") - pl.col("units")).alias("_before"))
    )
    priced = (
        _price_of_all(_price_of_all(placed, steps, "_before"), steps, "_after")
        .with_columns((pl.col("_after_micro") - pl.col("_before_micro")).alias("tier_micro"))
        .sort("_at")
    )
    uses = (
        priced.drop_nulls("tier_micro")
        .group_by(_COUNTER)
        .agg(pl.col("units").sum().alias("tier_units"), pl.col("tier_micro").sum().alias("_micro"))
        .select(*_COUNTER, "tier_units", from_micro(pl.col("_micro")).alias("tier_amount"))
        .sort(_COUNTER)
    )
    return TierCharges(priced.select("_row", "tier_micro"), uses)


def tier_keys(tiers: pl.DataFrame, subscriptions: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Name every counter (`tier_key`) that calls of these SUBSCRIPTION and ACCOUNT rows may count in, by TIER rows."""
    scopes = tiers.select("tier_code", "tier_scope").unique()
    owners = subscriptions.select("subscription_id", "account_id").join(
        accounts.select("account_id", "customer_id"), on="account_id"
    )
    return owners.join(scopes, how="cross").select(_tier_key()).unique()


def _tier_key() -> pl.Expr:
    scope = pl.col("tier_scope")
    number = pl.when(scope == "subscription").then("subscription_id").when(scope == "account").then("account_id")
    return pl.format("{}:{}:{}", "tier_code", scope, number.otherwise("customer_id")).alias("tier_key")


def _steps(tiers: pl.DataFrame) -> pl.DataFrame:
    """Lay out what a tier's units cost as whole numbers over one denominator per code.

    Adds to TIER `denominator` (the least that every `price_unit` of the code divides), `unit_price` and `base`
    (Int128): millionths times denominator of one unit, or of one begun package, and of all tiers below.
    """
    units: dict[str, int] = {}
    for code, price_unit in tiers.select("tier_code", "price_unit").iter_rows():
        units[code] = lcm(units.get(code, 1), price_unit)
    denominators = pl.DataFrame(
        {"tier_code": list(units), "denominator": list(units.values())},
        schema={"tier_code": pl.String, "denominator": pl.Int128},
    )
    packed = pl.col("tier_mode") == "package"
    divisor = pl.when(packed).then(pl.lit(1, pl.Int64)).otherwise(pl.col("price_unit"))
    return (
        tiers.join(denominators, on="tier_code")
        .sort("tier_code", "tier_from")
        .with_columns((to_micro(pl.col("price_per_unit")) * (pl.col("denominator") // divisor)).alias("unit_price"))
        .with_columns((_counts(pl.col("tier_to") - pl.col("tier_from")) * pl.col("unit_price")).alias("_whole"))
        .with_columns(pl.col("_whole").cum_sum().shift(1, fill_value=0).over("tier_code").alias("base"))
        .drop("_whole", "tier_to", "price_per_unit")
    )


def _counts(units: pl.Expr) -> pl.Expr:
    """Return what a price is put on: begun packages, or units."""
    packages = (units + pl.col("price_unit") - 1) // pl.col("price_unit")
    return pl.when(pl.col("tier_mode") == "package").then(packages).otherwise(units).cast(pl.Int128)


def _price_of_all(calls: pl.DataFrame, steps: pl.DataFrame, total: str) -> pl.DataFrame:
    """Add `{total}_micro`: F(total), rounded as the call's list says.

    A total that is exactly a border belongs to the tier that ends there, so the tier is that of the unit before it.
    """
    last_unit = (pl.col(total) - 1).clip(lower_bound=0)
    found = (
        calls.with_columns(last_unit.alias("_last"))
        .sort("_last")
        .join_asof(
            steps.drop("tier_scope").sort("tier_from"),
            left_on="_last",
            right_on="tier_from",
            by="tier_code",
            strategy="backward",
            check_sortedness=False,
        )
    )
    above = pl.col("base") + _counts(pl.col(total) - pl.col("tier_from")) * pl.col("unit_price")
    at_one_price = _counts(pl.col(total)) * pl.col("unit_price")
    whole = pl.when(pl.col("tier_mode") == "volume").then(at_one_price).otherwise(above)
    micro = round_fraction(whole, pl.col("denominator"), pl.col("rounding_mode"), pl.col("rounding_decimals"))
    return found.select(*calls.columns, micro.alias(f"{total}_micro"))
