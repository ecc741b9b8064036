"""Price rows made ready for the night: every band spelt out, validity as moments, prices in whole millionths."""

from __future__ import annotations

import polars as pl

from schemas.columns import TIMESTAMP
from schemas.money import to_micro

ANY_BAND = "*"


def price_rows(prices: pl.DataFrame, bands: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Spell out PRICE rows per time band.

    A row for band `*` stands for every band for which the list has no row of its own for that zone on its first day.
    Returns the PRICE columns plus `price_begins_at`, `price_ends_at` (UTC, half-open; null while open),
    `fee_micro` and `price_micro` (Int64 millionths), sorted by `price_begins_at`.
    """
    own = prices.filter(pl.col("time_band") != ANY_BAND)
    general = (
        prices.filter(pl.col("time_band") == ANY_BAND)
        .drop("time_band")
        .join(bands.select("time_band").unique(), how="cross")
        .select(prices.columns)
        .join(own, on=["price_list", "zone_code", "time_band"], how="anti")
    )
    return (
        pl.concat([own, general])
        .with_columns(
            _midnight(pl.col("valid_from"), time_zone).alias("price_begins_at"),
            _midnight(pl.col("valid_to"), time_zone).alias("price_ends_at"),
            to_micro(pl.col("connect_fee")).alias("fee_micro"),
            to_micro(pl.col("price_per_minute")).alias("price_micro"),
        )
        .sort("price_begins_at")
    )


def _midnight(day: pl.Expr, time_zone: str) -> pl.Expr:
    local = day.cast(pl.Datetime("us")).dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").cast(TIMESTAMP)
