"""Longest prefix match: which zone a called number lies in.

Prefixes become disjoint intervals of numbers padded to 15 digits (E.164's longest): the interval a number falls into is
that of its longest prefix, so that one search finds every zone. The number of digits follows the padded number, so that
the short number 4690 lies before the prefix 46900 and not in it, and so that a special number, which is one exact
number, is an interval of its own. Every numbering plan has its own range of the padded numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import polars as pl

from rating.interval_lookup import gathered, last_begun

E164_DIGITS = 15
MAIN_PLAN = "main"
_LENGTHS = 16  # room for a number of digits, 0 to 15, behind a padded number
_PLAN_RANGE = 10**E164_DIGITS * _LENGTHS
_ROOM: list[int] = [
    10 ** (E164_DIGITS - digits) * _LENGTHS for digits in range(E164_DIGITS + 1)
]  # of numbers by their digits
ZONE_INTERVALS = {"interval_begins": pl.Int64(), "zone_code": pl.String(), "matched": pl.String()}


@dataclass(frozen=True)
class ZoneIntervals:
    """Every numbering plan as disjoint intervals.

    `frame`: `interval_begins` (plan, padded number and number of digits, sorted), `zone_code` and `matched` (the prefix
    or special number that decided), both null where nothing covers the numbers that follow. `plans`: position by name.
    """

    frame: pl.DataFrame
    plans: dict[str, int]


def zone_intervals(zone_prefix: pl.DataFrame, special_numbers: pl.DataFrame) -> ZoneIntervals:
    """Turn ZONE_PREFIX and SPECIAL_NUMBER rows into intervals; prefixes and special numbers have 1 to 15 digits."""
    prefixes = _of_plan(zone_prefix, "prefix")
    specials = _of_plan(special_numbers, "b_number")
    names = sorted({MAIN_PLAN, *prefixes["numbering_plan"], *specials["numbering_plan"]})
    frames = []
    for position, name in enumerate(names):
        borders = _borders(
            dict(prefixes.filter(pl.col("numbering_plan") == name).select("digits", "zone_code").iter_rows()),
            dict(specials.filter(pl.col("numbering_plan") == name).select("digits", "zone_code").iter_rows()),
        )
        rows = [(position * _PLAN_RANGE + begins, zone, matched) for begins, (zone, matched) in sorted(borders.items())]
        frames.append(pl.DataFrame(rows, schema=ZONE_INTERVALS, orient="row"))
    return ZoneIntervals(pl.concat(frames), {name: position for position, name in enumerate(names)})


def _of_plan(rows: pl.DataFrame, digits: str) -> pl.DataFrame:
    return rows.select(
        pl.col("numbering_plan").fill_null(MAIN_PLAN), pl.col(digits).alias("digits"), pl.col("zone_code")
    )


_Zone = tuple[str | None, str | None]


def _borders(zones: dict[str, str], specials: dict[str, str]) -> dict[int, _Zone]:
    """Lay out one plan: what begins at each number, until the next."""
    borders: dict[int, _Zone] = {0: (None, None)}
    enclosing: list[str] = []
    for prefix in [*sorted(zones), ""]:  # a prefix sorts directly before all that it encloses
        while enclosing and not (prefix and prefix.startswith(enclosing[-1])):
            ended = enclosing.pop()
            after = (int(ended) + 1) * _ROOM[len(ended)]
            borders[after] = (zones[enclosing[-1]], enclosing[-1]) if enclosing else (None, None)
        if prefix:
            borders[_exact(prefix)] = (zones[prefix], prefix)
            enclosing.append(prefix)
    return _with_exact_numbers(borders, specials) if specials else borders


def _with_exact_numbers(borders: dict[int, _Zone], specials: dict[str, str]) -> dict[int, _Zone]:
    """Cut each special number out of the interval it lies in."""
    begins = sorted(borders)
    after = {_exact(number) + 1: borders[begins[bisect_right(begins, _exact(number) + 1) - 1]] for number in specials}
    return borders | after | {_exact(number): (zone, number) for number, zone in specials.items()}


def _exact(number: str) -> int:
    return int(number) * _ROOM[len(number)] + len(number)


def zone_positions(numbers: pl.Series, intervals: ZoneIntervals, plan: pl.Series | str = MAIN_PLAN) -> pl.Series:
    """Return the position in `intervals.frame` of each number (international digits), -1 for null.

    `plan` names the numbering plan, of all numbers or of each; an unknown one counts as `main`.
    """
    frame = pl.DataFrame({"number": numbers}).with_columns(pl.col("number").str.len_bytes().alias("digits"))
    if (frame["digits"] > E164_DIGITS).any():
        frame = frame.with_columns(
            pl.col("number").str.slice(0, E164_DIGITS), pl.col("digits").clip(upper_bound=E164_DIGITS)
        )
    padding = pl.lit(pl.Series(_ROOM, dtype=pl.Int64)).gather(pl.col("digits"))
    padded = pl.col("number").cast(pl.Int64) * padding + pl.col("digits").cast(pl.Int64)
    main = intervals.plans[MAIN_PLAN]
    if isinstance(plan, str):
        keys = frame.select(padded + intervals.plans.get(plan, main) * _PLAN_RANGE).to_series()
    else:
        base = plan.replace_strict(intervals.plans, default=main, return_dtype=pl.Int64)
        keys = frame.select(padded).to_series() + base * _PLAN_RANGE
    return last_begun(intervals.frame["interval_begins"], keys)


def zones_at(positions: pl.Series, intervals: ZoneIntervals) -> pl.Series:
    """Return the zone codes at some positions, null where no prefix matches."""
    return gathered(intervals.frame, positions, "zone_code")[0]
