"""Rows of ALLOCATION, as everything that moves the money of payments makes them."""

from __future__ import annotations

import polars as pl

_AT_PAR = ("home_amount", "paid_amount", "paid_home_amount")


def at_par(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the other amounts of ALLOCATION rows whose claim and payment are in the operator's currency: all `amount`."""
    return rows.with_columns(pl.col("amount").alias(name) for name in _AT_PAR)
