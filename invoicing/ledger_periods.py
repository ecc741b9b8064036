"""Periods of the books: a closed month takes no posting; what comes late goes to the first open month after it."""

from __future__ import annotations

from datetime import date

import polars as pl


def closed_months(changes: pl.DataFrame) -> list[date]:
    """Return the months (their first days) that are closed now: the last change of each month (LEDGER_PERIOD) tells."""
    last = changes.sort("period_from", "period_change_no").group_by("period_from", maintain_order=True).last()
    return last.filter(pl.col("period_state") == "closed")["period_from"].to_list()


def with_posted_on(rows: pl.DataFrame, closed: list[date]) -> pl.DataFrame:
    """Add `posted_on` to rows with `event_on`: that day, or where its month is closed the first open one after it."""
    moved = {month: _first_open(month, closed) for month in closed}
    month = pl.col("event_on").dt.truncate("1mo")
    open_day = month.replace_strict(moved, default=None, return_dtype=pl.Date)
    return rows.with_columns(pl.coalesce(open_day, "event_on").alias("posted_on"))


def _first_open(month: date, closed: list[date]) -> date:
    while month in closed:
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return month
