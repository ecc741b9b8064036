"""Currencies of documents: which rate turns them into the operator's own."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import RATE


def rates_of_currencies(rates: pl.DataFrame, home_currency: str, on: date) -> pl.DataFrame:
    """Return the rate in force on a day per currency: `currency`, `exchange_rate`; 1 for the operator's own.

    `rates`: EXCHANGE_RATE rows; the last one that began holds.
    """
    own = pl.DataFrame({"currency": [home_currency]}).with_columns(pl.lit(1).cast(RATE).alias("exchange_rate"))
    others = (
        rates.filter((pl.col("rate_from") <= on) & (pl.col("currency") != home_currency))
        .sort("rate_from")
        .group_by("currency", maintain_order=True)
        .agg(pl.col("exchange_rate").last())
    )
    return pl.concat([own, others.sort("currency")])


def with_exchange_rate(rows: pl.DataFrame, rates: pl.DataFrame, home_currency: str, day: str) -> pl.DataFrame:
    """Add `exchange_rate` to rows with `currency` and a `day`: that in force on it, 1 for the operator's own currency.

    `rates`: EXCHANGE_RATE rows. Null where there is none.
    """
    in_order = rates.select("currency", "exchange_rate", pl.col("rate_from").alias(day)).sort(day)
    found = (
        rows.with_row_index("_at")
        .sort(day)
        .join_asof(in_order, on=day, by="currency", strategy="backward", check_sortedness=False)
        .sort("_at")
        .drop("_at")
    )
    own = pl.when(pl.col("currency") == home_currency).then(pl.lit(1).cast(RATE))
    return found.with_columns(own.otherwise(pl.col("exchange_rate").cast(RATE)).alias("exchange_rate"))


def currency_faults(due: pl.DataFrame, accounts: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Return accounts that cannot be invoiced for their currency: `account_id`, `draft_reason`.

    `due`: charges with `account_id` and `currency`; `rates`: as `rates_of_currencies`. MIXED_CURRENCY where a charge is
    in another currency than its account, NO_EXCHANGE_RATE where the account's has no rate.
    """
    billed = accounts.join(due, on="account_id", how="semi").select("account_id", "currency")
    own = billed.select("account_id", pl.col("currency").cast(due.schema["currency"]).alias("_own"))
    both = due.select("account_id", "currency").join(own, on="account_id", how="left", maintain_order="left")
    foreign = both.filter(pl.col("currency").ne_missing(pl.col("_own")))
    rateless = billed.join(rates, on="currency", how="anti")
    return pl.concat(
        [
            foreign.select("account_id", pl.lit("MIXED_CURRENCY").alias("draft_reason")).unique(),
            rateless.select("account_id", pl.lit("NO_EXCHANGE_RATE").alias("draft_reason")),
        ]
    ).sort("account_id", "draft_reason")
