"""Reseller commission: a percentage of what the customer paid, accrued when the payment is allocated."""

from __future__ import annotations

import polars as pl

from schemas.money import percent_of

_is_credited = pl.col("payment_id").str.starts_with("credit_note:")


def accrue_commission(
    allocations: pl.DataFrame, receivables: pl.DataFrame, accounts: pl.DataFrame, resellers: pl.DataFrame
) -> pl.DataFrame:
    """Accrue commission on allocations to invoices of accounts that a reseller sold.

    The base is the amount paid, VAT included, in the books' currency; a reminder fee earns none. Neither does what a
    credit note pays: no money came, or it earned its commission when it paid the invoice that was credited. Money that
    is taken back takes its commission back. One row per allocation, rounded once
    to 2 decimals. Returns COMMISSION columns without `accrued_on`.
    """
    invoices = receivables.filter(pl.col("receivable_kind") == "invoice").select("receivable_id", "invoice_no")
    return (
        allocations.filter((pl.col("allocation_kind") == "receivable") & ~_is_credited)
        .join(invoices, on="receivable_id")
        .join(
            accounts.filter(pl.col("reseller_code").is_not_null()).select("account_id", "reseller_code"),
            on="account_id",
        )
        .join(resellers.select("reseller_code", "commission_percent"), on="reseller_code")
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
