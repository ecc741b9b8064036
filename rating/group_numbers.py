"""One whole number for the values of several columns, so that rows are grouped and joined by a single integer.

Grouping a million rows by one integer takes a fraction of what it takes by several columns or by text.
"""

from __future__ import annotations

import polars as pl

_MOST = 2**63 - 1


def group_numbers(frame: pl.DataFrame, *names: str) -> pl.Series:
    """Number rows so that two have the same number where they agree in every named column (Int64).

    Columns of text, whole numbers (a range below 2 to the power of 62), days and moments; null agrees with null.
    Numbers mean nothing beyond `frame`.
    """
    number = pl.Series([0], dtype=pl.Int64).new_from_index(0, frame.height)
    room = 1
    for name in names:
        values = _whole(frame[name])
        least, most, has_null = values.min(), values.max(), bool(values.null_count())
        if not isinstance(least, int) or not isinstance(most, int):
            continue  # nothing but null
        if least == most and not has_null:
            continue
        values, width = values.cast(pl.Int64) - (least - has_null), most - least + 1 + has_null
        values = values.fill_null(0) if has_null else values
        if room * width > _MOST:  # no more than one number a row, then
            number, room = number.rank("dense").cast(pl.Int64), frame.height + 1
        if room * width > _MOST:
            values, width = values.rank("dense").cast(pl.Int64), frame.height + 1
        number, room = number * width + values, room * width
    return number


def _whole(values: pl.Series) -> pl.Series:
    coded = values.cast(pl.Categorical) if values.dtype == pl.String else values
    return coded.to_physical()
