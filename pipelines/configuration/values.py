"""What a cell of the configuration must look like, by its column's definition: expressions for whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

from pipelines.configuration.cells import FILLED, FILLED_OR_EMPTY
from schemas.columns import Column
from schemas.table import Table

_SHAPES = {
    "Int64": (r"-?[0-9]{1,18}", "a whole number"),
    "Date": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date as 2026-12-31"),
    "Boolean": (r"(?:yes|no)", "yes or no"),
}


@dataclass(frozen=True)
class Doubt:
    """What may be wrong with a column: whether it `occurs` at all, `where`, and what to tell of each such row.

    `shown` names the column with the value to tell.
    """

    occurs: pl.Expr
    where: pl.Expr
    shown: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class ColumnRules:
    """How the text of one column becomes values, and what the values must satisfy.

    `shape` is the pattern of a filled cell, without one any text will do; `expected` says it in words.
    """

    column: Column
    nullable: bool
    shape: str
    expected: str

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.column.name

    @property
    def cell(self) -> str:
        """Pattern of a sound cell in a line of CSV without blanks around its cells."""
        if not self.shape:
            return FILLED_OR_EMPTY if self.nullable else FILLED
        optional = '|""|' if self.nullable else ""
        return f'(?:{self.shape}|"{self.shape}"{optional})'

    def values(self, text: pl.Expr) -> pl.Expr:
        """Turn text into values; what does not fit, and an empty cell, becomes null."""
        if not self.shape:
            return pl.when(text != "").then(text)
        fitting = pl.when(text.str.contains(f"^{self.shape}$")).then(text)
        if self.column.dtype == pl.Date:
            return fitting.str.to_date("%Y-%m-%d", strict=False)
        return fitting == "yes" if self.column.dtype == pl.Boolean else fitting.cast(self.column.dtype)

    def misread(self, text: str) -> Doubt:
        """Doubt the cells: not of the column's type, or empty where they must not be. `text` names their column."""
        no_value = pl.col(self.name).is_null()
        wrong = no_value & (pl.col(text) != "") if self.nullable else no_value
        return Doubt(wrong.any(), wrong, text, f"{self.name} must be {self.expected}", self.column.description)

    def broken(self) -> Iterator[Doubt]:
        """Doubt the values: one check of the column after the other."""
        values = pl.col(self.name)
        # Few texts of a column differ, and to find those is faster than to check all.
        distinct = values.unique() if self.column.dtype == pl.String else values
        for check in self.column.checks:
            problem = f"{self.name} must satisfy {check.error}"
            occurs = (~_holds(distinct, check)).any()
            yield Doubt(occurs, ~_holds(values, check), self.name, problem, self.column.description)


def table_rules(table: Table) -> dict[str, ColumnRules]:
    """Derive the rules of a table's columns, by name."""
    return {column.name: column_rules(column, nullable=column.name in table.nullable) for column in table.columns}


def column_rules(column: Column, *, nullable: bool) -> ColumnRules:
    """Derive the rules of a column from its definition."""
    if isinstance(column.dtype, pl.Decimal):
        decimals, whole = column.dtype.scale, column.dtype.precision - column.dtype.scale
        wording = f"a number with a point, at most {whole} digits before and {decimals} after it"
        shape = rf"-?[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{decimals}}})?"
        return ColumnRules(column, nullable, shape, wording)
    return ColumnRules(column, nullable, *_SHAPES.get(str(column.dtype), ("", "filled in")))


def _holds(value: pl.Expr, check: pa.Check) -> pl.Expr:
    """Tell of which values a check of the column registry holds, null for null. Raises for a check unknown here."""
    limits: dict[str, Any] = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return value.ge(limits["min_value"])
        case "greater_than":
            return value.gt(limits["min_value"])
        case "in_range":
            return value.is_between(limits["min_value"], limits["max_value"])
        case "isin":
            return value.is_in(list(limits["allowed_values"]))
        case "str_matches":
            return value.str.contains(limits["pattern"])
    message = f"no rule for the check {check.name} of configuration columns"
    raise NotImplementedError(message)
