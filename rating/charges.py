"""Charges: what can be invoiced. Usage is gathered per subscription, article and local day."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import share_of_charge, sum_charges


def usage_charges(rated: pl.DataFrame, articles: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Gather rated usage into charges.

    Returns the rated rows with their `charge_id`, and the charges (CHARGE columns without `charged_on`). A charge is
    named after the smallest usage id in it: each record is in exactly one charge, so the name is unique and the same
    however often the night is run.
    """
    group = ["subscription_id", "article_no", "started_on"]
    named = rated.with_columns((pl.lit("usage:") + pl.col("usage_id").min().over(group)).alias("charge_id"))
    charges = (
        named.group_by("charge_id")
        .agg(
            pl.col("account_bucket", "account_id", *group, "currency").first(),
            pl.len().cast(pl.Int64).alias("quantity"),
            pl.col("billed_s").sum().alias("duration_s"),
            sum_charges(pl.col("amount_ex_vat")),
        )
        .join(articles.select("article_no", "vat_class"), on="article_no", how="left")
        .with_columns(
            pl.lit("usage").alias("charge_kind"),
            pl.col("started_on").alias("service_from"),
            pl.col("started_on").dt.offset_by("1d").alias("service_to"),
        )
        .sort("charge_id")
    )
    return named, charges


def recurring_charges(
    subscriptions: pl.DataFrame,
    accounts: pl.DataFrame,
    plans: pl.DataFrame,
    articles: pl.DataFrame,
    periods: pl.DataFrame,
    charged: pl.DataFrame,
    on: date,
) -> pl.DataFrame:
    """Charge each subscription's recurring fee, in advance, per billing period of its account.

    A fee is charged once its first day has come (`on`). `periods` comes from `schemas.periods.billing_dates` up to
    `on`; `charged` holds the `charge_id`s made before.
    A period of which the service takes only a part, at its beginning or because its end is known, is charged by
    actual days: used days of the period's days. A period charged whole is not paid back when the service ends early.
    Returns CHARGE columns without `charged_on`.
    """
    first_day = pl.max_horizontal("period_from", "service_from")
    last_day = pl.min_horizontal("period_to", "service_to")
    return (
        subscriptions.join(accounts.select("account_id", "account_bucket", "billing_day"), on="account_id")
        .join(plans.filter(pl.col("monthly_fee") > 0), on="plan_code")
        .join(periods, on="billing_day")
        .with_columns(first_day.alias("used_from"), last_day.alias("used_to"))
        .filter((pl.col("used_from") < pl.col("used_to")) & (pl.col("used_from") <= pl.lit(on)))
        .with_columns(
            pl.format("recurring:{}:{}", "subscription_id", "used_from").alias("charge_id"),
            (pl.col("used_to") - pl.col("used_from")).dt.total_days().alias("used_days"),
            (pl.col("period_to") - pl.col("period_from")).dt.total_days().alias("full_days"),
        )
        .join(charged, on="charge_id", how="anti")
        .join(articles.select("article_no", "vat_class"), on="article_no", how="left")
        .select(
            "charge_id",
            pl.lit("recurring").alias("charge_kind"),
            "account_bucket",
            "account_id",
            "subscription_id",
            "article_no",
            pl.col("used_from").alias("service_from"),
            pl.col("used_to").alias("service_to"),
            pl.lit(1, pl.Int64).alias("quantity"),
            pl.lit(0, pl.Int64).alias("duration_s"),
            "used_days",
            "full_days",
            share_of_charge(pl.col("monthly_fee"), pl.col("used_days"), pl.col("full_days")).alias("amount_ex_vat"),
            "currency",
            "vat_class",
        )
        .sort("charge_id")
    )
