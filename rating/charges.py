"""Usage charges: usage is gathered per batch, subscription, article and local day."""

from __future__ import annotations

import polars as pl

from rating.group_numbers import group_numbers
from schemas.money import sum_charges
from schemas.tables import CHARGE

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
    """Add up rows that book as one, in the order of their first; what they have in common is that of the first."""
    numbered = rows.with_columns(group_numbers(rows, *BOOKED_AS_ONE).alias("_charge")).with_row_index("_first")
    grouped = numbered.lazy().group_by("_charge")
    sums = grouped.agg(pl.col("_first").min(), pl.col(_SUMMED).sum(), sum_charges(pl.col(_AMOUNTS)))
    summed = sums.collect(engine="streaming").sort("_first")  # half the time of a group_by that keeps the order
    alike = rows.select(pl.col(_ALIKE).gather(pl.lit(summed["_first"])))
    return summed.drop("_charge", "_first").with_columns(alike)
