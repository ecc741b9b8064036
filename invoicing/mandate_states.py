"""What becomes of mandates: Bankgirot's answers make them active, refuse or end them."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.tables import MANDATE

# What the answers to direct debits and mandates say, however they reached us.
ANSWERS = pl.Schema(
    {
        "direct_debit_id": pl.String(),
        "payer_no": pl.String(),
        "answer": pl.String(),
        "answer_code": pl.String(),
        "answered_on": pl.Date(),
    }
)


def answered_mandates(mandates: pl.DataFrame, answers: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the MANDATE rows that answers (`ANSWERS`) change, as they are from now on.

    A mandate that waits becomes active, refused or cancelled, an active one cancelled; one that is over stays so.
    """
    told = answers.drop_nulls("payer_no").group_by("payer_no").agg(pl.col("answer").unique())
    live = mandates.filter(pl.col("mandate_state").is_in(["requested", "active"])).join(told, on="payer_no")
    waits = pl.col("mandate_state") == "requested"

    def said(answer: str) -> pl.Expr:
        return pl.col("answer").list.contains(pl.lit(answer))

    state = (
        pl.when(said("mandate_cancelled"))
        .then(pl.lit("cancelled"))
        .when(waits & said("mandate_active"))
        .then(pl.lit("active"))
        .when(waits & said("mandate_refused"))
        .then(pl.lit("refused"))
        .otherwise("mandate_state")
    )
    changed = live.with_columns(state.alias("new_state")).filter(pl.col("new_state") != pl.col("mandate_state"))
    return (
        changed.with_columns(pl.col("new_state").alias("mandate_state"), pl.lit(on).alias("changed_on"))
        .select(MANDATE.names)
        .sort("mandate_id")
    )
