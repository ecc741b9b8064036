"""Aged receivables: what was open of each claim on a day, by how long it was overdue then.

A claim counts from the day it was booked, and what happened to money from the day of its voucher: the day the bank
booked it where money came or went, else the day it was decided on. So the sum is the balance of the account of
receivables by the days of events, also for a day that is long past.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from schemas.codes import AGE_BUCKETS
from schemas.money import AMOUNT, from_minor, to_minor

_APART = ("credit", "refund", "suspense")  # kinds of allocations that are money of customers, not claims on them
_CLAIM = ["receivable_id", "receivable_kind", "account_id", "invoice_no", "currency", "due_on"]


def open_claims_on(receivables: pl.DataFrame, allocations: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the claims that were not zero at the end of a day: `open_amount` (their currency) and `open_home_amount`.

    `allocations` as `allocation_rows.with_event_days` gives them. Columns beside: those of the claim, and `age`, a key
    of `AGE_BUCKETS`. What was paid of a claim before it was booked is below 0 until then, as it is in the ledger.
    """
    moves = pl.concat(
        [
            receivables.filter(pl.col("booked_on") <= on).select(
                "receivable_id", open=to_minor(pl.col("amount")), home=to_minor(pl.col("home_amount"))
            ),
            allocations.filter((pl.col("event_on") <= on) & (pl.col("allocation_kind") == "receivable")).select(
                "receivable_id", open=-to_minor(pl.col("amount")), home=-to_minor(pl.col("home_amount"))
            ),
        ]
    )
    sums = moves.group_by("receivable_id").agg(pl.col("open", "home").sum())
    days = (pl.lit(on) - pl.col("due_on")).dt.total_days()
    return (
        sums.filter((pl.col("open") != 0) | (pl.col("home") != 0))
        .join(receivables.select(_CLAIM), on="receivable_id")
        .with_columns(
            from_minor(pl.col("open")).alias("open_amount"),
            from_minor(pl.col("home")).alias("open_home_amount"),
            age_of(days).alias("age"),
        )
        .select(*_CLAIM, "open_amount", "open_home_amount", "age")
        .sort("due_on", "receivable_id")
    )


def age_of(days: pl.Expr) -> pl.Expr:
    """Return the age (a key of `AGE_BUCKETS`) of claims that are so many days past due; below 1 they are not due."""
    age: pl.Expr = pl.lit(None, pl.String)
    for name, first in AGE_BUCKETS.items():
        age = pl.lit(name) if first is None else pl.when(days >= first).then(pl.lit(name)).otherwise(age)
    return age


def aged(claims: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add up claims (`open_claims_on`) by `keys` and currency, one column for each age.

    Columns: keys, `currency`, those of `AGE_BUCKETS`, `open_amount` (their sum) and `open_home_amount`.
    """
    amount = to_minor(pl.col("open_amount"))
    ages = [from_minor(amount.filter(pl.col("age") == name).sum()).alias(name) for name in AGE_BUCKETS]
    totals = [pl.col(name).sum().cast(AMOUNT) for name in ("open_amount", "open_home_amount")]
    grouped = claims.group_by(*keys, "currency").agg(*ages, *totals)
    return grouped.sort(*keys, "currency")


def money_apart_on(allocations: pl.DataFrame, payments: pl.DataFrame, accounts: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the money of customers that was no claim's at the end of a day.

    `account_id` (null for suspense), `allocation_kind` (credit, refund, suspense), `currency`, `amount` and
    `home_amount`; what comes to nothing is left out. Credit is in the currency of its payment, that of a credit note in
    the account's (`accounts`: ACCOUNT columns).
    """
    paid_in = payments.select("payment_id", _paid_in="currency")
    billed_in = accounts.select("account_id", _billed_in="currency")
    kept = allocations.filter((pl.col("event_on") <= on) & pl.col("allocation_kind").is_in(_APART))
    return (
        kept.join(paid_in, on="payment_id", how="left")
        .join(billed_in, on="account_id", how="left")
        .with_columns(pl.coalesce("_paid_in", "_billed_in").alias("currency"))
        .group_by("account_id", "allocation_kind", "currency")
        .agg(pl.col("amount", "home_amount").sum().cast(AMOUNT))
        .filter((pl.col("amount") != 0) | (pl.col("home_amount") != 0))
        .sort("account_id", "allocation_kind", "currency")
    )
