"""What the records of a charge cost now, and where: a re-rating leaves a charge as it was and books differences.

A place is what a charge's name says after its batch: subscription, article, day, kind of usage, VAT class and revenue
account. A record that books elsewhere now has left one place for another.
"""

from __future__ import annotations

import polars as pl

from schemas.money import CHARGE, sum_charges

_NAMED = (
    r"^(?<subscription_id>\d+):(?<article_no>.*):(?<started_on>\d{4}-\d\d-\d\d):(?<usage_kind>[a-z]+)"
    r":(?<vat_class>[^:]*):(?<revenue_account>[^:]*)$"
)
_PLACED = ["usage_id", "account_id", "place"]
_UNITS = ("billed_units", "included_units")
_LINE = ["charge_id", "account_id", "place", "usage_kind"]


def place_of(charge_id: pl.Expr) -> pl.Expr:
    """Return the place in the name of a usage charge or an adjustment."""
    return charge_id.str.replace(r"^[a-z]+:[0-9/]+:", "").alias("place")


def booked_on(place: pl.Expr) -> pl.Expr:
    """Return what a place is made of, texts of a struct.

    `subscription_id`, `article_no`, `started_on`, `usage_kind`, `vat_class` and `revenue_account`.
    """
    return place.str.extract_groups(_NAMED)


def lines_in_force(records: pl.DataFrame, rerated: pl.DataFrame) -> pl.DataFrame:
    """Add up what records of usage charges cost after re-ratings, per charge and place.

    `records`: RATED_USAGE rows with the `charge_id` they were priced on; `rerated`: the RERATED_USAGE rows that
    belong to them and count. Returns `charge_id` (of the records), `account_id`, `place`, `usage_kind`, `quantity`,
    `duration_s`, `included_units` (as charges count them), `amount_ex_vat`, and of the last adjustment there, if any,
    `adjustment_id`. `article_no` is the place's.
    """
    own = records.select(
        "usage_id", "account_id", place_of(pl.col("charge_id")), "billed_units", "included_units",
        pl.col("amount_ex_vat").cast(CHARGE).alias("difference_amount"), pl.lit(0, pl.Int64).alias("rated_batch"),
        pl.col("amount_ex_vat").cast(CHARGE).alias("new_amount"), pl.lit(None, pl.String).alias("adjustment_id"),
    )  # fmt: skip
    later = rerated.select(
        "usage_id",
        "account_id",
        place_of(pl.col("charge_id")),
        # What was left, or costs nothing any more, has no units there that a price per minute could count.
        *(pl.when(pl.col("new_amount") != 0).then(name).otherwise(0).alias(name) for name in _UNITS),
        "difference_amount",
        "rated_batch",
        "new_amount",
        pl.col("charge_id").alias("adjustment_id"),
    ).select(own.columns)
    # Of a record that moved, the side where it was charged stands last.
    every = pl.concat([own, later]).sort("rated_batch", pl.col("new_amount") != 0, maintain_order=True)
    last = every.unique("usage_id", keep="last", maintain_order=True)
    stands = last.select(*_PLACED, "billed_units", "included_units", pl.lit(1, pl.Int64).alias("records"))
    placed = every.group_by(_PLACED, maintain_order=True).agg(
        sum_charges(pl.col("difference_amount")).alias("amount_ex_vat"),
        pl.col("rated_batch").last(),
        pl.col("adjustment_id").last(),
    )
    counted = pl.col("usage_kind").is_in(["message", "event"])
    return (
        placed.join(stands, on=_PLACED, how="left")
        .join(records.select("usage_id", "charge_id", "usage_kind"), on="usage_id")
        .sort("rated_batch", pl.col("adjustment_id").is_not_null(), maintain_order=True)
        .group_by(_LINE, maintain_order=True)
        .agg(
            pl.col("records", "billed_units", "included_units").fill_null(0).sum(),
            sum_charges(pl.col("amount_ex_vat")),
            pl.col("adjustment_id").last(),
        )
        .with_columns(
            pl.when(counted).then("billed_units").otherwise("records").alias("quantity"),
            pl.when(pl.col("usage_kind") == "call").then("billed_units").otherwise(0).alias("duration_s"),
            booked_on(pl.col("place")).struct.field("article_no"),
        )
        .drop("records", "billed_units")
        .sort(_LINE)
    )
