"""Notices: what customers shall be told gets its channel and language."""

from __future__ import annotations

import polars as pl

from pipelines.night import Night
from schemas import tables

TOLD = pl.Schema(
    {
        name: tables.NOTICE.schema[name]
        for name in ("notice_id", "notice_kind", "account_id", "subscription_id", "notice_data")
    }
)


def as_json(*columns: pl.Expr) -> pl.Expr:
    """Return columns as one JSON object per row, amounts and dates as text; what is null is null there."""
    return pl.struct(*(column.cast(pl.String) for column in columns)).struct.json_encode().alias("notice_data")


def notices(night: Night, told: pl.DataFrame) -> pl.DataFrame:
    """Make NOTICE rows of `TOLD` rows: by the account's channel, in the customer's language, else the operator's."""
    accounts = night.store.read_matching(tables.ACCOUNT, told.select("account_id"))
    customers = night.store.read_matching(tables.CUSTOMER, accounts.select("customer_id"))
    spoken = pl.col("language").fill_null(night.policy.operator.language)
    return (
        told.join(accounts.select("account_id", "customer_id", "delivery_channel"), on="account_id")
        .join(customers.select("customer_id", spoken), on="customer_id")
        .with_columns(
            pl.col("delivery_channel").replace("e_invoice", "email").alias("notice_channel"),
            pl.lit(night.on).alias("requested_on"),
        )
        .pipe(tables.NOTICE.complete)
        .sort("notice_id")
    )
