"""Aged receivables: what was open of each claim on a day, by how long it was overdue then.

A claim counts from the day it was booked, and what happened to money from the day of its voucher: the day the bank
booked it where money came or went, else the day it was decided on. So the sum is the balance of the account of
receivables by the days of events, also for a day that is long past.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from schemas.money import AMOUNT, from_minor, to_minor

AGES = {
    "not_due": (None, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "days_over_90": (91, None),
}
_APART = ("credit", "refund", "suspense")  # kinds of allocations that are money of customers, not claims on them
_CLAIM = ["receivable_id", "receivable_kind", "account_id", "invoice_no", "currency", "due_on"]


def with_event_days(allocations: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Add `event_on`, the day of its voucher, to ALLOCATION rows; `payments` has PAYMENT columns.

    A voucher in which a payment's rows do not come to nothing is of the day the bank booked that payment.
    """
    booked = payments.select("payment_id", "booked_on")
    has_money = to_minor(pl.col("paid_amount")).sum().over("voucher_id", "payment_id") != 0
    money_on = pl.when(has_money).then("booked_on").max().over("voucher_id")
    decided_on = pl.col("allocated_on").max().over("voucher_id")
    return (
        allocations.join(booked, on="payment_id", how="left")
        .with_columns(pl.coalesce(money_on, decided_on).alias("event_on"))
        .drop("booked_on")
    )


def open_claims_on(receivables: pl.DataFrame, allocations: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the claims that were not zero at the end of a day: `open_amount` (their currency) and `open_home_amount`.

    `allocations` as `with_event_days` gives them. Columns beside: those of the claim, and `age`, a key of `AGES`. What
    was paid of a claim before it was booked is below 0 until then, as it is in the ledger.
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
            _age(days).alias("age"),
        )
        .select(*_CLAIM, "open_amount", "open_home_amount", "age")
        .sort("due_on", "receivable_id")
    )


def _age(days: pl.Expr) -> pl.Expr:
    age: pl.Expr = pl.lit("not_due")
    for name, (first, _) in AGES.items():
        if first is not None:
            age = pl.when(days >= first).then(pl.lit(name)).otherwise(age)
    return age


def aged(claims: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add up claims (`open_claims_on`) by `keys` and currency, one column for each age.

    Columns: keys, `currency`, those of `AGES`, `open_amount` (their sum) and `open_home_amount`.
    """
    amount = to_minor(pl.col("open_amount"))
    ages = [from_minor(amount.filter(pl.col("age") == name).sum()).alias(name) for name in AGES]
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
