"""Tables as SQL: the statements that create and describe what `schemas.tables` defines."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.lake.store_error import StoreError
from schemas.columns import TIMESTAMP
from schemas.table import Table

_SQL_TYPES: dict[str, str] = {"String": "VARCHAR", "Int64": "BIGINT", "Date": "DATE", "Boolean": "BOOLEAN"}


def sql_type(dtype: pl.DataType) -> str:
    """Return the SQL type of a column. Raises `StoreError` for a type the store does not keep."""
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    if dtype == TIMESTAMP:
        return "TIMESTAMPTZ"
    name = str(dtype)
    if name not in _SQL_TYPES:
        message = f"no SQL type for {name}; use one of {sorted(_SQL_TYPES)}, Decimal or a UTC timestamp"
        raise StoreError(message)
    return _SQL_TYPES[name]


def quoted(text: str) -> str:
    """Return a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def columns_of(table: Table) -> str:
    """Return the columns of a table as SQL that creates it says them."""
    return ", ".join(
        f"{c.name} {sql_type(c.dtype)}{'' if c.name in table.nullable else ' NOT NULL'}" for c in table.columns
    )


def ddl(table: Table, catalog: str) -> list[str]:
    """Return the statements that create a table with its comments and partitions."""
    name = f"{catalog}.{table.name}"
    statements = [f"CREATE TABLE {name} ({columns_of(table)})"]
    if table.month_of:
        parts = [f"year({table.month_of})", f"month({table.month_of})"]
        buckets = ["account_bucket"] if "account_bucket" in table.names else []
        statements.append(f"ALTER TABLE {name} SET PARTITIONED BY ({', '.join(buckets + parts)})")
    return statements + comments_of(name, table.description, {c.name: c.description for c in table.columns})


def comments_of(name: str, description: str, columns: Mapping[str, str]) -> list[str]:
    """Return the statements that describe a table and its columns."""
    of_columns = (f"COMMENT ON COLUMN {name}.{column} IS {quoted(text)}" for column, text in columns.items())
    return [f"COMMENT ON TABLE {name} IS {quoted(description)}", *of_columns]
