"""Price rows made ready for the night: every band spelt out, validity as moments, prices in whole millionths."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from schemas.columns import TIMESTAMP
from schemas.money import to_micro

ANY_BAND = "*"
_SCOPE = ["price_list", "zone_code", "time_band"]
_OPEN = date.max


def price_rows(prices: pl.DataFrame, bands: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Spell out PRICE rows per time band.

    A row for band `*` stands for every band, on the dates on which the list has no row of that band for the zone.
    Returns the PRICE columns plus `price_begins_at`, `price_ends_at` (UTC, half-open; null while open),
    `fee_micro` and `price_micro` (Int64 millionths), sorted by `price_begins_at`.
    """
    own = prices.filter(pl.col("time_band") != ANY_BAND)
    general = (
        prices.filter(pl.col("time_band") == ANY_BAND)
        .drop("time_band")
        .join(bands.select("time_band").unique(), how="cross")
        .select(prices.columns)
    )
    return (
        pl.concat([own, general.join(own, on=_SCOPE, how="anti"), _remaining(general, own)])
        .with_columns(
            _midnight(pl.col("valid_from"), time_zone).alias("price_begins_at"),
            _midnight(pl.col("valid_to"), time_zone).alias("price_ends_at"),
            to_micro(pl.col("connect_fee")).alias("fee_micro"),
            to_micro(pl.col("price_per_minute")).alias("price_micro"),
        )
        .sort("price_begins_at")
    )


def _remaining(general: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Cut out of each general row the dates for which its list, zone and band have a row of their own."""
    taken: dict[tuple[str, ...], list[tuple[date, date]]] = {}
    for row in own.sort("valid_from").to_dicts():
        taken.setdefault(tuple(row[name] for name in _SCOPE), []).append((row["valid_from"], row["valid_to"] or _OPEN))
    rows = [
        row | {"valid_from": begins_on, "valid_to": None if ends_on == _OPEN else ends_on}
        for row in general.join(own, on=_SCOPE, how="semi").to_dicts()
        for begins_on, ends_on in _gaps(
            row["valid_from"], row["valid_to"] or _OPEN, taken[tuple(row[name] for name in _SCOPE)]
        )
    ]
    return pl.DataFrame(rows, schema=general.schema)


def _gaps(begins_on: date, ends_on: date, taken: list[tuple[date, date]]) -> Iterator[tuple[date, date]]:
    """Give the parts of `[begins_on, ends_on)` outside `taken` (periods in order)."""
    for taken_from, taken_to in taken:
        if begins_on < min(taken_from, ends_on):
            yield begins_on, min(taken_from, ends_on)
        begins_on = max(begins_on, taken_to)
    if begins_on < ends_on:
        yield begins_on, ends_on


def _midnight(day: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the first moment of a local day, which is 01:00 where the clock is set forward at midnight."""
    shown = day.cast(pl.Datetime("us"))
    first, second = (
        clock.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        for clock in (shown, shown.dt.offset_by("1h"))
    )
    return pl.coalesce(first, second).dt.convert_time_zone("UTC").cast(TIMESTAMP)
