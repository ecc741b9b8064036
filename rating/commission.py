"""Reseller commission: a percentage of what the customer paid for invoices and we have kept.

It is accrued when a payment is allocated, and taken back when the bank takes the payment back, or when what a credit
note gave back of the invoice is paid out.
"""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, percent_of, sum_amounts

_is_credited = pl.col("payment_id").str.starts_with("credit_note:")


PAID_OUT = ["allocation_id", "payment_id", "home_amount"]
EARNED = ["payment_id", "receivable_id", "reseller_code", "commission_percent"]


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
    what was taken back for it before, at most what the invoice has earned on, from who earned last and at that
    percentage. A row is named by the last order that has none yet. Returns COMMISSION columns without `accrued_on`.
    """
    done = commissions.join(refunded, on="allocation_id", how="semi")
    free = refunded.join(done, on="allocation_id", how="anti").unique("payment_id", keep="last", maintain_order=True)
    out = (
        refunded.join(notes, on="payment_id")
        .group_by("invoice_no")
        .agg(sum_amounts(pl.col("home_amount")).alias("_out"))
    )
    earned = commissions.join(done, on="allocation_id", how="anti").group_by("invoice_no").agg(
        sum_amounts(pl.col("base_amount")).alias("_earned")
    )  # fmt: skip
    back = done.group_by("invoice_no").agg(sum_amounts(pl.col("base_amount")).alias("_done"))
    last = commissions.filter(pl.col("base_amount") > 0).unique("invoice_no", keep="last", maintain_order=True)
    named = (
        free.join(notes, on="payment_id").sort("allocation_id").unique("invoice_no", keep="last", maintain_order=True)
    )
    whole = out.join(earned, on="invoice_no").join(back, on="invoice_no", how="left").with_columns(
        (-pl.min_horizontal("_out", "_earned") - pl.col("_done").fill_null(0)).cast(AMOUNT).alias("base_amount")
    )  # fmt: skip
    owed = whole.filter(pl.col("base_amount") != 0).join(named.select("invoice_no", "allocation_id"), on="invoice_no")
    whose = last.select("invoice_no", "reseller_code", "account_id", "commission_percent")
    amount = percent_of(pl.col("base_amount"), pl.col("commission_percent")).alias("amount")
    return (
        owed.join(whose, on="invoice_no")
        .with_columns(amount, pl.col("allocation_id").alias("commission_id"))
        .select(
            "commission_id", "allocation_id", "reseller_code", "account_id", "invoice_no", "base_amount",
            "commission_percent", "amount",
        )
        .sort("commission_id")
    )  # fmt: skip
