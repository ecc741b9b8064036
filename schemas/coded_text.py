"""Text that takes few values, as categories while its rows are many: filtered, compared and written as numbers.

Categories are polars' own form of a text column; tables hold text, and what is written is the same either way. Where
all values are known beforehand they are an Enum: a byte or two a value, written in less than half the time.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from schemas.codes import OUTCOMES, SERVICES, USAGE_KINDS

Codes = Mapping[str, pl.Categorical | pl.Enum]

# Of usage records; every other text of theirs is a number or a name of one record.
USAGE_CODES: Codes = {
    "source_system": pl.Categorical(),
    "service": pl.Enum(SERVICES),
    "usage_kind": pl.Enum(USAGE_KINDS),
    "outcome": pl.Enum(OUTCOMES),
    "file_sha256": pl.Categorical(),
}
_CODED = (pl.Categorical, pl.Enum)


def coded(frame: pl.DataFrame, codes: Codes) -> pl.DataFrame:
    """Turn text columns into the categories of `codes`, by name; those that are these already stay as they are."""
    return frame.cast(pl.Schema(codes))


def enumerated(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Turn text columns into categories that know no other values than they hold."""
    return coded(frame, {name: pl.Enum(frame[name].drop_nulls().unique().sort()) for name in names})


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn all categories back into text."""
    return frame.with_columns(pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if dtype in _CODED)


def is_text(dtype: pl.DataType) -> bool:
    """Tell whether a column holds text, as such or as categories."""
    return dtype == pl.String or dtype in _CODED
