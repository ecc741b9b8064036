"""Spend limits that bar services: warnings on the way to them, and what is barred when they are reached.

A limit is the customer's own (SPEND_CHOICE) or the operator's (SPEND_LIMIT with `barred`). Spend is counted at list
price, excluding VAT, per day or calendar month of the operator's clock, whatever allowances made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from rating.spend import latest_account
from schemas.money import sum_charges, to_micro
from schemas.tables import SPEND_WARNING

_ALL = 100
_TOLD_DAYS = 7  # late usage still brings a warning of a period that ended so many days ago; later it helps nobody
_LIMITS = {"day": "day_limit", "month": "month_limit"}
CHOICES = ("subscription_id", "set_by", "spend_period", "spend_limit_amount", "barred", "set_on")


def spend_since(on: date) -> date:
    """Return the first day whose spend may still bring a warning or a bar on a business date."""
    return (on - timedelta(days=_TOLD_DAYS)).replace(day=1)


def customers_limits(choices: pl.DataFrame) -> pl.DataFrame:
    """Bring SPEND_CHOICE rows to `CHOICES` columns."""
    return choices.with_columns(pl.lit("customer").alias("set_by")).select(CHOICES)


def operators_limits(limits: pl.DataFrame) -> pl.DataFrame:
    """Bring what `rating.spend.limits_in_force` found to `CHOICES` columns; a limit without `barred` bars nothing."""
    barring = limits.filter(pl.col("barred").is_not_null())
    return pl.concat(
        [
            barring.select(
                "subscription_id",
                pl.lit("operator").alias("set_by"),
                pl.lit(period).alias("spend_period"),
                pl.col(limit).alias("spend_limit_amount"),
                "barred",
                pl.lit(date.min).alias("set_on"),
            ).drop_nulls("spend_limit_amount")
            for period, limit in _LIMITS.items()
        ]
    )


def spend_against_limits(spend: pl.DataFrame, limits: pl.DataFrame, on: date) -> pl.DataFrame:
    """Add up spend per limit and period, of periods that run or ended less than a week ago.

    `spend` are DAILY_SPEND rows since `spend_since(on)`, `limits` have `CHOICES` columns. A limit says nothing of
    periods that had ended when it was set. Returns `CHOICES` columns, `account_id`, `period_from`, `period_to` (the
    first day after it) and `list_amount` above 0.
    """
    periods = (("day", pl.col("spend_on"), "1d"), ("month", pl.col("spend_on").dt.month_start(), "1mo"))
    sums = [
        spend.group_by("subscription_id", begins.alias("period_from"))
        .agg(latest_account(), sum_charges(pl.col("list_amount")))
        .with_columns(
            pl.lit(period).alias("spend_period"), pl.col("period_from").dt.offset_by(length).alias("period_to")
        )
        for period, begins, length in periods
    ]
    told = pl.col("period_to") > on - timedelta(days=_TOLD_DAYS)
    return (
        pl.concat(sums)
        .join(limits, on=["subscription_id", "spend_period"])
        .filter((pl.col("list_amount") > 0) & told & (pl.col("period_to") > pl.col("set_on")))
    )


def spend_warnings(spent: pl.DataFrame, percents: Sequence[int], raised: pl.DataFrame, on: date) -> pl.DataFrame:
    """Warn at each of some percentages and at 100, once per limit and period, as SPEND_WARNING columns.

    `spent` from `spend_against_limits`, `raised`: SPEND_WARNING rows of its periods. A percentage is reached when the
    spend is no less than it; a limit that is raised later does not bring the same warning twice.
    """
    steps = pl.DataFrame({"warned_percent": sorted({*percents, _ALL})}, schema={"warned_percent": pl.Int64})
    return (
        spent.join(steps, how="cross")
        .filter(_reached(pl.col("warned_percent")))
        .join(raised, on=SPEND_WARNING.key, how="anti")
        .with_columns(pl.lit(on).alias("raised_on"))
        .select(SPEND_WARNING.names)
        .sort(SPEND_WARNING.key)
    )


def bars_by_spend(spent: pl.DataFrame, on: date) -> pl.DataFrame:
    """Bar services of subscriptions whose spend of the running day or month has reached its limit.

    The bar ends with the period, or when the limit is raised above the spend or removed. Returns `subscription_id`,
    `barred` and `block_reason`: `customer` for a wish of the customer, `behaviour` for the operator's own limit, which
    goes before.
    """
    runs = (pl.col("period_from") <= on) & (pl.col("period_to") > on)
    reason = pl.when(pl.col("set_by") == "operator").then(pl.lit("behaviour")).otherwise(pl.lit("customer"))
    return (
        spent.filter(runs & _reached(pl.lit(_ALL)))
        .select("subscription_id", "barred", reason.alias("block_reason"))
        .sort("subscription_id", "barred", "block_reason")
        .unique(["subscription_id", "barred"], keep="first", maintain_order=True)
    )


def _reached(percent: pl.Expr) -> pl.Expr:
    spent, limit = (to_micro(pl.col(name)).cast(pl.Int128) for name in ("list_amount", "spend_limit_amount"))
    return spent * _ALL >= limit * percent
