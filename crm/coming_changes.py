"""What requests have written for a coming day, kept until then so that it can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from crm.working_table import Row
from schemas import tables
from schemas.table import Table

# Where a request writes what holds from a coming day; all else that it brings about is history.
WRITTEN_AHEAD = (tables.SUBSCRIPTION, tables.CONTRACT, tables.NUMBER_ASSIGNMENT, tables.ALLOWANCE_ORDER)
_BY_NAME = {table.name: table for table in WRITTEN_AHEAD}


def coming_change(request_id: str, change_no: int, holds_from: date, table: Table, rows: list[Row | None]) -> Row:
    """Return the COMING_CHANGE row of a row that a request has changed; `rows`: before and after, None for no row."""
    before, after = (None if row is None else json.dumps(row, default=str, sort_keys=True) for row in rows)
    return {
        "request_id": request_id,
        "change_no": change_no,
        "holds_from": holds_from,
        "table_name": table.name,
        "row_before": before,
        "row_after": after,
    }


def rows_of(change: Row) -> tuple[Table, Row | None, Row | None]:
    """Return the table of a COMING_CHANGE row, and the row before and after the change."""
    table = _BY_NAME[change["table_name"]]
    return table, _row(table, change["row_before"]), _row(table, change["row_after"])


def _row(table: Table, text: str | None) -> Row | None:
    if text is None:
        return None
    return {name: _value(value, table.schema[name]) for name, value in json.loads(text).items()}


def _value(value: Any, dtype: pl.DataType) -> Any:
    reads: Callable[[str], Any] | None = (
        date.fromisoformat if dtype == pl.Date
        else _moment if isinstance(dtype, pl.Datetime)
        else Decimal if isinstance(dtype, pl.Decimal)
        else None
    )  # fmt: skip
    return value if value is None or reads is None else reads(value)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
