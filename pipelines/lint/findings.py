"""Rows that a check found, as faults: objects are only made for these."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault, Severity

Frames = dict[str, pl.DataFrame]


def collected(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return rows in one piece: for most tables polars' streaming engine takes longer to start than a check to run."""
    return rows.collect(engine="in-memory")


def findings(
    rows: pl.DataFrame, file: str, value: str, problem: str, remedy: str, *, severity: Severity = "fault"
) -> list[Fault]:
    """Make a fault of each row, in order of `line`.

    `value` names the column with the value found; `problem` may name columns in braces.
    """
    if rows.is_empty():  # as nearly always: to sort nothing takes its time too
        return []
    return [
        Fault(file, row["line"], str(row[value]), problem.format_map(row), remedy, severity)
        for row in rows.sort("line", maintain_order=True).to_dicts()
    ]
