"""A connection to DuckDB: nothing is fetched from a network, and its extensions come from their wheels."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import duckdb

from pipelines.lake.store_error import StoreError
from pipelines.lake.table_sql import quoted

EXTENSIONS = {"ducklake": "ducklake", "sqlite_scanner": "sqlite", "postgres_scanner": "postgres"}
MEMORY_LIMIT = "4GB"
# Never reaches for the network.
CONNECTION: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": MEMORY_LIMIT,
}


def extension_file(extension: str) -> Path | None:
    """Return the extension's file from its wheel, or None when the wheel is not installed."""
    spec = importlib.util.find_spec(f"duckdb_extension_{extension}")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "extensions" / f"v{duckdb.__version__}"
    path = folder / f"{extension}.duckdb_extension"
    return path if path.is_file() else None


def bare_connection() -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that never reaches for the network, with times in UTC."""
    connection = duckdb.connect(config=CONNECTION)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def load_extensions(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Load DuckLake and the catalog's own extension from their wheels.

    Raises `StoreError` with the remedy when a wheel is missing or does not fit this DuckDB.
    """
    for extension in ("ducklake", "postgres_scanner" if catalog.startswith("postgres") else "sqlite_scanner"):
        path = extension_file(extension)
        if path is None:
            message = (
                f"DuckDB extension {extension} for {duckdb.__version__} is not installed. "
                f"Install duckdb-extension-{extension.replace('_', '-')}=={duckdb.__version__}"
            )
            raise StoreError(message)
        connection.execute(f"LOAD {quoted(str(path))}")
