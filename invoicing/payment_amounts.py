"""What money of any currency is worth in the books: at the rate of the day the bank booked it."""

from __future__ import annotations

import polars as pl

from schemas.money import RATE, in_home_currency


def in_books(payments: pl.DataFrame, rates: pl.DataFrame, home_currency: str) -> pl.DataFrame:
    """Add `exchange_rate` and `home_amount` to rows with `amount`, `currency` and `booked_on`.

    `rates`: EXCHANGE_RATE rows; the last that began by `booked_on` holds, and the books' own currency has 1. Null where
    there is none. The home amount is rounded once.
    """
    in_order = rates.select("currency", "exchange_rate", pl.col("rate_from").alias("booked_on")).sort("booked_on")
    found = (
        payments.with_row_index("_at")
        .sort("booked_on")
        .join_asof(in_order, on="booked_on", by="currency", strategy="backward", check_sortedness=False)
        .sort("_at")
        .drop("_at")
    )
    own = pl.col("currency") == home_currency
    rate = pl.when(own).then(pl.lit(1).cast(RATE)).otherwise(pl.col("exchange_rate").cast(RATE))
    return found.with_columns(rate.alias("exchange_rate")).with_columns(
        pl.when(own)
        .then(pl.col("amount"))
        .otherwise(in_home_currency(pl.col("amount"), pl.col("exchange_rate")))
        .alias("home_amount")
    )
