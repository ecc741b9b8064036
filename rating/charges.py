"""Charges: what can be invoiced. Usage is gathered per batch, subscription, article and local day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from rating.group_numbers import group_numbers
from rating.offers import recurring_offer
from schemas.money import divide_half_away, from_micro, sum_charges, to_micro
from schemas.tables import CHARGE

_PERCENT_PARTS = 10_000  # a percent has 4 decimals


BOOKED_AS_ONE = (
    "rated_batch", "first_batch", "subscription_id", "article_no", "started_on", "usage_kind", "vat_class",
    "revenue_account",
)  # fmt: skip


def with_charge_id(rated: pl.DataFrame) -> pl.DataFrame:
    """Add the name of its charge to each priced record, or to one record of each charge.

    `rated`: the columns of `BOOKED_AS_ONE`. One charge holds what one rating batch priced for a subscription, article
    and local day, and books alike; `usage:7:...`, or `usage:7/3:...` where batch 7 priced again what 3 priced first.
    """
    again = pl.when(pl.col("first_batch") != pl.col("rated_batch")).then(pl.format("/{}", "first_batch"))
    batch = pl.concat_str(pl.col("rated_batch"), again.otherwise(pl.lit("")))
    name = pl.format("usage:{}:{}:{}:{}:{}:{}:{}", batch, *BOOKED_AS_ONE[2:])
    return rated.with_columns(name.alias("charge_id"))


_SUMMED = ("records", "billed_units", "included_units")
_AMOUNTS = "^(amount_ex_vat|list_amount)$"
_ALIKE = (*BOOKED_AS_ONE, "account_bucket", "account_id", "currency")


def gathered_usage(rated: pl.DataFrame) -> pl.DataFrame:
    """Add up priced records (RATED_USAGE columns) that are one charge: what `usage_charges` makes charges of.

    Returns the columns of `BOOKED_AS_ONE`, `account_bucket`, `account_id`, `currency`, `records`, `billed_units`,
    `included_units`, `amount_ex_vat`, and `list_amount` where the records have it.
    """
    return _added_up(rated.with_columns(pl.lit(1, pl.Int64).alias("records")))


def gathered_again(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Add up what `gathered_usage` gathered of several pieces; columns as it returns."""
    return _added_up(pl.concat(parts))


def usage_charges(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Make charges of what `gathered_usage` gathered of each piece of usage, sorted by `charge_id`.

    CHARGE columns without `charged_on`, texts of few values as the parts hold them; where the records have a
    `list_amount`, its sum too.
    """
    if not parts:
        return CHARGE.empty().drop("charged_on")
    counted = pl.col("usage_kind").is_in(["message", "event"])
    return (
        with_charge_id(gathered_again(parts))
        .with_columns(
            pl.lit("usage").alias("charge_kind"),
            pl.when(counted).then("billed_units").otherwise("records").alias("quantity"),
            pl.when(pl.col("usage_kind") == "call").then("billed_units").otherwise(0).alias("duration_s"),
            pl.when(pl.col("usage_kind") == "data").then("billed_units").otherwise(0).alias("volume_bytes"),
            pl.col("started_on").alias("service_from"),
            pl.col("started_on").dt.offset_by("1d").alias("service_to"),
        )
        .drop("started_on", "records", "billed_units", "rated_batch", "first_batch")
        .sort("charge_id")
    )


def _added_up(rows: pl.DataFrame) -> pl.DataFrame:
    """Add up rows that book as one; what they have in common is that of the first."""
    numbered = rows.with_columns(group_numbers(rows, *BOOKED_AS_ONE).alias("_charge")).with_row_index("_first")
    summed = numbered.group_by("_charge", maintain_order=True).agg(
        pl.col("_first").first(), pl.col(_SUMMED).sum(), sum_charges(pl.col(_AMOUNTS))
    )
    alike = rows.select(pl.col(_ALIKE).gather(pl.lit(summed["_first"])))
    return summed.drop("_charge", "_first").with_columns(alike)


CHARGED = pl.Schema(
    {"charge_id": pl.String(), "subscription_id": pl.Int64(), "service_from": pl.Date(), "service_to": pl.Date()}
)
_FEE_ID = pl.format("recurring:{}:{}", "subscription_id", "used_from").alias("charge_id")


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
    `on`; `charged` holds the recurring charges made before (`CHARGED`). No day of a version is charged twice: after
    another billing day was chosen, the next fee begins where the last one ended.
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
        .with_columns(_FEE_ID)
        .join(charged, on="charge_id", how="anti")
    )
    fees = (
        _after_what_is_charged(fees, charged)
        .filter((pl.col("used_from") < pl.col("used_to")) & (pl.col("used_from") <= pl.lit(on)))
        .with_columns(
            _FEE_ID,
            (pl.col("used_to") - pl.col("used_from")).dt.total_days().alias("used_days"),
            (pl.col("period_to") - pl.col("period_from")).dt.total_days().alias("full_days"),
        )
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


def _after_what_is_charged(fees: pl.DataFrame, charged: pl.DataFrame) -> pl.DataFrame:
    """Let fees (`service_from`, `service_to` of the version, `used_from`) begin where the last one of it ended."""
    versions = fees.select("subscription_id", version_from="service_from", version_to="service_to").unique()
    begun = pl.col("service_from") >= pl.col("version_from")
    last = (
        charged.join(versions, on="subscription_id")
        .filter(begun & (pl.col("version_to").is_null() | (pl.col("service_from") < pl.col("version_to"))))
        .group_by("subscription_id", service_from="version_from")
        .agg(pl.col("service_to").max().alias("charged_to"))
    )
    return fees.join(last, on=["subscription_id", "service_from"], how="left").with_columns(
        pl.max_horizontal("used_from", "charged_to").alias("used_from")
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
