"""Small tables held in memory beside the lake: a query of them then costs what it costs DuckDB alone.

DuckLake asks its catalog three questions for every table of every query, some 3 ms, and a run reads the same small
tables again and again. A run has its home to itself, so its store copies a small table when a query first names it, and
writes to both from then on. DuckDB looks for a table among the temporary ones first: no query is written otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb

from schemas.table import Table
from schemas.tables import TABLES

MOST_ROWS = 10_000  # a copy in memory costs about as much as one reading
_TABLES = {table.name: table for table in TABLES}
_WORDS = re.compile(r"\w+")
# How many rows were ever added to a table: never fewer than it has.
_ROWS_ADDED = """
    SELECT table_name, record_count FROM __ducklake_metadata_lake.ducklake_table
      JOIN __ducklake_metadata_lake.ducklake_table_stats USING (table_id) WHERE end_snapshot IS NULL
"""


class HeldTables:
    """The tables of a lake that a connection holds in memory, as its own transaction sees them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns_of: Callable[[Table], str]) -> None:
        self._connection = connection
        self._columns_of = columns_of
        self._most_rows: dict[str, int] = {}
        self._held: set[str] = set()

    def begin(self) -> None:
        """Hold tables from now on, each as the lake has it now; outside a transaction."""
        added = dict(self._connection.execute(_ROWS_ADDED).fetchall())
        self._most_rows = {name: added.get(name, 0) for name in _TABLES}

    def end(self) -> None:
        """Hold nothing any more."""
        self.let_go()
        self._most_rows = {}

    def let_go(self) -> None:
        """Forget the copies; a table is copied anew when a query names it."""
        for name in self._held:
            self._connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        self._held = set()

    def hold_those_named(self, sql: str) -> None:
        """Copy the small tables that a query may name."""
        for name in set(_WORDS.findall(sql)) & self._most_rows.keys() - self._held:
            self.holds(_TABLES[name])

    def holds(self, table: Table) -> bool:
        """Tell whether a table is held, after copying it if it is small."""
        if table.name not in self._held and self._most_rows.get(table.name, MOST_ROWS + 1) <= MOST_ROWS:
            self._held.add(table.name)
            self._copy(table)
        return table.name in self._held

    def _copy(self, table: Table) -> None:
        # An empty table is not looked up at all.
        rows = f"AS FROM lake.{table.name}" if self._most_rows[table.name] else f"({self._columns_of(table)})"
        self._connection.execute(f"CREATE TEMP TABLE {table.name} {rows}")

    def places(self, table: Table, added: int = 0) -> list[str]:
        """Return where a write must go; a table that grows too large with the rows `added` is held no longer."""
        if table.name in self._most_rows:
            self._most_rows[table.name] += added
        if table.name in self._held and self._most_rows[table.name] > MOST_ROWS:
            self._held.remove(table.name)
            self._connection.execute(f"DROP TABLE temp.{table.name}")
        return [f"lake.{table.name}"] + [f"temp.{table.name}"] * (table.name in self._held)
