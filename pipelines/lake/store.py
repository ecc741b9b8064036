"""The lake: DuckLake in an operator's home. The only module that opens it.

Embedded default: Parquet files with a SQLite catalog beside them, so that readers read while the night writes.
DuckLake has no keys of its own: `append` checks each table's natural key before it commits. Many rows move as whole
Parquet files (`pipelines/lake/lake_files.py`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import polars as pl

from pipelines.home import Home
from pipelines.lake import lake_files
from pipelines.lake.connection import bare_connection, load_extensions
from pipelines.lake.held_tables import MOST_ROWS, HeldTables
from pipelines.lake.store_error import StoreError
from pipelines.lake.table_sql import columns_of, comments_of, ddl, quoted
from pipelines.lake.transactions import Transactions
from schemas.coded_text import Codes, is_text, plain
from schemas.policy import StorePolicy
from schemas.table import Table
from schemas.tables import TABLES

_LOCK_RETRIES = 8
_WRITES = re.compile(r"\s*(insert|update|delete|merge)\b", re.IGNORECASE)


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again may help: the catalog was busy, or a file could not be reached just now."""
    text = str(error).lower()
    return isinstance(error, (duckdb.Error, OSError)) and bool(
        re.search(r"database is locked|busy|conflict|connection (reset|refused)|timed? ?out", text)
    )


def _refuse_misfit(table: Table, frame: pl.DataFrame) -> None:
    """Raise `StoreError` unless a frame has exactly a table's columns and types, and no null where none may be.

    Text may come as categories.
    """
    types = {name: pl.String() if is_text(dtype) else dtype for name, dtype in frame.schema.items()}
    if list(types.items()) != list(table.schema.items()):
        message = f"{table.name}: the rows have the columns {frame.schema}, the table has {table.schema}"
        raise StoreError(message)
    nulls = frame.select(name for name in table.names if name not in table.nullable).null_count()
    empty = [name for name, count in zip(nulls.columns, nulls.row(0), strict=True) if count] if nulls.width else []
    if empty:
        message = f"{table.name}: no value in {', '.join(empty)}, where each row must have one"
        raise StoreError(message)


def _refuse_double_keys(table: Table, rows: pl.DataFrame, known: int) -> None:
    """Raise `StoreError` where a key is twice in new rows, or `known` ones in the table already."""
    keys = rows.select(table.key)
    # Where all hashes differ all keys do, and numbers are put in order many times faster than keys are told apart.
    hashes = keys.hash_rows().sort()
    within = 0 if hashes.n_unique() == keys.height else keys.height - keys.n_unique()
    if within or known:
        message = (
            f"{table.name}: {within} keys twice in the new rows, {known} there before (key: {', '.join(table.key)}). "
            "Nothing was written; this is a fault in nightbill, please report it with the run's report."
        )
        raise StoreError(message)


def _refuse_other_columns(present: dict[str, list[str]]) -> None:
    """Raise `StoreError` where a table of the lake has other columns than this version's."""
    for table in TABLES:
        columns = present.get(table.name, table.names)
        if set(columns) != set(table.names):
            wants, has = sorted(set(table.names) - set(columns)), sorted(set(columns) - set(table.names))
            message = (
                f"the lake's table {table.name} is another version's: it lacks {', '.join(wants) or 'nothing'}, and "
                f"holds {', '.join(has) or 'nothing'} that is unknown here. Use the version that made it, or a new home"
            )
            raise StoreError(message)


def _near(table: Table, keys: pl.DataFrame) -> tuple[str, list[Any]]:
    """Return the condition that a row's key lies between the first and last of `keys`, and its parameters.

    Files whose keys all lie below or above need then not be read.
    """
    bounded = [name for name in table.key if name not in table.nullable]
    near = " AND ".join(f"{table.name}.{name} BETWEEN ? AND ?" for name in bounded) or "true"
    return near, [bound for name in bounded for bound in (keys[name].min(), keys[name].max())]


class Store:
    """An open lake. Use it from one thread; give each task its own.

    One that may write has the home to itself, so it holds small tables in memory; one that only reads sees each change.
    """

    def __init__(self, home: Home, policy: StorePolicy, *, read_only: bool = False) -> None:
        self._connection = bare_connection()
        self._held = HeldTables(self._connection, columns_of)
        self._has_home_to_itself = False
        self._transactions = Transactions(self._connection, undone=self._held.let_go)
        catalog = policy.catalog or f"sqlite:{home.lake / 'catalog.sqlite'}"
        load_extensions(self._connection, catalog)
        data_path = policy.data_path or str(home.lake / "data")
        options = [f"DATA_PATH {quoted(data_path)}", "OVERRIDE_DATA_PATH true"] + ["READ_ONLY"] * read_only
        if policy.threads:
            self._connection.execute(f"SET threads = {policy.threads}")
        self._connection.execute(f"SET temp_directory = {quoted(str(home.lake / 'spill'))}")
        self._retry(f"ATTACH {quoted('ducklake:' + catalog)} AS lake ({', '.join(options)})")
        self._connection.execute("USE lake")
        self._data_path = str(self.query("SELECT data_path FROM ducklake_settings('lake')")["data_path"][0])
        if not read_only:
            self._create_missing_tables()
            self._has_home_to_itself = True
            self.look_again()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _retry(self, sql: str) -> None:
        """Run one statement, waiting out a busy catalog."""
        for attempt in range(_LOCK_RETRIES):
            try:
                self._connection.execute(sql)
            except duckdb.Error as error:
                if attempt == _LOCK_RETRIES - 1 or not is_transient(error):
                    raise
                time.sleep(0.05 * 2**attempt)
            else:
                return

    def _create_missing_tables(self) -> None:
        sql = "SELECT table_name, list(column_name ORDER BY column_index) AS columns FROM duckdb_columns()"
        rows = self.query(f"{sql} WHERE database_name = 'lake' GROUP BY table_name").rows()
        present: dict[str, list[str]] = dict(rows)
        _refuse_other_columns(present)
        missing = [table for table in TABLES if table.name not in present]
        if missing:
            with self.transaction("create tables"):
                for table in missing:
                    self._connection.execute(";".join(ddl(table, "lake")))
                    self._begin_statistics(table)

    def _begin_statistics(self, table: Table) -> None:
        """Let DuckLake keep statistics of a new table, by a row that comes and goes within this transaction.

        Of a table that has none, DuckLake 1.5 asks its catalog anew for each column of each query: some 2 ms each time.
        """
        zeros = (pl.lit(None if c.name in table.nullable else 0).cast(c.dtype).alias(c.name) for c in table.columns)
        with self._lending(pl.select(zeros)):
            self._connection.execute(f"INSERT INTO lake.{table.name} BY NAME SELECT * FROM lent")  # noqa: S608 (names are ours)
        self._connection.execute(f"DELETE FROM lake.{table.name}")  # noqa: S608 (names are ours)

    @contextmanager
    def transaction(self, message: str) -> Iterator[None]:
        """Commit everything within, or nothing; `message` stays on the snapshot."""
        with self._transactions.writing(f"CALL lake.set_commit_message('nightbill', {quoted(message)})"):
            yield

    def look_again(self) -> None:
        """Read from now on what stands in the lake itself, whoever wrote it; outside a transaction."""
        self._held.let_go()  # within the transaction that reads: outside, each table would take one
        self._transactions.end_reading()
        self._held.begin()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Run a SELECT and return its rows; times come back as UTC. Raises `StoreError` for a statement that writes."""
        if _WRITES.match(sql):  # it would reach what is held in memory only
            message = "a query only reads; write by append, upsert, delete, delete_where or execute"
            raise StoreError(message)
        with self._transactions.reading() if self._has_home_to_itself else nullcontext():
            self._held.hold_those_named(sql)
            # `sql(…, params)` would make a Python object of every value: ten times slower.
            frame = pl.DataFrame(self._connection.execute(sql, list(parameters)).to_arrow_table())
        moments = [
            n for n, t in frame.schema.items() if isinstance(t, pl.Datetime) and t.time_zone not in {None, "UTC"}
        ]
        return frame.with_columns(pl.col(moments).dt.convert_time_zone("UTC"))

    def read(
        self,
        table: Table,
        where: str = "true",
        parameters: Sequence[Any] = (),
        *,
        columns: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Read a table's rows, in its types; some of its `columns`, or all."""
        names = list(columns or table.names)
        sql = f"SELECT {', '.join(names)} FROM {table.name} WHERE {where}"  # noqa: S608 (names are ours)
        return self.query(sql, parameters).select(names).cast({name: table.schema[name] for name in names})

    def select(self, table: Table, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Run a SELECT whose rows are rows of a table, and return them in its columns and types."""
        return self.query(sql, parameters).select(table.names).cast(table.schema)

    def batches(
        self,
        table: Table,
        where: str = "true",
        parameters: Sequence[Any] = (),
        *,
        rows: int = 1_000_000,
        columns: Sequence[str] | None = None,
        codes: Codes = MappingProxyType({}),
    ) -> Iterator[pl.DataFrame]:
        """Read a table's rows in frames of at most `rows` rows, in its types, without holding them all.

        Text columns named in `codes` come as its categories.
        DuckLake says at once which files hold rows that `where` finds and how many; polars reads those files when the
        frames are taken, by whichever thread. The order is that of the files, and the same each time while nothing is
        written.
        """
        names = list(columns or table.names)
        types = pl.Schema({name: codes.get(name, table.schema[name]) for name in names})
        pieces = (
            piece.select(names).cast(types)
            for source in self._sources(table, (where, parameters), names, rows)
            for piece in source
        )
        return lake_files.packed(pieces, rows)

    def _sources(
        self, table: Table, condition: tuple[str, Sequence[Any]], names: list[str], rows: int
    ) -> list[Iterator[pl.DataFrame]]:
        """Give the rows that fulfil a condition in pieces: those of each file, or those held in memory."""
        where, parameters = condition
        if self._held.holds(table):
            sql = f"SELECT {', '.join(names)} FROM {table.name} WHERE {where}"  # noqa: S608 (names are ours)
            found = self.query(sql, parameters)
            return [found.iter_slices(rows)] if found.height else []
        sql = f"SELECT filename, count(*)::BIGINT AS found FROM lake.{table.name} WHERE {where} GROUP BY filename"  # noqa: S608 (names are ours)
        return [
            self._pieces(table, condition, names, filename, found, rows)
            for filename, found in self.query(sql, parameters).sort("filename").rows()
        ]

    def _pieces(
        self, table: Table, condition: tuple[str, Sequence[Any]], names: list[str], filename: str, found: int, rows: int
    ) -> Iterator[pl.DataFrame]:
        """Give the rows of one file, or of those that DuckLake keeps in its catalog, that fulfil a condition."""
        where, parameters = condition
        source = f"FROM lake.{table.name} WHERE ({where}) AND filename = {quoted(filename)}"
        if not (filename.endswith(".parquet") and self._has_local_files):
            return self.query(f"SELECT {', '.join(names)} {source}", parameters).iter_slices(rows)
        positions = None
        # Deleted rows are missing from what was found, so a file that is complete has none.
        if found < lake_files.count_rows(filename):
            sql = f"SELECT file_row_number::BIGINT AS position {source} ORDER BY position"
            positions = self.query(sql, parameters)["position"]
        return lake_files.read_pieces(filename, names, rows, positions)

    def read_matching(
        self, table: Table, keys: pl.DataFrame, where: str = "true", parameters: Sequence[Any] = ()
    ) -> pl.DataFrame:
        """Read the rows of a table whose values in the columns of `keys` stand in `keys`."""
        if keys.is_empty():
            return table.empty()
        rows = f"(SELECT * FROM {table.name} WHERE {where})"  # noqa: S608 (names are ours)
        sql = f"SELECT {', '.join(table.names)} FROM {rows} SEMI JOIN lent USING ({', '.join(keys.columns)})"  # noqa: S608
        with self._lending(keys.unique()):
            return self.select(table, sql, parameters)

    def sums(
        self,
        table: Table,
        summed: str,
        key: str,
        where: str = "true",
        parameters: Sequence[Any] = (),
        of: pl.DataFrame | None = None,
    ) -> pl.DataFrame:
        """Add up a column per value of `key`, where `of` is given only of the values that stand there."""
        rows = f"SELECT {key}, sum({summed}) AS {summed} FROM {table.name} WHERE {where}"  # noqa: S608 (names are ours)
        if of is None:
            return self.query(f"{rows} GROUP BY {key}", parameters)
        with self._lending(of.select(key).unique()):
            return self.query(f"{rows} AND {key} IN (FROM lent) GROUP BY {key}", parameters)

    def count(self, table: Table) -> int:
        """Count a table's rows."""
        return int(self.query(f"SELECT count(*)::BIGINT AS n FROM {table.name}")["n"][0])  # noqa: S608 (names are ours)

    def last_number(self, table: Table, column: str, where: str = "true", parameters: Sequence[Any] = ()) -> int:
        """Return the highest number in a column; 0 where there is none."""
        sql = f"SELECT coalesce(max({column}), 0)::BIGINT AS n FROM {table.name} WHERE {where}"  # noqa: S608 (names are ours)
        return int(self.query(sql, parameters)["n"][0])

    def append(self, table: Table, frame: pl.DataFrame) -> int:
        """Append rows and return how many.

        Raises `StoreError` when a key is there twice, within the frame or with the table, and pandera's
        SchemaErrors when a value breaks its column's definition.
        """
        rows = table.conform(frame)
        if rows.is_empty():
            return 0
        self.refuse_double_keys(table, rows)
        return self._add(table, rows)

    def append_file(self, table: Table, frame: pl.DataFrame) -> int:
        """Append rows whose keys and values the caller has proven, and return how many.

        Many rows become one Parquet file beside the table's others; a transaction undone leaves it as an orphan, as
        DuckLake's own. Raises `StoreError` when the frame has not exactly the table's columns and types, or a null
        where there must be none.
        """
        _refuse_misfit(table, frame)
        return self._add(table, frame) if frame.height else 0

    def _add(self, table: Table, rows: pl.DataFrame) -> int:
        """Write rows: as one file where DuckLake takes it (a partitioned table takes none) and this process can."""
        places = self._held.places(table, added=rows.height)
        # Few rows go through INSERT: as fast, and the smallest stay in the catalog. A file is more than is ever held.
        if rows.height <= MOST_ROWS or table.month_of or not self._has_local_files:
            with self._lending(plain(rows)), self._transactions.writing():
                for place in places:
                    self._connection.execute(f"INSERT INTO {place} BY NAME SELECT * FROM lent")  # noqa: S608 (names are ours)
            return rows.height
        name = self.query("SELECT uuidv7()::VARCHAR AS name")["name"][0]
        path = Path(self._data_path) / "main" / table.name / f"ducklake-{name}.parquet"
        lake_files.write_rows(path, rows)
        with self._transactions.writing():
            self._connection.execute(f"CALL ducklake_add_data_files('lake', {quoted(table.name)}, {quoted(str(path))})")
        return rows.height

    @property
    def _has_local_files(self) -> bool:
        """Tell whether the data path is a folder, not an object store."""
        return "://" not in self._data_path

    @contextmanager
    def _lending(self, frame: pl.DataFrame) -> Iterator[None]:
        """Let DuckDB read a frame under the name `lent`."""
        self._connection.register("lent", frame)
        try:
            yield
        finally:
            self._connection.unregister("lent")

    def lend(self, name: str, frame: pl.DataFrame) -> None:
        """Let queries read a frame under a name, until it is taken back; they must not filter it with WHERE."""
        self._connection.register(name, frame)

    def take_back(self, name: str) -> None:
        """End what `lend` began."""
        self._connection.unregister(name)

    def refuse_double_keys(self, table: Table, rows: pl.DataFrame) -> None:
        """Raise `StoreError` when a key is there twice, within some rows or with the table; the rows may lack the rest.

        Whoever appends rows in parts (`append_file`) asks once for all of them, before the first.
        """
        _refuse_double_keys(table, rows, self._count_known(table, rows))

    def _count_known(self, table: Table, rows: pl.DataFrame) -> int:
        """Count the table's rows whose key stands in `rows`."""
        keys, using = rows.select(table.key), ", ".join(table.key)
        near, bounds = _near(table, keys)
        sql = (
            f"SELECT count(*)::BIGINT AS n FROM (SELECT {using} FROM {table.name} WHERE {near}) "  # noqa: S608 (names are ours)
            f"SEMI JOIN lent USING ({using})"
        )
        with self._lending(keys):
            return int(self.query(sql, bounds)["n"][0])

    def replace(self, table: Table, frame: pl.DataFrame) -> int:
        """Replace a table's whole content."""
        self.delete_where(table, "true")
        return self.append(table, frame)

    def upsert(self, table: Table, frame: pl.DataFrame) -> int:
        """Replace the rows that share a key with `frame`, append the others."""
        rows = table.conform(frame)
        if rows.is_empty():
            return 0
        if self._count_known(table, rows):  # mostly there are none, and to delete none takes twice as long as to look
            self.delete(table, rows)
        _refuse_double_keys(table, rows, 0)
        return self._add(table, rows)

    def delete(self, table: Table, keys: pl.DataFrame) -> None:
        """Delete the rows whose key stands in `keys`."""
        if keys.is_empty():
            return
        near, bounds = _near(table, keys)
        condition = " AND ".join([near, *(f"{table.name}.{k} = lent.{k}" for k in table.key)])
        with self._lending(keys.select(table.key).unique()), self._transactions.writing():
            for place in self._held.places(table):
                self._connection.execute(f"DELETE FROM {place} USING lent WHERE {condition}", bounds)  # noqa: S608 (names are ours)

    def delete_where(self, table: Table, where: str, parameters: Sequence[Any] = ()) -> None:
        """Delete the rows that fulfil a condition."""
        with self._transactions.writing():
            for place in self._held.places(table):
                self._connection.execute(f"DELETE FROM {place} WHERE {where}", parameters)  # noqa: S608 (names are ours)

    def execute(self, sql: str) -> None:
        """Run any statement on the lake itself; the store then looks at nothing but the lake."""
        self._transactions.end_reading()
        self._held.end()
        self._has_home_to_itself = False
        self._connection.execute(sql)

    @contextmanager
    def attached(self, path: Path, name: str) -> Iterator[None]:
        """Attach a new database under a name, and commit all that is put into it within, or nothing."""
        self._transactions.end_reading()
        self._connection.execute(f"ATTACH {quoted(str(path))} AS {name}")
        try:
            with self._transactions.writing():
                yield
        finally:
            self._connection.execute(f"DETACH {name}")

    def create(self, name: str, sql: str) -> None:
        """Make a table of an attached database of what a SELECT gives."""
        self._held.hold_those_named(sql)
        self._connection.execute(f"CREATE TABLE {name} AS {sql}")

    def describe(self, name: str, description: str, columns: Mapping[str, str]) -> None:
        """Say of a table of an attached database, and of its columns, what they are."""
        self._connection.execute(";".join(comments_of(name, description, columns)))

    def file_counts(self, small_bytes: int) -> dict[str, int]:
        """Count the files of each table whose files are small on average."""
        sql = "SELECT table_name, file_count FROM ducklake_table_info('lake') WHERE file_size_bytes < ? * file_count"
        return dict(self.query(sql, [small_bytes]).rows())

    def compact(self, names: Sequence[str], small_bytes: int) -> None:
        """Put the files of tables that are smaller than `small_bytes` together; outside a transaction.

        Snapshots stay as they are. The old files are removed days later, when nobody can be reading them still.
        """
        self._transactions.end_reading()
        self._connection.execute("CALL ducklake_flush_inlined_data('lake')")
        for name in names:
            merge = f"CALL ducklake_merge_adjacent_files('lake', {quoted(name)}, max_file_size => {small_bytes:d})"
            self._connection.execute(merge)
        self._connection.execute("CALL ducklake_cleanup_old_files('lake', older_than => now() - INTERVAL 7 DAY)")

    def snapshot_id(self) -> int:
        """Return the lake's newest snapshot, for reading this moment again later."""
        return int(self.query("SELECT max(snapshot_id)::BIGINT AS n FROM lake.snapshots()")["n"][0])

    def snapshots_of(self, table: Table, where: str, parameters: Sequence[Any] = ()) -> list[int]:
        """Return the snapshots in which the rows that `where` finds were committed, oldest first."""
        sql = f"SELECT DISTINCT snapshot_id::BIGINT AS n FROM lake.{table.name} WHERE {where} ORDER BY n"  # noqa: S608 (names are ours)
        return self.query(sql, parameters)["n"].to_list()

    def read_at(self, table: Table, snapshot: int, where: str = "true", parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Read a table's rows as they stood at a snapshot.

        Raises DuckDB's error where that snapshot has been expired.
        """
        names = ", ".join(table.names)
        sql = f"SELECT {names} FROM lake.{table.name} AT (VERSION => {snapshot:d}) WHERE {where}"  # noqa: S608 (names are ours)
        return self.select(table, sql, parameters)


@contextmanager
def open_store(home: Home, policy: StorePolicy, *, read_only: bool = False) -> Iterator[Store]:
    """Open the lake of a home and close it again."""
    store = Store(home, policy, read_only=read_only)
    try:
        yield store
    finally:
        store.close()
