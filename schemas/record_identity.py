"""Which records of a file are new, which were received before, and which contradict what was received."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Sorted(NamedTuple):
    """Records in = new + duplicates + differing."""

    new: pl.DataFrame
    duplicates: int
    differing: pl.DataFrame


def sort_out(records: pl.DataFrame, seen: pl.DataFrame, key: str, content: list[str]) -> Sorted:
    """Tell records apart by `key`, and by `content` where the key was seen before, in this file or an earlier one.

    The first record of a key is new; a later one with equal content is a duplicate, with other content `differing`.
    Records without a key count as one key, so that none of them disappears.
    """
    columns = [key, *content]
    known = pl.concat(
        [
            seen.select(columns).with_columns(pl.lit(0, pl.Int64).alias("_at")),
            records.select(columns).with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_at")),
        ]
    )
    first = known.sort("_at").unique(key, keep="first", maintain_order=True)
    judged = records.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_at")).join(
        first.rename({name: f"_first_{name}" for name in [*content, "_at"]}),
        on=key,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"_first_{name}")) for name in content)
    is_new = pl.col("_at") == pl.col("_first__at")
    return Sorted(
        new=judged.filter(is_new).select(records.columns),
        duplicates=judged.filter(~is_new & same).height,
        differing=judged.filter(~is_new & ~same).select(records.columns),
    )
