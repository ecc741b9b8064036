"""What an invoice comes to."""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, krona_rounding, sum_amounts


def invoice_totals(lines: pl.DataFrame, taxed: pl.DataFrame, *, round_to_kronor: bool) -> pl.DataFrame:
    """Add up `invoice_lines` and their `vat_rows`, one row per account.

    Columns: account_id, billing_date, period_from, period_to, net_amount, vat_amount, rounding_amount, total_amount.
    """
    vat = taxed.group_by("account_id").agg(sum_amounts(pl.col("vat_amount")))
    nets = lines.group_by("account_id").agg(
        sum_amounts(pl.col("net_amount")),
        pl.col("billing_date").first(),
        pl.col("service_from").min().alias("period_from"),
        pl.col("service_to").max().alias("period_to"),
    )
    exact = (pl.col("net_amount") + pl.col("vat_amount")).cast(AMOUNT)
    rounding = krona_rounding(exact) if round_to_kronor else pl.lit(0).cast(AMOUNT)
    return (
        nets.join(vat, on="account_id")
        .with_columns(rounding.alias("rounding_amount"))
        .with_columns((exact + pl.col("rounding_amount")).cast(AMOUNT).alias("total_amount"))
    )
