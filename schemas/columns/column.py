"""A column: what it is called, holds, means and must satisfy; and the types and checks that definitions share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandera.polars as pa
import polars as pl

TIMESTAMP = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """A column: what it is called, holds, means and must satisfy."""

    name: str
    dtype: pl.DataType
    description: str
    checks: tuple[pa.Check, ...] = ()

    def or_all(self) -> Column:
        """Return the column as one in which `*` stands for all."""
        return replace(self, checks=tuple(_or_all(check) for check in self.checks))


def _or_all(check: pa.Check) -> pa.Check:
    """Return a check of codes that `*` passes too. Raises `NotImplementedError` for a check of another kind."""
    limits: dict[str, Any] = check.statistics or {}
    if check.name == "isin":
        return pa.Check.isin([*limits["allowed_values"], "*"])
    if check.name == "str_matches":
        return pa.Check.str_matches(rf"^\*$|{limits['pattern']}")
    message = f"* cannot stand in a column whose values must satisfy {check.name}"
    raise NotImplementedError(message)


TEXT, WHOLE, DAY, MOMENT, FLAG = pl.String(), pl.Int64(), pl.Date(), TIMESTAMP, pl.Boolean()
NOT_NEGATIVE = (pa.Check.ge(0),)
POSITIVE = (pa.Check.gt(0),)
PREFIX = (pa.Check.str_matches(r"^[0-9]{1,15}$"),)  # E.164's longest number has 15 digits
DIGITS = (pa.Check.str_matches(r"^[0-9]{1,20}$"),)
CODE = (pa.Check.str_matches(r"^[A-Za-z0-9_.-]{1,40}$"),)


def one_of(values: tuple[str, ...]) -> tuple[pa.Check, ...]:
    """Return the check that a value is one of a closed list of codes."""
    return (pa.Check.isin(list(values)),)
