"""An equation of the proof: what it says, and what gives its two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import polars as pl

from pipelines.lake.store import Store
from schemas.money import CHARGE

_SIDES = (
    "subject::VARCHAR AS subject, coalesce(left_side, 0)::DECIMAL(38,6) AS left_side, "
    "coalesce(right_side, 0)::DECIMAL(38,6) AS right_side"
)
_SIDE = pl.Decimal(38, CHARGE.scale)
SIDES = pl.Schema({"subject": pl.String(), "left_side": _SIDE, "right_side": _SIDE})


class Proven(Protocol):
    """An equation, however its sides are found."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def meaning(self) -> str:
        """What it says."""

    def sides(self, store: Store) -> pl.DataFrame:
        """Return `subject`, `left_side` and `right_side`: a row for `all`, and for each subject that breaks it."""


class Equation(NamedTuple):
    """An equation that sums say: a name, what it says, and its query."""

    name: str
    meaning: str
    sql: str

    def sides(self, store: Store) -> pl.DataFrame:
        """Return what the query gives."""
        return store.query(f"SELECT {_SIDES} FROM ({self.sql})")  # noqa: S608 (the equations are ours)


class ComputedEquation(NamedTuple):
    """An equation that multiplies or rounds money, which SQL never does.

    `pieces` gives subject, left_side and right_side of every subject, one part of the lake after the other, so that
    no more than a part is held. Only sums and subjects that break the equation are kept of it.
    """

    name: str
    meaning: str
    pieces: Callable[[Store], Iterator[pl.DataFrame]]

    def sides(self, store: Store) -> pl.DataFrame:
        """Return the sums of both sides, and each subject whose sides differ."""
        sums, broken = SIDES.to_frame(), [SIDES.to_frame()]
        for piece in self.pieces(store):
            rows = piece.select(SIDES.names()).cast(SIDES)
            sums = pl.concat([sums, _summed(rows)])
            broken.append(rows.filter(pl.col("left_side") != pl.col("right_side")))
        return pl.concat([_summed(sums), *broken])


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    sides = (pl.col(side).sum().cast(_SIDE) for side in ("left_side", "right_side"))
    return rows.select(pl.lit("all").alias("subject"), *sides)
