"""A published table, and the tables that polars computes for some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from pipelines.night import Night
from schemas.columns import COLUMNS


@dataclass(frozen=True)
class Mart:
    """One published table: its name, what a row is, the query over the lake, and columns the registry does not know."""

    name: str
    description: str
    sql: str
    own_columns: dict[str, str] = field(default_factory=dict)

    def describe(self, column: str) -> str:
        """Return a column's description. Raises `KeyError` when nobody has described it."""
        return self.own_columns.get(column) or COLUMNS[column].description


class Derived(NamedTuple):
    """Rows that no query can give, because money is only rounded in `schemas.money`: marts select from its name."""

    name: str
    schema: pl.Schema
    rows: Callable[[Night], pl.DataFrame]
