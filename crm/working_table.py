"""Rows of a table while requests are applied to it: found by key or by a column, and what has changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from schemas.table import Table

Row = dict[str, Any]
Key = tuple[Any, ...]


class WorkingTable:
    """Rows of one table. A row is never changed in place: `put` replaces it, so that a refused request leaves no trace.

    `indexed` names the columns that `where` may search.
    """

    def __init__(self, table: Table, rows: Iterable[Row] = (), indexed: tuple[str, ...] = ()) -> None:
        self.table = table
        self._rows: dict[Key, Row] = {}
        self._index: dict[str, dict[Any, dict[Key, None]]] = {name: {} for name in indexed}
        self._touched: dict[Key, None] = {}
        self._undo: list[tuple[Key, Row | None, bool]] = []
        for row in rows:
            self._set(self.key_of(row), row)
        self._known = frozenset(self._rows)

    def key_of(self, row: Row) -> Key:
        """Return the natural key of a row."""
        return tuple(row[name] for name in self.table.key)

    def get(self, *key: Any) -> Row | None:
        """Return the row with a key, None where there is none."""
        return self._rows.get(key)

    def where(self, column: str, value: Any) -> list[Row]:
        """Return the rows with a value in an indexed column, in order of their keys."""
        return [self._rows[key] for key in sorted(self._index[column].get(value, ()))]

    def is_new(self, row: Row) -> bool:
        """Tell whether no row had the key of this one before."""
        return self.key_of(row) not in self._known

    def put(self, row: Row) -> None:
        """Add a row, or replace the one with its key; a column that is not given is null."""
        whole = {name: row.get(name) for name in self.table.names}
        self._change(self.key_of(whole), whole)

    def remove(self, row: Row) -> None:
        """Take a row out."""
        self._change(self.key_of(row), None)

    def begin(self) -> None:
        """Remember this moment: `undo` returns to it."""
        self._undo = []

    def undo(self) -> None:
        """Return to the last `begin`."""
        for key, row, was_touched in reversed(self._undo):
            self._set(key, row)
            if not was_touched:
                self._touched.pop(key, None)
        self._undo = []

    def mark(self) -> int:
        """Return this moment, for `changed_since`."""
        return len(self._undo)

    def changed_since(self, mark: int) -> list[list[Row | None]]:
        """Return each row that is another than it was at a moment: before and after, None for no row."""
        before: dict[Key, Row | None] = {}
        for key, row, _ in self._undo[mark:]:
            before.setdefault(key, row)
        return [[row, self._rows.get(key)] for key, row in before.items() if row != self._rows.get(key)]

    def changed(self) -> pl.DataFrame:
        """Return the rows to write."""
        rows = [self._rows[key] for key in self._touched if key in self._rows]
        return pl.DataFrame(rows, schema=self.table.schema, orient="row") if rows else self.table.empty()

    def removed(self) -> pl.DataFrame:
        """Return the keys of rows to delete."""
        keys = [key for key in self._touched if key not in self._rows]
        schema = {name: self.table.schema[name] for name in self.table.key}
        return pl.DataFrame(keys, schema=schema, orient="row")

    def _change(self, key: Key, row: Row | None) -> None:
        self._undo.append((key, self._rows.get(key), key in self._touched))
        self._touched[key] = None
        self._set(key, row)

    def _set(self, key: Key, row: Row | None) -> None:
        old = self._rows.pop(key, None)
        for column, index in self._index.items():
            if old is not None:
                index[old[column]].pop(key, None)
            if row is not None:
                index.setdefault(row[column], {})[key] = None
        if row is not None:
            self._rows[key] = row
