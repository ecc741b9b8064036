"""Who pays for what: charges go to the invoice of the account that pays for theirs on the day of the service."""

from __future__ import annotations

from datetime import date

import polars as pl


def paid_by(rows: pl.DataFrame, payers: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
    """Replace `account_id` by the account that pays on `day`; columns and order stay.

    `payers`: PAYER rows. Before an account's first row, and from a row without `payer_account_id` on, it pays itself.
    """
    if payers.is_empty():
        return rows
    numbered = rows.with_row_index("_row")
    held = (pl.col("valid_from") <= pl.col("_day")) & (pl.col("_until").is_null() | (pl.col("_day") < pl.col("_until")))
    found = (
        numbered.select("_row", "account_id", day.alias("_day"))
        .join(_spans(payers), on="account_id")
        .filter(held)
        .select("_row", "payer_account_id")
    )
    account = pl.coalesce("payer_account_id", "account_id").alias("account_id")
    return (
        numbered.drop("payer_account_id", strict=False)
        .join(found, on="_row", how="left", maintain_order="left")
        .with_columns(account)
        .select(rows.columns)
    )


def paid_for(accounts: pl.DataFrame, payers: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return those of some accounts (`account_id`) that another one pays for on a day."""
    own = accounts.select("account_id", _own="account_id")
    return paid_by(own, payers, pl.lit(on)).filter(pl.col("account_id") != pl.col("_own")).select(account_id="_own")


def _spans(payers: pl.DataFrame) -> pl.DataFrame:
    ends = pl.col("valid_from").shift(-1).over("account_id").alias("_until")
    in_order = payers.sort("account_id", "valid_from").with_columns(ends)
    return in_order.select("account_id", "valid_from", "_until", "payer_account_id").drop_nulls("payer_account_id")
