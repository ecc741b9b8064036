"""A table is a list of columns from the registry, a key and a sentence.

From one `Table` come the pandera model that validates frames, the polars schema that reads them,
the store's DDL and the data dictionary.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl

from schemas.columns import COLUMNS

if TYPE_CHECKING:
    from schemas.columns import Column


@dataclass(frozen=True)
class Table:
    """One table of the lake.

    `listing` names the columns in order, separated by white space; a trailing `?` marks a column that
    may be null, a trailing `*` one in which `*` stands for all. `key` is the natural key: no two rows share it.
    `month_of` names the date or time column by whose month big tables are partitioned, beside `account_bucket`
    where the table has one.
    """

    name: str
    description: str
    key: tuple[str, ...]
    listing: str
    month_of: str | None = None
    nullable: frozenset[str] = field(init=False, compare=False)
    columns: tuple[Column, ...] = field(init=False, compare=False)  # a used check hashes anew

    def __post_init__(self) -> None:
        words = self.listing.split()
        names = [word.rstrip("?*") for word in words]
        columns = (
            COLUMNS[name].or_all() if word.endswith("*") else COLUMNS[name]
            for name, word in zip(names, words, strict=True)
        )
        object.__setattr__(self, "columns", tuple(columns))
        object.__setattr__(self, "nullable", frozenset(w[:-1] for w in words if w.endswith("?")))
        missing = set(self.key) - set(names)
        if missing or len(set(names)) != len(names):
            message = f"table {self.name}: key column not listed, or a column twice: {sorted(missing)}"
            raise ValueError(message)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @cached_property
    def schema(self) -> pl.Schema:
        """Polars schema, in column order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @cached_property
    def model(self) -> pa.DataFrameSchema:
        """Pandera model: strict, no coercion."""
        return pa.DataFrameSchema(
            {
                column.name: pa.Column(
                    column.dtype,
                    checks=list(column.checks),
                    nullable=column.name in self.nullable,
                    description=column.description,
                )
                for column in self.columns
            },
            strict=True,
            name=self.name,
            description=self.description,
        )

    def empty(self) -> pl.DataFrame:
        """Return a frame of this table without rows."""
        return pl.DataFrame(schema=self.schema)

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Complete this table's columns and validate them.

        Raises `pandera.errors.SchemaErrors` for a value that
        breaks its column's definition: decisions must have set such rows aside before.
        """
        validated: Any = self.model.validate(self.complete(frame), lazy=True)
        return pl.DataFrame(validated)

    def complete(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Select this table's columns in order; absent nullable columns are filled with null."""
        return frame.with_columns(self.absent(frame.columns)).select(self.names)

    def absent(self, present: Collection[str]) -> list[pl.Expr]:
        """Return the nullable columns that are not among those present, filled with null."""
        return [pl.lit(None, self.schema[n]).alias(n) for n in self.names if n in self.nullable - set(present)]
