"""Notices of blocks: each block is told of once when it is set, and once when it is lifted."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import AMOUNT
from schemas.tables import NOTICE


def block_notices(
    blocks: pl.DataFrame, kind: str, accounts: pl.DataFrame, customers: pl.DataFrame, open_items: pl.DataFrame, on: date
) -> pl.DataFrame:
    """Ask for the notices of blocks set (`kind` is blocked) or lifted (unblocked), as NOTICE rows.

    `blocks`: BLOCK rows of numbers that belong to an account; `accounts` and `customers`: the ACCOUNT and CUSTOMER
    rows of it; `open_items`: `account_id`, `open_amount`. The notice tells the number, why, what is barred, what is
    to pay now (claims not yet paid), the exposure and the limit; amounts as text with 2 decimals.
    """
    owed = open_items.group_by("account_id").agg(pl.col("open_amount").sum())
    told = {
        "a_number": pl.col("a_number"),
        "block_reason": pl.col("block_reason"),
        "block_cause": pl.col("block_cause"),
        "barred": pl.col("barred"),
        "amount_to_pay": pl.col("open_amount").fill_null(0).cast(AMOUNT).cast(pl.String),
        "exposure": pl.col("exposure").cast(pl.String),
        "credit_limit": pl.col("credit_limit").cast(pl.String),
    }
    return NOTICE.complete(
        blocks.drop("request_id")
        .join(accounts.select("account_id", "customer_id", "delivery_channel"), on="account_id")
        .join(customers.select("customer_id", "language"), on="customer_id")
        .join(owed, on="account_id", how="left")
        .with_columns(
            pl.format("{}:{}", "block_id", pl.lit(kind)).alias("notice_id"),
            pl.lit(kind).alias("notice_kind"),
            pl.col("delivery_channel").alias("notice_channel"),
            pl.struct(value.alias(name) for name, value in told.items()).struct.json_encode().alias("notice_data"),
            pl.lit(on).alias("requested_on"),
        )
    ).sort("notice_id")
