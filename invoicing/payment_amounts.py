"""What money of any currency is worth in the books: at the rate of the day the bank booked it."""

from __future__ import annotations

import polars as pl

from invoicing.exchange import with_exchange_rate
from schemas.money import in_home_currency


def in_books(payments: pl.DataFrame, rates: pl.DataFrame, home_currency: str) -> pl.DataFrame:
    """Add `exchange_rate` and `home_amount` to rows with `amount`, `currency` and `booked_on`.

    `rates`: EXCHANGE_RATE rows; the last that began by `booked_on` holds, and the books' own currency has 1. Null where
    there is none. The home amount is rounded once.
    """
    rated = with_exchange_rate(payments, rates, home_currency, "booked_on")
    return rated.with_columns(in_home_currency(pl.col("amount"), pl.col("exchange_rate")).alias("home_amount"))
