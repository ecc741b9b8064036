"""Automatic top-up: when credit runs low, the next one is ordered, as the customer allowed."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import AMOUNT, sum_amounts


def top_ups_to_order(
    credit: pl.DataFrame, choices: pl.DataFrame, top_ups: pl.DataFrame, on: date, currency: str
) -> pl.DataFrame:
    """Order a top-up for each account whose credit left is below its threshold, as TOP_UP columns.

    `credit` has `account_id`, `credit_limit` and `exposure`, which is negative where more was paid than used; what is
    left is the limit less the exposure. `choices` are TOP_UP_CHOICE rows, `top_ups` every TOP_UP row of their
    accounts. None is ordered while one waits for its money, nor one that would bring what was ordered in the calendar
    month of `on` over the ceiling. `top_up_id` is the account and its ordinal.
    """
    ordered = top_ups.filter(pl.col("top_up_kind") == "automatic")
    in_month = pl.col("ordered_on").dt.month_start() == on.replace(day=1)
    so_far = ordered.group_by("account_id").agg(
        pl.len().cast(pl.Int64).alias("_earlier"),
        pl.col("paid_on").is_null().any().alias("_waits"),
        sum_amounts(pl.col("amount").filter(in_month)).alias("_in_month"),
    )
    left = pl.col("credit_limit") - pl.col("exposure")
    within = (pl.col("_in_month").fill_null(0) + pl.col("top_up_amount")).cast(AMOUNT) <= pl.col("month_ceiling")
    return (
        choices.join(credit, on="account_id")
        .join(so_far, on="account_id", how="left")
        .filter((left < pl.col("threshold_amount")) & within & ~pl.col("_waits").fill_null(value=False))
        .select(
            pl.format("{}:{}", "account_id", pl.col("_earlier").fill_null(0) + 1).alias("top_up_id"),
            "account_id",
            pl.lit("automatic").alias("top_up_kind"),
            pl.col("top_up_amount").alias("amount"),
            pl.lit(currency).alias("currency"),
            pl.lit(on).alias("ordered_on"),
            pl.lit(None, pl.Date).alias("paid_on"),
            pl.lit(None, pl.String).alias("request_id"),
        )
        .sort("top_up_id")
    )
