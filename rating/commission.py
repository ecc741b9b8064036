"""Reseller commission: a percentage of what the customer paid for invoices and we have kept.

It is accrued when a payment is allocated, and taken back when the bank takes the payment back, or when what a credit
note gave back of the invoice is paid out.
"""

from __future__ import annotations

import polars as pl

from schemas.money import from_minor, percent_of, to_minor

_is_credited = pl.col("payment_id").str.starts_with("credit_note:")


PAID_OUT = ["allocation_id", "payment_id", "home_amount"]
EARNED = ["payment_id", "receivable_id", "reseller_code", "commission_percent"]
_EARNER = ["reseller_code", "account_id", "commission_percent"]


def accrue_commission(
    allocations: pl.DataFrame,
    receivables: pl.DataFrame,
    accounts: pl.DataFrame,
    resellers: pl.DataFrame,
    earned: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Accrue commission on allocations to invoices of accounts that a reseller sold.

    The base is the amount paid, VAT included, in the books' currency; a reminder fee earns none. Neither does what a
    credit note pays: no money came, or it earned its commission when it paid the invoice that was credited. Money that
    is taken back takes its commission back from who earned it, at the percentage it was earned at, whatever the
    configuration says since; `earned` are the payments' commissions of before (columns EARNED, the last one last). One
    row per allocation, rounded once to 2 decimals. Returns COMMISSION columns without `accrued_on`.
    """
    invoices = receivables.filter(pl.col("receivable_kind") == "invoice").select("receivable_id", "invoice_no")
    paid = allocations.filter((pl.col("allocation_kind") == "receivable") & ~_is_credited).join(
        invoices, on="receivable_id"
    )
    sellers = accounts.filter(pl.col("reseller_code").is_not_null()).select("account_id", "reseller_code")
    earning = (
        paid.filter(pl.col("home_amount") > 0)
        .join(sellers, on="account_id")
        .join(resellers.select("reseller_code", "commission_percent"), on="reseller_code")
    )
    known = earning.select(EARNED) if earned is None else pl.concat([earned.select(EARNED), earning.select(EARNED)])
    last = known.unique(["payment_id", "receivable_id"], keep="last", maintain_order=True)
    taken_back = paid.filter(pl.col("home_amount") < 0).join(last, on=["payment_id", "receivable_id"])
    return (
        pl.concat([earning, taken_back.select(earning.columns)])
        .select(
            pl.col("allocation_id").alias("commission_id"),
            "allocation_id",
            "reseller_code",
            "account_id",
            "invoice_no",
            pl.col("home_amount").alias("base_amount"),
            "commission_percent",
            percent_of(pl.col("home_amount"), pl.col("commission_percent")).alias("amount"),
        )
        .sort("commission_id")
    )


def commission_on_refunds(refunded: pl.DataFrame, notes: pl.DataFrame, commissions: pl.DataFrame) -> pl.DataFrame:
    """Take commission back for credit of credit notes that is paid out, and give it again where it is not after all.

    `refunded` (PAID_OUT): all that was ordered to be paid out of the credit of some notes, above zero, and undone,
    below, oldest first; `notes`: `payment_id` of a note and `invoice_no`, the invoice it credits; `commissions`:
    COMMISSION rows of these invoices, oldest first. What is taken back is the difference between what was paid out and
    what was taken back for it before: from who earned last first, at that percentage, from nobody more than that earned
    on. What the bank takes back of the payments makes it less. Rows name the last order; the first one of an order has
    its id, others are numbered from 2. Returns COMMISSION columns without `accrued_on`.
    """
    orders = refunded.join(notes, on="payment_id", maintain_order="left").group_by("invoice_no", maintain_order=True)
    out = orders.agg(to_minor(pl.col("home_amount")).sum().alias("_out"), pl.col("allocation_id").last())
    base = to_minor(pl.col("base_amount"))
    is_done = pl.col("allocation_id").is_in(refunded["allocation_id"].implode())
    earners = (
        commissions.with_row_index("_at")
        .group_by("invoice_no", *_EARNER)
        .agg(
            base.filter(~is_done).sum().clip(0).alias("_earned"),
            base.filter(is_done).sum().alias("_done"),
            pl.col("_at").filter(~is_done & (base > 0)).max(),
        )
        .sort("invoice_no", "_at", descending=[False, True], nulls_last=True)
    )
    later = pl.col("_earned").cum_sum().over("invoice_no") - pl.col("_earned")
    back = pl.min_horizontal((pl.col("_out") - later).clip(0), "_earned")
    owed = (
        out.join(earners, on="invoice_no")
        .sort("invoice_no", "_at", descending=[False, True], nulls_last=True)
        .with_columns(from_minor(-back - pl.col("_done")).alias("base_amount"))
        .filter(pl.col("base_amount") != 0)
        .sort("invoice_no", *_EARNER)
    )
    times = commissions.group_by("allocation_id").agg(pl.len().alias("_times"))
    nth = pl.col("_times").fill_null(0) + pl.int_range(pl.len()).over("allocation_id") + 1
    own = pl.when(nth == 1).then("allocation_id").otherwise(pl.format("{}:n{}", "allocation_id", nth))
    return (
        owed.join(times, on="allocation_id", how="left", maintain_order="left")
        .with_columns(
            percent_of(pl.col("base_amount"), pl.col("commission_percent")).alias("amount"), own.alias("commission_id")
        )
        .select(
            "commission_id", "allocation_id", "reseller_code", "account_id", "invoice_no", "base_amount",
            "commission_percent", "amount",
        )
        .sort("commission_id")
    )  # fmt: skip
