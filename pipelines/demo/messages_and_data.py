"""Messages and data of the demo's mobile lines: how many, when, to whom and how large, by column operations only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from pipelines.demo.calls import ANSWERED, CALLS, timed
from pipelines.demo.keyed_hash import drawn, mixed
from pipelines.demo.number_series import reserved

RECORDS = {
    **CALLS,
    "node": pl.String(),
    "kind": pl.String(),
    "volume_bytes": pl.Int64(),
    "event_count": pl.Int64(),
}
_EPOCH = date(1970, 1, 1)
_PLACES = 64  # of a line's day: calls take the first 32, messages the next 16, data the rest
_MESSAGE_PLACE, _DATA_PLACE = 32, 48
_MESSAGES_A_DAY = (0,) * 8 + (1, 2)
_DATA_A_DAY = (0,) * 4 + (1,)
_OTHER_NETWORK = "9000"  # behind a reserved number: nobody of ours holds it
_ABROAD = ("4790000001", "358400000001", "447700900000")
# Of 20 data sessions, the least and most megabytes of each.
_SIZES = ((1, 20),) * 9 + ((20, 200),) * 6 + ((200, 800),) * 4 + ((800, 2000),)
_BYTES_OF_MB = 1_000_000
# What a draw is for; those of calls are below 12.
_COUNT, _WHOM, _ABROAD_OR_NOT, _LENGTH, _SIZE, _BYTES = range(12, 18)


def messages_on(days: list[date], lines: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Make the messages that `lines` (of `population.line_table`) send on some local days; columns of `RECORDS`.

    One in twenty goes abroad, the others to one of eight friends in other networks; one in four is so long that it
    counts as more.
    """
    sent = _occasions(days, lines, _MESSAGES_A_DAY, _MESSAGE_PLACE, seed)
    friends, key = [f"{number}{_OTHER_NETWORK}" for number in reserved("mobile")], _key(seed)
    friend = mixed(seed, _WHOM, pl.col("line"), drawn(8, *key(_WHOM))) % len(friends)
    at_home = friend.cast(pl.Int64).replace_strict(range(len(friends)), friends, return_dtype=pl.String)
    abroad = drawn(3, *key(_WHOM)).replace_strict(range(3), _ABROAD, return_dtype=pl.String)
    parts = drawn(8, *key(_LENGTH))
    return _finished(
        sent,
        node=pl.lit("smsc"),
        kind=pl.lit("sms"),
        b_number=pl.when(drawn(20, *key(_ABROAD_OR_NOT)) == 0).then(abroad).otherwise(at_home),
        volume_bytes=pl.lit(0),
        event_count=pl.when(parts < 2).then(parts + 2).otherwise(1),  # noqa: PLR2004 (two of eight)
    )


def data_on(days: list[date], lines: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Make the data sessions of `lines` on some local days; columns of `RECORDS`, without a called number."""
    sessions = _occasions(days, lines, _DATA_A_DAY, _DATA_PLACE, seed)
    key = _key(seed)
    size = drawn(len(_SIZES), *key(_SIZE))
    least, span = ([low for low, _ in _SIZES], [high - low for low, high in _SIZES])
    bounds = [size.replace_strict(range(len(_SIZES)), values, return_dtype=pl.Int64) for values in (least, span)]
    volume = bounds[0] * _BYTES_OF_MB + drawn(_BYTES_OF_MB, *key(_BYTES)) * bounds[1]
    return _finished(
        sessions,
        node=pl.lit("gateway"),
        kind=pl.lit("data"),
        b_number=pl.lit(""),
        volume_bytes=volume,
        event_count=pl.lit(0),
    )


def _occasions(
    days: list[date], lines: pl.DataFrame, a_day: tuple[int, ...], first_place: int, seed: int
) -> pl.DataFrame:
    """One row per line, day and occasion, with the moment it begins."""
    counted = drawn(len(a_day), seed, _COUNT, pl.col("line"), pl.col("day_no"), pl.lit(first_place, pl.Int64))
    count = counted.replace_strict(range(len(a_day)), a_day, return_dtype=pl.Int64)
    return (
        lines.join(pl.DataFrame({"day": days}, schema={"day": pl.Date}), how="cross")
        .filter(pl.col("from_on") <= pl.col("day"), (pl.col("day") < pl.col("to_on")).fill_null(value=True))
        .with_columns((pl.col("day") - pl.lit(_EPOCH)).dt.total_days().alias("day_no"))
        .with_columns(pl.int_ranges(pl.lit(first_place), pl.lit(first_place) + count).alias("place"))
        .filter(pl.col("place").list.len() > 0)
        .explode("place")
        .with_columns((pl.col("line") * _PLACES + pl.col("place")).alias("sequence"))
        .pipe(timed, seed)
    )


def _key(seed: int) -> Callable[[int], tuple[pl.Expr | int, ...]]:
    return lambda purpose: (seed, purpose, pl.col("line"), pl.col("day_no"), pl.col("place"))


def _finished(occasions: pl.DataFrame, **values: pl.Expr) -> pl.DataFrame:
    same = {"disposition": pl.lit(ANSWERED), "ring_s": pl.lit(0), "talk_s": pl.lit(0)}
    return (
        occasions.with_columns(**same, **values)
        .select(pl.col(name).cast(dtype) for name, dtype in RECORDS.items())
        .sort("answered_at", "sequence")
    )
