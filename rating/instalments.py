"""Instalments: a price paid in equal parts, one on each billing date, that add up to it exactly.

Parts are whole hundredths; what does not divide is on the first ones. When the subscription that the product was bought
with has ended, what is left is due at once, where the policy says so.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

from rating.one_off_charges import FEE_SCHEMA
from schemas.money import from_minor, to_minor
from schemas.periods import billing_dates

LEFT = "instalments_left"
_PART = pl.format("one_off:{}:{}", "request_id", "what").alias("charge_id")


def instalment_fees(
    plans: pl.DataFrame,
    accounts: pl.DataFrame,
    ends: pl.DataFrame,
    charged: pl.DataFrame,
    on: date,
    at_end: Literal["due", "continue"],
) -> pl.DataFrame:
    """Return the instalments that have come due by `on` and are not charged yet, as rows of `FEE_SCHEMA`.

    `plans`: INSTALMENT_PLAN rows; `accounts`: ACCOUNT rows of them; `ends`: `subscription_id` and `ends_on` of
    subscriptions that have ended by `on`; `charged`: `charge_id` and `amount_ex_vat` of what was charged of them. The
    first is of the billing date on the day of the order or after it, so each invoice has one.
    """
    held = plans.join(accounts.select("account_id", "account_bucket", "billing_day"), on="account_id")
    held = held.join(ends if at_end == "due" else ends.clear(), on="subscription_id", how="left")
    parts = _parts(held, on)
    due = parts.join(charged, on="charge_id", how="anti").join(_settled(held, charged), on="request_id", how="anti")
    return pl.concat([due.select(FEE_SCHEMA.names()), _left(held, due, charged)])


def _parts(held: pl.DataFrame, on: date) -> pl.DataFrame:
    """Lay out the instalments of billing dates up to `on`, or up to the end of the service."""
    first = held["instalments_from"].min()
    dates = billing_dates(first if isinstance(first, date) else on, on).select("billing_day", on="period_from")
    place = pl.col("on").rank("ordinal").over("request_id").cast(pl.Int64)
    minor, count = to_minor(pl.col("price_amount")), pl.col("instalment_count")
    amount = minor // count + (pl.col("place") <= minor % count).cast(pl.Int64)
    return (
        held.join(dates, on="billing_day")
        .filter(pl.col("on") >= pl.col("instalments_from"))
        .with_columns(place.alias("place"))
        .filter(pl.col("place") <= count, pl.col("ends_on").is_null() | (pl.col("on") < pl.col("ends_on")))
        .with_columns(
            pl.format("instalment_{}", "place").alias("what"),
            from_minor(amount).cast(FEE_SCHEMA["amount_ex_vat"]).alias("amount_ex_vat"),
        )
        .with_columns(_PART)
    )


def _settled(held: pl.DataFrame, charged: pl.DataFrame) -> pl.DataFrame:
    """Return the plans of which all that was left has been charged."""
    return held.with_columns(pl.lit(LEFT).alias("what")).with_columns(_PART).join(charged, on="charge_id", how="semi")


def _left(held: pl.DataFrame, due: pl.DataFrame, charged: pl.DataFrame) -> pl.DataFrame:
    """Charge what is left of plans whose service has ended: their price less what was, and is now, charged of them."""
    before = charged.with_columns(
        pl.col("charge_id").str.extract(r"^one_off:(.*):instalment_\d+$").alias("request_id")
    ).drop_nulls("request_id")
    sums = pl.concat([rows.select("request_id", "amount_ex_vat") for rows in (before, due)])
    paid = sums.group_by("request_id").agg(pl.col("amount_ex_vat").sum().alias("paid"))
    left = (pl.col("price_amount") - pl.col("paid").fill_null(0)).cast(FEE_SCHEMA["amount_ex_vat"])
    ended = held.drop_nulls("ends_on").join(_settled(held, charged), on="request_id", how="anti")
    rows = ended.join(paid, on="request_id", how="left").with_columns(
        left.alias("amount_ex_vat"), pl.lit(LEFT).alias("what"), pl.col("ends_on").alias("on")
    )
    return rows.filter(pl.col("amount_ex_vat") > 0).select(FEE_SCHEMA.names())
