"""Reminders: an overdue invoice is reminded of once per step, with the fee the contract promises.

What a payment agreement holds is reminded of by instalment: each once, paid with the oldest open invoice's reference.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from schemas.policy import Reminders

FIRST_STEP = 1


def first_reminders(open_items: pl.DataFrame, reminded: pl.DataFrame, policy: Reminders, on: date) -> pl.DataFrame:
    """Return the first reminders due tonight, as REMINDER columns.

    An invoice is reminded of when more than `minimum_open` of it is unpaid and its due date lies more than
    `grace_days` back; whatever was reminded of (REMINDER rows of `reminded`) is not reminded of again. The fee is a
    claim of its own, without VAT (SFS 1981:739). `open_items` leaves out what an agreement holds.
    """
    overdue_since = on - timedelta(days=policy.grace_days)
    return (
        open_items.filter(
            (pl.col("receivable_kind") == "invoice")
            & (pl.col("due_on") < overdue_since)
            & (pl.col("open_amount") > policy.minimum_open)
        )
        .join(reminded.filter(pl.col("agreement_id").is_null()), on="invoice_no", how="anti")
        .select(
            pl.format("reminder:{}:{}", "invoice_no", pl.lit(FIRST_STEP)).alias("reminder_id"),
            "invoice_no",
            pl.lit(FIRST_STEP, pl.Int64).alias("reminder_step"),
            "account_id",
            pl.lit(policy.fee).cast(pl.Decimal(18, 2)).alias("fee_amount"),
            "open_amount",
            pl.lit(on).alias("reminded_on"),
            pl.lit(on + timedelta(days=policy.payment_days)).alias("due_on"),
        )
        .sort("invoice_no")
    )


def instalment_reminders(
    instalments: pl.DataFrame, open_claims: pl.DataFrame, reminded: pl.DataFrame, policy: Reminders, on: date
) -> pl.DataFrame:
    """Return the reminders of instalments due tonight, as REMINDER columns, by the rules of invoices.

    `instalments`: of agreements that stand, with `open_amount`; `open_claims`: the open items these hold, with their
    `agreement_id`. The reminder names the agreement's oldest open invoice, whose reference it is paid with.
    """
    oldest = (
        open_claims.sort("due_on", "receivable_id")
        .group_by("agreement_id", maintain_order=True)
        .agg(pl.col("invoice_no", "account_id").first())
    )
    overdue_since = on - timedelta(days=policy.grace_days)
    return (
        instalments.filter((pl.col("due_on") < overdue_since) & (pl.col("open_amount") > policy.minimum_open))
        .join(reminded, on=["agreement_id", "instalment_no"], how="anti")
        .join(oldest, on="agreement_id")
        .select(
            pl.format("reminder:agreement:{}:{}", "agreement_id", "instalment_no").alias("reminder_id"),
            "invoice_no",
            pl.lit(FIRST_STEP, pl.Int64).alias("reminder_step"),
            "account_id",
            pl.lit(policy.fee).cast(pl.Decimal(18, 2)).alias("fee_amount"),
            "open_amount",
            pl.lit(on).alias("reminded_on"),
            pl.lit(on + timedelta(days=policy.payment_days)).alias("due_on"),
            "agreement_id",
            "instalment_no",
        )
        .sort("agreement_id", "instalment_no")
    )


def reminder_fees(reminders: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return the claims that reminders make for their fees, as RECEIVABLE columns."""
    return reminders.filter(pl.col("fee_amount") > 0).select(
        pl.col("reminder_id").alias("receivable_id"),
        pl.lit("reminder_fee").alias("receivable_kind"),
        "account_id",
        "invoice_no",
        pl.col("fee_amount").alias("amount"),
        pl.lit(currency).alias("currency"),
        pl.col("fee_amount").alias("home_amount"),
        "due_on",
        pl.col("reminded_on").alias("booked_on"),
    )
