"""Calls of the demo's customers: who calls whom, when and for how long, by column operations only."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.demo.destinations import SLOTS, Destinations
from pipelines.demo.keyed_hash import drawn, mixed
from pipelines.demo.population import CALL_CENTRE, MOBILE

TIME_ZONE = "Europe/Stockholm"
CALLS = {
    "switch": pl.String(),
    "a_number": pl.String(),
    "caller_name": pl.String(),
    "b_number": pl.String(),
    "answered_at": pl.Datetime("us", "UTC"),
    "ring_s": pl.Int64(),
    "talk_s": pl.Int64(),
    "disposition": pl.String(),
    "sequence": pl.Int64(),
}
ANSWERED, NO_ANSWER, BUSY, FAILED = "ANSWERED", "NO ANSWER", "BUSY", "FAILED"
_EPOCH = date(1970, 1, 1)
_MOST_CALLS_A_DAY = 64  # a call's sequence number is its line times this plus its place in the day
_FRIDAY = 5  # polars counts weekdays from Monday = 1
# Of 24 calls, how many begin in each hour: offices, evenings, and a few at night.
_HOURS = (0, 2, 5, 6, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 12, 13, 13, 14, 14, 15, 15, 16, 16, 17, 17, 17, 18,
          18, 18, 19, 19, 19, 20, 20, 21, 22, 23)  # fmt: skip
_OFFICE_HOURS = (8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
# Of 20 calls, the shortest and longest talk of each in seconds.
_TALKS = ((1, 30),) * 5 + ((30, 180),) * 9 + ((180, 900),) * 5 + ((900, 3600),)
_DISPOSITIONS = (ANSWERED,) * 82 + (NO_ANSWER,) * 10 + (BUSY,) * 5 + (FAILED,) * 3
# What a draw is for, so that two draws of one call differ.
_COUNT, _HOUR, _SECOND, _TWICE, _FATE, _ZERO, _LENGTH, _TALK, _RING, _FRIEND, _SLOT, _WHOM = range(12)


def calls_on(days: list[date], lines: pl.DataFrame, called: Destinations, seed: int) -> pl.DataFrame:
    """Make the calls that `lines` (of `population.line_table`) make on some local days; columns of `CALLS`, sorted."""
    return (
        _attempts(days, lines, seed)
        .pipe(timed, seed)
        .pipe(_talked, seed)
        .pipe(_addressed, called, seed)
        .select(pl.col(name).cast(dtype) for name, dtype in CALLS.items())
        .sort("answered_at", "sequence")
    )


def _call(seed: int, purpose: int) -> tuple[pl.Expr | int, ...]:
    return (seed, purpose, pl.col("line"), pl.col("day_no"), pl.col("place"))


def _listed(values: tuple[int, ...], place: pl.Expr) -> pl.Expr:
    return place.replace_strict(range(len(values)), values, return_dtype=pl.Int64)


def _attempts(days: list[date], lines: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One row per line, day and call: `place` is the call's place in the line's day."""
    calendar = pl.DataFrame({"day": days}, schema={"day": pl.Date})
    weekend = pl.col("day").dt.weekday() > _FRIDAY
    at_most = (
        pl.when(pl.col("switch") == CALL_CENTRE)
        .then(pl.when(weekend).then(1).otherwise(14))
        .when(pl.col("switch") == MOBILE)
        .then(5)
        .otherwise(4)
    )
    return (
        lines.join(calendar, how="cross")
        .filter(pl.col("from_on") <= pl.col("day"), (pl.col("day") < pl.col("to_on")).fill_null(value=True))
        .with_columns((pl.col("day") - pl.lit(_EPOCH)).dt.total_days().alias("day_no"))
        .with_columns((mixed(seed, _COUNT, pl.col("line"), pl.col("day_no")) % at_most.cast(pl.UInt64)).alias("count"))
        .with_columns(pl.int_ranges(pl.lit(0), pl.col("count").cast(pl.Int64)).alias("place"))
        .filter(pl.col("count") > 0)
        .explode("place")
        .with_columns((pl.col("line") * _MOST_CALLS_A_DAY + pl.col("place")).alias("sequence"))
    )


def timed(attempts: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Add `answered_at`, UTC, to rows with `line`, `switch`, `day`, `day_no` and `place`.

    In the autumn hour that comes twice, half the calls are in each; none is in the spring hour that is skipped.
    """
    hour = (
        pl.when(pl.col("switch") == CALL_CENTRE)
        .then(_listed(_OFFICE_HOURS, drawn(len(_OFFICE_HOURS), *_call(seed, _HOUR))))
        .otherwise(_listed(_HOURS, drawn(len(_HOURS), *_call(seed, _HOUR))))
    )
    clock = pl.duration(seconds=hour * 3600 + drawn(3600, *_call(seed, _SECOND)), time_unit="us")
    which = pl.when(drawn(2, *_call(seed, _TWICE)) == 0).then(pl.lit("earliest")).otherwise(pl.lit("latest"))
    local = (pl.col("day").cast(pl.Datetime("us")) + clock).dt.replace_time_zone(
        TIME_ZONE, ambiguous=which, non_existent="null"
    )
    return attempts.with_columns(local.dt.convert_time_zone("UTC").alias("answered_at")).filter(
        pl.col("answered_at").is_not_null()
    )


def _talked(attempts: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Add what became of each call; one answered call in ninety has no duration at all."""
    fate = drawn(len(_DISPOSITIONS), *_call(seed, _FATE)).replace_strict(
        range(len(_DISPOSITIONS)), _DISPOSITIONS, return_dtype=pl.String
    )
    length = drawn(len(_TALKS), *_call(seed, _LENGTH))
    shortest = _listed(tuple(low for low, _ in _TALKS), length)
    span = _listed(tuple(high - low for low, high in _TALKS), length)
    talk = shortest + (mixed(*_call(seed, _TALK)) % span.cast(pl.UInt64)).cast(pl.Int64)
    silent = (fate != ANSWERED) | (drawn(90, *_call(seed, _ZERO)) == 0)
    return attempts.with_columns(
        fate.alias("disposition"),
        pl.when(silent).then(0).otherwise(talk).alias("talk_s"),
        (drawn(18, *_call(seed, _RING)) + 2).alias("ring_s"),
    )


def _addressed(attempts: pl.DataFrame, called: Destinations, seed: int) -> pl.DataFrame:
    """Add `b_number`: seven calls of ten go to one of eight friends, the others to anybody."""
    anybody = drawn(1_000_000, *_call(seed, _WHOM)) + 8
    friend = drawn(10, *_call(seed, _FRIEND))
    whom = pl.when(friend < 7).then(friend).otherwise(anybody)  # noqa: PLR2004 (seven of ten)
    person: tuple[pl.Expr | int, ...] = (pl.col("line"), pl.col("whom"))
    place_in_zone = (mixed(seed, _WHOM, *person) % pl.col("count_in_zone").cast(pl.UInt64)).cast(pl.Int64)
    slots = called.slots.rename({"count": "count_in_zone"})
    return (
        attempts.with_columns(whom.alias("whom"))
        .with_columns((pl.col("habit") * SLOTS + drawn(SLOTS, seed, _SLOT, *person)).alias("slot"))
        .join(slots, on="slot", how="left", maintain_order="left")
        .with_columns((pl.col("first") + place_in_zone).alias("position"))
        .join(called.numbers, on="position", how="left", maintain_order="left")
    )
