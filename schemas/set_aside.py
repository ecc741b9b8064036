"""Set faulty rows aside without paying for the sound ones: texts are written for the rows they are about."""

from __future__ import annotations

import polars as pl

from schemas.checked import Checked, first_reason

Fault = tuple[pl.Expr, str, pl.Expr | str]
_REASON = ("reason_code", "reason_text")


def set_aside(frame: pl.DataFrame, *faults: Fault) -> Checked:
    """Part a frame by the first fault that holds: each is (condition, reason code, reason text).

    Rows that came with a `reason_code` keep theirs and are rejected. Accepted rows have neither of the two columns; a
    condition that is null does not hold.
    """
    marked = frame if "reason_code" in frame.columns else frame.with_columns(_nothing())
    faulty = [pl.col("reason_code").is_not_null(), *(condition.fill_null(value=False) for condition, _, _ in faults)]
    is_faulty = marked.select(pl.any_horizontal(faulty)).to_series()
    if not is_faulty.any():
        return Checked(marked.drop(_REASON), marked.clear())
    rejected = marked.filter(is_faulty).with_columns(
        pl.when(pl.col("reason_code").is_null()).then(found).otherwise(kept).alias(kept)
        for found, kept in zip(first_reason(*faults), _REASON, strict=True)
    )
    return Checked(marked.filter(~is_faulty).drop(_REASON), rejected)


def _nothing() -> list[pl.Expr]:
    return [pl.lit(None, pl.String).alias(name) for name in _REASON]
