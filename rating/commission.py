"""Reseller commission: a percentage of what the customer paid, accrued when the payment is allocated."""

from __future__ import annotations

import polars as pl

from schemas.money import percent_of

_is_credited = pl.col("payment_id").str.starts_with("credit_note:")


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
