"""VAT of claims that are written off, and of those paid after all (ML 2023:200, 8 ch. 16 §).

A loss takes back the VAT that was charged with it, at the rates of its invoice; what is recovered brings it again. An
invoice with several VAT classes loses its part of each. VAT is rounded on what is lost of the invoice by now, not row
by row, so an invoice recovered in ten parts has brought back to the öre the VAT that its loss took.
"""

from __future__ import annotations

import polars as pl

from schemas.money import from_minor, in_home_currency, share, to_minor
from schemas.tables import BAD_DEBT_VAT

_SUMS = (("net_amount", "_net"), ("vat_amount", "_vat"))
_CLASS = ["vat_class", "vat_category", "vat_percent", "vat_account"]


def bad_debt_vat(
    rows: pl.DataFrame,
    invoices: pl.DataFrame,
    vat: pl.DataFrame,
    earlier: pl.DataFrame | None = None,
    booked: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return what each loss (negative) and recovery (positive) makes of VAT and net, as BAD_DEBT_VAT rows.

    `rows`: ALLOCATION rows of kinds `loss` and `recovered` with `invoice_no`, taken in the order they were allocated;
    `earlier`: those of the same invoices before, and `booked` the BAD_DEBT_VAT rows made of them. `invoices` and `vat`:
    INVOICE and INVOICE_VAT rows of the invoices and of the credit notes that reduce them. The first row brings the VAT
    booked to what it should be by now, so a credit note that recovers takes back the VAT of its own classes. Amounts
    are in the books' currency.
    """
    stood = (rows.clear() if earlier is None else earlier).group_by("invoice_no")
    begins = stood.agg(to_minor(pl.col("home_amount")).sum().alias("_begins"))
    stands = (BAD_DEBT_VAT.empty() if booked is None else booked).group_by("invoice_no", "vat_class")
    of_booked = stands.agg(to_minor(pl.col(n)).sum().alias(f"_booked{of}") for n, of in _SUMS)
    move = to_minor(pl.col("home_amount"))
    steps = (
        rows.sort("allocated_on", pl.col("allocation_kind") != "loss", "allocation_id")
        .join(begins, on="invoice_no", how="left", maintain_order="left")
        .with_columns(_after=move.cum_sum().over("invoice_no") + pl.col("_begins").fill_null(0))
        .with_columns(_before=pl.col("_after") - move, _is_first=pl.int_range(pl.len()).over("invoice_no") == 0)
    )
    parts = steps.join(_composition(invoices, vat), on="invoice_no").join(
        of_booked, on=["invoice_no", "vat_class"], how="left"
    )
    return (
        parts.with_columns(from_minor(_part("_after", of) - _stood(of)).alias(name) for name, of in _SUMS)
        .filter((pl.col("net_amount") != 0) | (pl.col("vat_amount") != 0))
        .select(BAD_DEBT_VAT.names)
        .sort(BAD_DEBT_VAT.key)
    )


def _stood(of: str) -> pl.Expr:
    booked = pl.col(f"_booked{of}").fill_null(0)
    return pl.when("_is_first").then(booked).otherwise(_part("_before", of))


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
    """Return the part of a whole that belongs to a position on its invoice's total, 0 where the total is none."""
    total = pl.col("_total")
    return pl.when(total > 0).then(share(pl.col(of), pl.col(position), total)).otherwise(0)
