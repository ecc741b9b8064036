"""Credit: what an account owes and has used, and whether that is over its limit."""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, percent_of, round_to_amount, sum_amounts, sum_charges


def credit_exposure(
    accounts: pl.DataFrame, open_items: pl.DataFrame, credit: pl.DataFrame, unbilled: pl.DataFrame, vat: pl.DataFrame
) -> pl.DataFrame:
    """Add up each account's exposure, VAT included.

    `open_items` (account_id, open_amount), `credit` (account_id, amount) and `unbilled` (CHARGE columns not yet
    invoiced) may have several rows per account; `vat` is the rate in force per `vat_class`. Returns `account_id`,
    `credit_limit`, `exposure` (2 decimals), one row per account.
    """
    used = (
        unbilled.group_by("account_id", "vat_class")
        .agg(round_to_amount(sum_charges(pl.col("amount_ex_vat"))).alias("net_amount"))
        .join(vat.select("vat_class", "vat_percent"), on="vat_class", how="left")
        .with_columns((pl.col("net_amount") + percent_of(pl.col("net_amount"), pl.col("vat_percent"))).cast(AMOUNT))
    )
    parts = pl.concat(
        [
            open_items.select("account_id", pl.col("open_amount").alias("part")),
            credit.select("account_id", (-pl.col("amount")).cast(AMOUNT).alias("part")),
            used.select("account_id", pl.col("net_amount").alias("part")),
        ]
    )
    total = parts.group_by("account_id").agg(sum_amounts(pl.col("part")).alias("exposure"))
    return (
        accounts.select("account_id", "credit_limit")
        .join(total, on="account_id", how="left")
        .with_columns(pl.col("exposure").fill_null(0).cast(AMOUNT))
        .sort("account_id")
    )


def numbers_to_block(exposure: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Return every number of an account whose exposure is over its limit.

    `numbers` holds `account_id` and `a_number` in service. Returns `a_number`, `account_id`, `exposure` and
    `credit_limit`.
    """
    over = exposure.filter(pl.col("exposure") > pl.col("credit_limit"))
    return (
        over.join(numbers, on="account_id")
        .select("a_number", "account_id", "exposure", "credit_limit")
        .sort("a_number")
    )
