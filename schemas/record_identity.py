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
    doubtful = _comes_twice(records[key], seen[key])
    if not doubtful.any():
        return Sorted(records, 0, records.clear())
    numbered = records.with_row_index("_at")
    judged = _compared(numbered.filter(doubtful), seen, key, content)
    is_new = pl.col("_is_new")
    repeated = judged.filter(~is_new)
    differing = repeated.filter(~pl.col("_same"))
    return Sorted(
        new=records.filter(~numbered["_at"].is_in(repeated["_at"].implode())),
        duplicates=repeated.height - differing.height,
        differing=differing.select(records.columns),
    )


def _comes_twice(keys: pl.Series, seen: pl.Series) -> pl.Series:
    """Mark the records whose key may not be alone; most files have none.

    Keys are told apart by a hash: two that share one by chance are only compared for nothing.
    """
    hashes = pl.concat([seen.rename(keys.name), keys]).hash()
    if hashes.n_unique() == len(hashes):
        return pl.Series([False]).new_from_index(0, len(keys))
    return hashes.is_duplicated().slice(len(seen))


def _compared(numbered: pl.DataFrame, seen: pl.DataFrame, key: str, content: list[str]) -> pl.DataFrame:
    """Add `_is_new` and `_same`: whether a record is the first of its key, and whether it says what the first said."""
    columns = [key, *content]
    known = pl.concat(
        [
            seen.select(columns).with_columns(pl.lit(None, numbered["_at"].dtype).alias("_at")),
            numbered.select(*columns, "_at"),
        ]
    )
    first = known.unique(key, keep="first", maintain_order=True).rename({n: f"_first_{n}" for n in [*content, "_at"]})
    judged = numbered.join(first, on=key, how="left", nulls_equal=True, maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"_first_{name}")) for name in content)
    is_new = (pl.col("_at") == pl.col("_first__at")).fill_null(value=False)
    return judged.with_columns(is_new.alias("_is_new"), same.alias("_same"))
