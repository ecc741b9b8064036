"""Text that takes few values, as categories while its rows are many: filtered, compared and written as numbers.

Categories are polars' own form of a text column; tables hold text, and what is written is the same either way.
"""

from __future__ import annotations

import polars as pl

# Of usage records; every other text of theirs is a number or a name of one record.
USAGE_CODES = ("source_system", "service", "usage_kind", "outcome", "file_sha256")
_CODED = (pl.Categorical, pl.Enum)


def coded(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Turn text columns into categories; those that are categories already stay as they are."""
    return frame.with_columns(pl.col(names).cast(pl.Categorical))


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn all categories back into text."""
    return frame.with_columns(pl.col(name).cast(pl.String) for name, dtype in frame.schema.items() if dtype in _CODED)


def is_text(dtype: pl.DataType) -> bool:
    """Tell whether a column holds text, as such or as categories."""
    return dtype == pl.String or dtype in _CODED
