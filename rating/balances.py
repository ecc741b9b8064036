"""What records of subscriptions with terms draw on: allowances, units counted in tiers, caps of discounts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from rating.allowance_grants import with_left
from schemas import tables

_GRANTS = {
    **tables.ALLOWANCE_GRANT.schema,
    **{name: tables.ALLOWANCE.schema[name] for name in tables.ALLOWANCE.names},
    "left_quantity": tables.ALLOWANCE.schema["allowance_quantity"],
}


@dataclass(frozen=True)
class Balances:
    """State before the records to be priced.

    `grants`: ALLOWANCE_GRANT and ALLOWANCE columns and `left_quantity`. `tiers`: `tier_key`, `period_from`,
    `tier_units` counted so far. `discounts`: `discount_code`, `customer_id`, `period_from`, `taken_amount` so far.
    """

    grants: pl.DataFrame
    tiers: pl.DataFrame
    discounts: pl.DataFrame


def no_balances() -> Balances:
    """Return the state of an operator without allowances, tiers and capped discounts."""
    return Balances(
        pl.DataFrame(schema=_GRANTS),
        tables.TIER_USE.empty().select("tier_key", "period_from", "tier_units"),
        tables.DISCOUNT_USE.empty().select("discount_code", "customer_id", "period_from", "taken_amount"),
    )


def open_grants(grants: pl.DataFrame, used: pl.DataFrame, allowances: pl.DataFrame) -> pl.DataFrame:
    """Join ALLOWANCE_GRANT rows with their ALLOWANCE, and with what is left after ALLOWANCE_USE rows."""
    return with_left(grants, used).join(allowances, on="allowance_code").select(_GRANTS.keys())


def after(balances: Balances, tier_use: pl.DataFrame, discount_use: pl.DataFrame) -> Balances:
    """Count what was used of tiers and capped discounts (TIER_USE and DISCOUNT_USE columns without the batch)."""
    tiers = pl.concat([balances.tiers, tier_use.select(balances.tiers.columns)])
    key = ["discount_code", "customer_id", "period_from"]
    taken = pl.concat([balances.discounts, discount_use.select(balances.discounts.columns)])
    summed = taken.group_by(key).agg(pl.col("taken_amount").sum()).cast(balances.discounts.schema)
    return replace(balances, tiers=tiers, discounts=summed.select(balances.discounts.columns))
