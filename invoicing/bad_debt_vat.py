"""VAT of claims that are written off, and of those paid after all (ML 2023:200, 8 ch. 16 §).

A loss takes back the VAT that was charged with it, at the rates of its invoice; what is recovered brings it again. An
invoice with several VAT classes loses its part of each. VAT is rounded on what is lost of the invoice by now, not row
by row, so an invoice recovered in ten parts has brought back to the öre the VAT that its loss took.
"""

from __future__ import annotations

import polars as pl

from schemas.money import divide_half_away, from_minor, in_home_currency, to_minor
from schemas.tables import BAD_DEBT_VAT

_CLASS = ["vat_class", "vat_category", "vat_percent", "vat_account"]


def bad_debt_vat(rows: pl.DataFrame, invoices: pl.DataFrame, vat: pl.DataFrame) -> pl.DataFrame:
    """Return what each loss (negative) and recovery (positive) makes of VAT and net, as BAD_DEBT_VAT rows.

    `rows`: ALLOCATION rows of kinds `loss` and `recovered` with `invoice_no`, all there ever were of these invoices:
    they are taken in the order they were allocated. `invoices` and `vat`: INVOICE and INVOICE_VAT rows of the invoices
    and of the credit notes that reduce them. Amounts are in the books' currency.
    """
    classes = _composition(invoices, vat)
    ordered = rows.sort("allocated_on", pl.col("allocation_kind") != "loss", "allocation_id")
    after = to_minor(pl.col("home_amount")).cum_sum().over("invoice_no")
    steps = ordered.with_columns(_after=after).with_columns(_before=pl.col("_after") - to_minor(pl.col("home_amount")))
    parts = steps.join(classes, on="invoice_no").filter(pl.col("_total") > 0)
    return (
        parts.with_columns(
            from_minor(_part("_after", of) - _part("_before", of)).alias(name)
            for name, of in (("net_amount", "_net"), ("vat_amount", "_vat"))
        )
        .filter((pl.col("net_amount") != 0) | (pl.col("vat_amount") != 0))
        .select(BAD_DEBT_VAT.names)
        .sort(BAD_DEBT_VAT.key)
    )


def _composition(invoices: pl.DataFrame, vat: pl.DataFrame) -> pl.DataFrame:
    """Return net and VAT by class, and the total, of invoices less their credit notes: öre of the books' currency."""
    owner = pl.coalesce("credits_invoice_no", "invoice_no").alias("_owner")
    heads = invoices.select("invoice_no", owner, "exchange_rate", "total_amount")

    def minor(name: str) -> pl.Expr:
        return to_minor(in_home_currency(pl.col(name), pl.col("exchange_rate")))

    totals = heads.group_by("_owner").agg(minor("total_amount").sum().alias("_total"))
    return (
        vat.join(heads, on="invoice_no")
        .group_by("_owner", *_CLASS)
        .agg(minor("net_amount").sum().alias("_net"), minor("vat_amount").sum().alias("_vat"))
        .join(totals, on="_owner")
        .rename({"_owner": "invoice_no"})
    )


def _part(position: str, of: str) -> pl.Expr:
    """Return the part of a whole that belongs to a position on its invoice's total, rounded half away from zero."""
    # Öre times öre passes 64 bits at a few million kronor.
    product = pl.col(position).cast(pl.Int128) * pl.col(of).cast(pl.Int128)
    return divide_half_away(product, pl.col("_total").cast(pl.Int128)).cast(pl.Int64)
