"""The transactions of a store: one for each write, and one for all reading between two writes.

Every transaction asks the catalog anew how the lake stands, and DuckLake forgets with it what it knows of a table: some
8 ms for the first query of each. A store that has its home to itself misses nothing when it reads on in one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb


class Transactions:
    """What is open on a connection: nothing, reading, or writing; `undone` is called after a rollback."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, undone: Callable[[], None]) -> None:
        self._connection = connection
        self._undone = undone
        self._is_reading = False
        self._is_writing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read in the transaction there is, or in one that stays open until the next write."""
        if not (self._is_reading or self._is_writing):
            self._connection.execute("BEGIN TRANSACTION")
            self._is_reading = True
        try:
            yield
        except BaseException:
            if self._is_reading:
                self._is_reading = False
                self._roll_back()
            raise

    def end_reading(self) -> None:
        """End the transaction that only read, so that what follows begins with the lake as it stands."""
        if self._is_reading:
            self._is_reading = False
            self._connection.execute("COMMIT")

    @contextmanager
    def writing(self, before_commit: str | None = None) -> Iterator[None]:
        """Commit everything within, or nothing; within another one, that one commits."""
        if self._is_writing:
            yield
            return
        self.end_reading()
        self._connection.execute("BEGIN TRANSACTION")
        self._is_writing = True
        try:
            yield
            if before_commit:
                self._connection.execute(before_commit)
            self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._is_writing = False

    def _roll_back(self) -> None:
        with suppress(duckdb.TransactionException):  # a failed COMMIT has ended the transaction already
            self._connection.execute("ROLLBACK")
        self._undone()
