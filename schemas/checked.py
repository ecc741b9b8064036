"""What every stage returns: the rows it accepted and the rows it set aside with a reason."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class Checked(NamedTuple):
    """Rows in = accepted + rejected, always.

    `accepted` has the columns of the stage's result. `rejected` keeps the stage's input columns plus
    `reason_code` (see `schemas.codes`) and `reason_text` (the value, the limit and the next step).
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame


def first_reason(*faults: tuple[pl.Expr, str, pl.Expr | str]) -> list[pl.Expr]:
    """Give `reason_code` and `reason_text` of the first fault that holds, null where none does.

    Each fault is (condition, reason code, reason text); a text given as `str` is a literal.
    """
    code: pl.Expr = pl.lit(None, pl.String)
    text: pl.Expr = pl.lit(None, pl.String)
    for condition, fault_code, fault_text in reversed(faults):
        holds = condition.fill_null(value=False)
        wording = pl.lit(fault_text) if isinstance(fault_text, str) else fault_text
        code = pl.when(holds).then(pl.lit(fault_code)).otherwise(code)
        text = pl.when(holds).then(wording).otherwise(text)
    return [code.alias("reason_code"), text.alias("reason_text")]
