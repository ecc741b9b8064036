"""Charges: what can be invoiced. Usage is gathered per batch, subscription, article and local day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from rating.group_numbers import group_numbers
from rating.offers import recurring_offer
from schemas.coded_text import plain
from schemas.money import divide_half_away, from_micro, sum_charges, to_micro
from schemas.tables import CHARGE

_PERCENT_PARTS = 10_000  # a percent has 4 decimals


_ONE_CHARGE = ("subscription_id", "article_no", "started_on", "usage_kind", "vat_class", "revenue_account")


def charged_usage(rated: pl.DataFrame, batch: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Name the charge that each priced record belongs to, and gather the charges.

    `rated` comes from `charge_usage`. One charge holds what one rating batch priced for a subscription, article and
    local day, and books alike. Returns `rated` with `charge_id`, and charges as `usage_charges` gives them.
    """
    numbered = rated.with_columns(group_numbers(rated, *_ONE_CHARGE).alias("_charge"))
    charges = with_charge_id(_gathered(numbered, "_charge"), batch)
    names = numbered.select("_charge").join(charges.select("_charge", "charge_id"), on="_charge", maintain_order="left")
    return rated.with_columns(names["charge_id"]), _shaped(charges.drop("_charge"))


def with_charge_id(rated: pl.DataFrame, batch: int) -> pl.DataFrame:
    """Add the name of its charge to each priced record, or to one record of each charge."""
    return rated.with_columns(pl.format("usage:{}:{}:{}:{}:{}:{}:{}", pl.lit(batch), *_ONE_CHARGE).alias("charge_id"))


def usage_charges(rated: pl.DataFrame) -> pl.DataFrame:
    """Gather priced records into charges by their `charge_id`.

    CHARGE columns without `charged_on`; where the records have a `list_amount`, its sum too.
    """
    return _shaped(_gathered(rated, "charge_id"))


def _gathered(rated: pl.DataFrame, key: str) -> pl.DataFrame:
    """Add up the records of each charge; what they have in common is that of the first."""
    charges = (
        rated.with_row_index("_first")
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("_first").first(),
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("billed_units", "included_units").sum(),
            sum_charges(pl.col("^(amount_ex_vat|list_amount)$")),
        )
    )
    return charges.with_columns(rated.select(pl.col(_ALIKE).gather(pl.lit(charges["_first"])))).drop("_first")


def _shaped(charges: pl.DataFrame) -> pl.DataFrame:
    counted = pl.col("usage_kind").is_in(["message", "event"])
    return charges.with_columns(
        pl.lit("usage").alias("charge_kind"),
        pl.when(counted).then("billed_units").otherwise("records").alias("quantity"),
        pl.when(pl.col("usage_kind") == "call").then("billed_units").otherwise(0).alias("duration_s"),
        pl.when(pl.col("usage_kind") == "data").then("billed_units").otherwise(0).alias("volume_bytes"),
        pl.col("started_on").alias("service_from"),
        pl.col("started_on").dt.offset_by("1d").alias("service_to"),
    ).drop("started_on", "records", "billed_units")


_ALIKE = (
    "account_bucket", "account_id", "subscription_id", "article_no", "usage_kind", "started_on", "currency",
    "vat_class", "revenue_account",
)  # fmt: skip


def merged_charges(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Join charges gathered from several parts of one batch, sorted by `charge_id`; columns as `usage_charges`."""
    if not parts:
        return CHARGE.empty().drop("charged_on")
    every = pl.concat(parts)
    merged = (
        every.with_row_index("_first")
        .group_by("charge_id")
        .agg(
            pl.col("_first").first(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("^(amount_ex_vat|list_amount)$")),
        )
        .sort("charge_id")
    )
    alike = [name for name in every.columns if name not in merged.columns]
    return plain(merged.with_columns(every.select(pl.col(alike).gather(pl.lit(merged["_first"])))).drop("_first"))


def recurring_charges(
    subscriptions: pl.DataFrame,
    accounts: pl.DataFrame,
    plans: pl.DataFrame,
    articles: pl.DataFrame,
    offers: pl.DataFrame,
    periods: pl.DataFrame,
    charged: pl.DataFrame,
    on: date,
) -> pl.DataFrame:
    """Charge each subscription's recurring fee, in advance, per billing period of its account.

    A fee is charged once its first day has come (`on`). `periods` comes from `schemas.periods.billing_dates` up to
    `on`; `charged` holds the `charge_id`s made before.
    A period of which the service takes only a part, at its beginning or because its end is known, is charged by
    actual days: used days of the period's days. A period charged whole is not paid back when the service ends early.
    Days inside an introductory offer (OFFER rows) are reduced by its percent; the fee is rounded once.
    Returns CHARGE columns without `charged_on`.
    """
    first_day = pl.max_horizontal("period_from", "service_from")
    last_day = pl.min_horizontal("period_to", "service_to")
    fees = (
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
    )
    return (
        fees.join(_days_off(fees, recurring_offer(subscriptions, offers)), on="charge_id", how="left")
        .join(articles.select("article_no", "vat_class", "revenue_account"), on="article_no", how="left")
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
            *(pl.lit(0, pl.Int64).alias(name) for name in ("duration_s", "volume_bytes", "included_units")),
            pl.lit(None, pl.String).alias("usage_kind"),
            "used_days",
            "full_days",
            _reduced_fee().alias("amount_ex_vat"),
            "currency",
            "vat_class",
            "revenue_account",
        )
        .sort("charge_id")
    )


def _days_off(fees: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Add up, per `charge_id`, the days inside offers, each times its percent off (`percent_days`, 4 decimals)."""
    begins = pl.max_horizontal("used_from", "offer_from")
    days = (pl.min_horizontal("used_to", "offer_to") - begins).dt.total_days()
    return (
        fees.select("charge_id", "subscription_id", "plan_code", "used_from", "used_to")
        .join(offers, on=["subscription_id", "plan_code"])
        .with_columns(days.alias("_days"))
        .filter(pl.col("_days") > 0)
        .group_by("charge_id")
        .agg((_ten_thousandths(pl.col("percent_off")) * pl.col("_days")).sum().alias("percent_days"))
    )


def _reduced_fee() -> pl.Expr:
    """Return fee x (used days - days inside offers x percent) / days of the period, rounded once."""
    whole = 100 * _PERCENT_PARTS
    to_pay = pl.col("used_days") * whole - pl.col("percent_days").fill_null(0)
    exact = to_micro(pl.col("monthly_fee")).cast(pl.Int128) * to_pay
    return from_micro(divide_half_away(exact, pl.col("full_days").cast(pl.Int128) * whole).cast(pl.Int64))


def _ten_thousandths(percent: pl.Expr) -> pl.Expr:
    return (percent.cast(pl.Decimal(38, 4)) * pl.lit(Decimal(_PERCENT_PARTS))).cast(pl.Int64)
