"""VAT of an invoice: on the sum of its rounded lines, rounded once per class and rate."""

from __future__ import annotations

import polars as pl

from schemas.money import percent_of, sum_amounts

_CLASS = ("account_id", "vat_class", "vat_category", "vat_percent", "vat_account", "exemption_text")


def vat_rows(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the VAT of `taxed_lines`, one row per account and class: INVOICE_VAT columns without `invoice_no`."""
    return (
        lines.group_by(_CLASS)
        .agg(sum_amounts(pl.col("net_amount")))
        .with_columns(percent_of(pl.col("net_amount"), pl.col("vat_percent")).alias("vat_amount"))
    )
