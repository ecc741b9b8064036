"""Prove: the control totals of the night are computed, kept, and must hold before anything leaves the house."""

from __future__ import annotations

import polars as pl

from pipelines.lake.store import Store
from pipelines.night import Night, StageReport
from pipelines.proof.equation import Proven
from pipelines.proof.equations import equations
from schemas import tables
from schemas.policy import Ledger


class ProofError(Exception):
    """At least one equation does not hold; the message names them with both sides and the difference."""


def prove(night: Night) -> StageReport:
    """Compute every equation and keep the result. Raises `ProofError` when one does not hold.

    What is proven is what stands in the lake, not what the run remembers of it.
    """
    night.store.look_again()
    with night.store.transaction("prove"):
        totals = compute(night)
        night.store.upsert(tables.CONTROL_TOTAL, totals)
    broken = totals.filter(~pl.col("holds"))
    if broken.height:
        raise ProofError("the proof does not hold:\n" + "\n".join(_sentence(night, row) for row in broken.to_dicts()))
    names = totals["check_name"].n_unique()
    return StageReport(totals.height, totals.height, 0, f"all {names} equations hold, without tolerance")


def compute(night: Night) -> pl.DataFrame:
    """Return the control totals of this moment, as CONTROL_TOTAL rows."""
    frames = [_compute(night, equation) for equation in equations(night.policy.ledger)]
    return pl.concat(frames)


def proof_of(store: Store, run_id: str, ledger: Ledger) -> pl.DataFrame:
    """Return the control totals of a run, in the order the data flows."""
    position = {equation.name: number for number, equation in enumerate(equations(ledger))}
    place = pl.col("check_name").replace_strict(position, default=len(position), return_dtype=pl.Int64)
    return store.read(tables.CONTROL_TOTAL, "run_id = ?", [run_id]).sort(place, "subject")


def _compute(night: Night, equation: Proven) -> pl.DataFrame:
    return (
        equation.sides(night.store)
        .with_columns(
            pl.lit(night.run_id).alias("run_id"),
            pl.lit(night.on).alias("run_on"),
            pl.lit(equation.name).alias("check_name"),
            (pl.col("left_side") == pl.col("right_side")).alias("holds"),
        )
        .select(tables.CONTROL_TOTAL.names)
    )


def _sentence(night: Night, row: dict[str, object]) -> str:
    meaning = next(e.meaning for e in equations(night.policy.ledger) if e.name == row["check_name"])
    left, right = row["left_side"], row["right_side"]
    difference = left - right  # type: ignore[operator] # decimals
    return f"  {row['check_name']} ({meaning}), {row['subject']}: {left} against {right}, difference {difference}"
