"""Spend at list price: what usage would cost without allowances and discounts, counted per day against limits.

Fraud on free minutes costs the operator and not the customer, so a limit on what is charged would never see it.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import sum_charges
from schemas.tables import SPEND_EVENT

_SCOPES = {
    "subscription": "subscription",
    "customer": "customer_id",
    "group": "customer_group",
    "plan": "plan_code",
    "all": "everybody",
}


def daily_spend(rated: pl.DataFrame) -> pl.DataFrame:
    """Add up priced records, or charges (`started_on` is then their day): DAILY_SPEND columns without the batch."""
    return rated.group_by("subscription_id", "account_id", pl.col("started_on").alias("spend_on")).agg(
        sum_charges(pl.col("list_amount"))
    )


def latest_account() -> pl.Expr:
    """Return the account that bears a subscription's spend now, of its DAILY_SPEND rows.

    A re-rating that moves usage takes it back from the one account and counts it for the other, on the same day.
    """
    return pl.col("account_id").sort_by("spend_on", "rated_batch", "list_amount").last()


def limits_in_force(spans: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Find each subscription's limits by its latest contract: the most specific SPEND_LIMIT row.

    `spans` from `contract_spans`. Returns `subscription_id`, `day_limit`, `month_limit`, `barred`.
    """
    latest = (
        spans.sort("begins_at")
        .unique("subscription_id", keep="last")
        .select(
            "subscription_id",
            pl.col("subscription_id").cast(pl.String).alias("subscription"),
            pl.col("customer_id").cast(pl.String),
            "customer_group",
            "plan_code",
            pl.lit("*").alias("everybody"),
        )
    )
    found = [
        latest.join(limits.filter(pl.col("link_scope") == scope), left_on=key, right_on="link_to").select(
            "subscription_id", "day_limit", "month_limit", "barred", pl.lit(rank).alias("_rank")
        )
        for rank, (scope, key) in enumerate(_SCOPES.items())
    ]
    return pl.concat(found).sort("_rank").unique("subscription_id", keep="first").drop("_rank")


def spend_events(spend: pl.DataFrame, limits: pl.DataFrame, raised: pl.DataFrame, on: date) -> pl.DataFrame:
    """Raise an event for each day and calendar month whose spend has passed its limit, once.

    `spend`: DAILY_SPEND rows of every month concerned, `limits` from `limits_in_force`, `raised`: SPEND_EVENT rows.
    """
    limited = spend.join(limits, on="subscription_id")
    parts = [
        limited.group_by("subscription_id", begins.alias("period_from"), pl.col(limit).alias("limit_amount"))
        .agg(latest_account(), sum_charges(pl.col("list_amount")))
        .with_columns(pl.lit(period).alias("spend_period"))
        for period, begins, limit in (
            ("day", pl.col("spend_on"), "day_limit"),
            ("month", pl.col("spend_on").dt.month_start(), "month_limit"),
        )
    ]
    return (
        pl.concat(parts)
        .filter(pl.col("list_amount") > pl.col("limit_amount"))
        .join(raised, on=SPEND_EVENT.key, how="anti")
        .with_columns(pl.lit(on).alias("raised_on"))
        .select(SPEND_EVENT.names)
        .sort(SPEND_EVENT.key)
    )
