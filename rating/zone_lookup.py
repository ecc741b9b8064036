"""Longest prefix match: which zone a called number lies in.

Prefixes become disjoint intervals of numbers padded to 15 digits (E.164's longest), so that one asof join finds
every zone: the interval a number falls into is that of its longest prefix. The number of digits follows the padded
number, so that the short number 4690 lies before the prefix 46900 and not in it.
"""

from __future__ import annotations

import polars as pl

E164_DIGITS = 15
_LENGTHS = 16  # room for a number of digits, 0 to 15, behind a padded number
ZONE_INTERVALS = {"interval_begins": pl.Int64(), "zone_code": pl.String()}


def zone_intervals(zone_prefix: pl.DataFrame) -> pl.DataFrame:
    """Turn a numbering plan (`prefix`, `zone_code`) into intervals.

    Prefixes have 1 to 15 digits. Returns `interval_begins` (padded number and number of digits, sorted) and
    `zone_code`, null where no prefix covers the numbers that follow.
    """
    zones = dict(zip(zone_prefix["prefix"], zone_prefix["zone_code"], strict=True))
    borders: dict[int, str | None] = {0: None}
    enclosing: list[str] = []
    for prefix in [*sorted(zones), ""]:  # a prefix sorts directly before all that it encloses
        while enclosing and not (prefix and prefix.startswith(enclosing[-1])):
            ended = enclosing.pop()
            borders[_padded(int(ended) + 1, len(ended)) * _LENGTHS] = zones[enclosing[-1]] if enclosing else None
        if prefix:
            borders[_padded(int(prefix), len(prefix)) * _LENGTHS + len(prefix)] = zones[prefix]
            enclosing.append(prefix)
    return pl.DataFrame(sorted(borders.items()), schema=ZONE_INTERVALS, orient="row")


def _padded(number: int, digits: int) -> int:
    padding: int = 10 ** (E164_DIGITS - digits)
    return number * padding


def with_zone(usage: pl.DataFrame, intervals: pl.DataFrame) -> pl.DataFrame:
    """Add `zone_code` of each `b_number` (international digits), null where no prefix matches; order is kept."""
    digits = pl.col("b_number").str.slice(0, E164_DIGITS)
    padded = digits.str.pad_end(E164_DIGITS, "0").cast(pl.Int64) * _LENGTHS + digits.str.len_bytes().cast(pl.Int64)
    return (
        usage.with_row_index("_row")
        .with_columns(padded.alias("_padded"))
        .sort("_padded")
        .join_asof(intervals, left_on="_padded", right_on="interval_begins", strategy="backward")
        .sort("_row")
        .drop("_row", "_padded", "interval_begins", strict=False)
    )
