"""What a cell of the configuration must look like, by its column's definition: whole columns at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandera.polars as pa
import polars as pl

from schemas.columns import Column

_SHAPES = {
    "Int64": (r"^-?[0-9]{1,18}$", "a whole number"),
    "Date": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date as 2026-12-31"),
    "Boolean": (r"^(?:yes|no)$", "yes or no"),
}
_SAMPLE = 256


@dataclass(frozen=True)
class ColumnRules:
    """How the text of one column becomes values, and what the values must satisfy.

    `shape` is the pattern of a cell, without one any text will do; `expected` says it in words.
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
    def description(self) -> str:
        """Meaning of the column, which is the remedy of a fault in it."""
        return self.column.description

    def values(self, text: pl.Series) -> pl.Series:
        """Turn text into values; what does not fit, and an empty cell, becomes null."""
        filled = text.set(text == "", None)
        if not self.shape:
            return filled
        if not distinct(filled).str.contains(self.shape).all():
            filled = filled.set(~filled.str.contains(self.shape), None)
        if self.column.dtype == pl.Date:
            return filled.str.to_date("%Y-%m-%d", strict=False)
        return filled == "yes" if self.column.dtype == pl.Boolean else filled.cast(self.column.dtype)

    def must_be_value(self, text: pl.Series) -> pl.Series:
        """Tell of which cells null is a fault."""
        return text != "" if self.nullable else text.is_not_null()

    def broken(self, values: pl.Series) -> Iterator[tuple[str, pl.Series]]:
        """Give the checks of the column that some value breaks: their wording, and which values do."""
        for check in self.column.checks:
            if not _holds(distinct(values), check).all():
                yield str(check.error), ~_holds(values, check).fill_null(value=True)


def distinct(values: pl.Series) -> pl.Series:
    """Return each value once where many are the same, else all: what holds of these holds of every value."""
    few = values.dtype == pl.String and values.head(_SAMPLE).n_unique() < _SAMPLE // 2
    return values.unique() if few else values


def column_rules(column: Column, *, nullable: bool) -> ColumnRules:
    """Derive the rules of a column from its definition."""
    if isinstance(column.dtype, pl.Decimal):
        decimals, whole = column.dtype.scale, column.dtype.precision - column.dtype.scale
        wording = f"a number with a point, at most {whole} digits before and {decimals} after it"
        shape = rf"^-?[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{decimals}}})?$"
        return ColumnRules(column, nullable, shape, wording)
    return ColumnRules(column, nullable, *_SHAPES.get(str(column.dtype), ("", "filled in")))


def _holds(value: pl.Series, check: pa.Check) -> pl.Series:
    """Tell of which values a check of the column registry holds, null for null. Raises for a check unknown here."""
    limits: dict[str, Any] = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return pl.Series(value >= limits["min_value"])
        case "greater_than":
            return pl.Series(value > limits["min_value"])
        case "in_range":
            return value.is_between(limits["min_value"], limits["max_value"])
        case "isin":
            return value.is_in(list(limits["allowed_values"]))
        case "str_matches":
            return value.str.contains(limits["pattern"])
    message = f"no rule for the check {check.name} of configuration columns"
    raise NotImplementedError(message)
