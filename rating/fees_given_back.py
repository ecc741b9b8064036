"""Recurring fees are paid in advance: what a change of plan leaves unused of the old plan's fee is given back."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import share_of_charge
from schemas.tables import CHARGE


def fees_given_back(
    charges: pl.DataFrame, subscriptions: pl.DataFrame, given_back: pl.DataFrame, on: date
) -> pl.DataFrame:
    """Give back the days of recurring fees in which another plan has taken the charged one's place by `on`.

    `charges`: recurring CHARGE rows; `subscriptions`: every version of their SUBSCRIPTION rows; `given_back`: the
    `charge_id`s made before. Each fee is given back once, by actual days, rounded once; what ends without another plan
    following on that day is not paid back. Returns negative one-off CHARGE rows, named by the fee they are of.
    """
    days = (pl.col("service_to") - pl.col("service_from")).dt.total_days()
    unused = (pl.col("service_to") - pl.col("left_on")).dt.total_days()
    rows = (
        charges.join(_left_plans(subscriptions, on), on="subscription_id")
        .filter(pl.col("service_from").is_between("version_from", "left_on", closed="left"))
        .filter((pl.col("left_on") < pl.col("service_to")) & (pl.col("amount_ex_vat") != 0))
        .with_columns(
            pl.format("given_back:{}", "charge_id").alias("charge_id"),
            pl.lit("one_off").alias("charge_kind"),
            (-share_of_charge(pl.col("amount_ex_vat"), unused, days)).alias("amount_ex_vat"),
            pl.col("left_on").alias("service_from"),
            pl.lit(None, pl.Int64).alias("used_days"),
            pl.lit(None, pl.Int64).alias("full_days"),
            pl.lit(on, pl.Date).alias("charged_on"),
        )
        .join(given_back, on="charge_id", how="anti")
    )
    return rows.select(CHARGE.names).cast(CHARGE.schema).sort("charge_id")


def _left_plans(subscriptions: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the versions that another version has followed by `on`, on the day they ended."""
    held = subscriptions.filter((pl.col("service_to") > pl.col("service_from")).fill_null(value=True))
    following = pl.col("service_from").shift(-1).over("subscription_id", order_by="service_from")
    return held.filter((pl.col("service_to") <= on) & (pl.col("service_to") == following)).select(
        "subscription_id", version_from="service_from", left_on="service_to"
    )
