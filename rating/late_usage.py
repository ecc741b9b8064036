"""Usage that waited for its price until it was late: it waits no longer, and stays set aside for somebody to decide."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from schemas.policy import Limits
from schemas.tables import REJECTED


def given_up(waiting: pl.DataFrame, set_aside: pl.DataFrame, limits: Limits, on: date) -> pl.DataFrame:
    """Return the new REJECTED rows, as LATE_RECORD, of waiting usage begun more than `late_days` before the night `on`.

    `waiting`: USAGE rows. `set_aside`: their REJECTED rows, whose reason the new text tells.
    """
    begun, late = pl.col("started_at").dt.date(), on - timedelta(days=limits.late_days)
    text = pl.format(
        "waited from {} as {} ({}); begun {}, late before {}; on the list of exceptions: to price it, mend the cause, "
        "raise limits.late_days and send it under a new record id",
        "rejected_on", "reason_code", "reason_text", "begun", pl.lit(late),
    )  # fmt: skip
    return (
        waiting.select("usage_id", begun.alias("begun"))
        .filter(pl.col("begun") < late)
        .join(set_aside, on="usage_id")
        .with_columns(text.alias("reason_text"))
        .with_columns(pl.lit("LATE_RECORD").alias("reason_code"), pl.lit(on).alias("rejected_on"))
        .select(REJECTED.names)
        .sort(REJECTED.key)
    )
