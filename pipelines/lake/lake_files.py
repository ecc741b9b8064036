"""Parquet files of the lake, written and read by polars: much faster than through SQL where many rows move at once.

Which files and rows count is DuckLake's to say (`pipelines/lake/store.py`); nothing here knows the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

ROW_GROUP = 250_000  # small enough to be skipped by its statistics, large enough to compress


def write_rows(path: Path, frame: pl.DataFrame) -> None:
    """Write a Parquet file with statistics, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Level 1 takes the time of snappy and half its space; higher levels take longer and save a few percent.
        frame.write_parquet(path, compression="zstd", compression_level=1, statistics=True, row_group_size=ROW_GROUP)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _scan(path: str) -> pl.LazyFrame:
    # Folders that look like partitions and names that look like patterns mean nothing here.
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def count_rows(path: str) -> int:
    """Count the rows of a file by its footer."""
    return int(_scan(path).select(pl.len()).collect().item())


def read_pieces(path: str, columns: list[str], rows: int, positions: pl.Series | None = None) -> Iterator[pl.DataFrame]:
    """Read a file in pieces of at most `rows` rows, in the order of the file.

    `positions` (Int64, ascending, from 0) are the rows wanted; None for all.
    """
    for offset in range(0, count_rows(path), rows):
        wanted = (
            None if positions is None else positions.filter(positions.is_between(offset, offset + rows - 1)) - offset
        )
        if wanted is None or wanted.len():
            piece = _scan(path).slice(offset, rows).select(columns).collect()
            yield piece if wanted is None else piece[wanted]


def packed(pieces: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Put small pieces together, so that no frame has more than `rows` rows unless its piece had."""
    held: list[pl.DataFrame] = []
    for piece in pieces:
        if held and sum(frame.height for frame in held) + piece.height > rows:
            yield pl.concat(held)
            held = []
        held.append(piece)
    if held:
        yield pl.concat(held)
