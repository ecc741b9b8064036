"""The lines of an invoice: charges of one article, added up and rounded once."""

from __future__ import annotations

import polars as pl

from schemas.money import round_to_amount, sum_charges

LINE_KEY = ["account_id", "charge_kind", "article_no", "usage_kind", "vat_class", "revenue_account", "line_period"]
# What is promised stands first, what was used next, what corrects earlier invoices or this one last.
_ORDER = {"recurring": 1, "one_off": 2, "usage": 3, "adjustment": 4, "basis_change": 5}
_GROUPS = {
    "recurring": "fee", "one_off": "one_off", "usage": "usage", "adjustment": "adjustment", "basis_change": "reduction"
}  # fmt: skip


def invoice_lines(due: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Add up charges (`charges_due`) per line.

    Returns INVOICE_LINE columns without `invoice_no` and VAT, with the columns of `LINE_KEY` and `billing_date`.
    `entry_no` counts within an account; articles come in order of their number within a kind of charge.
    """
    grouped = (
        _with_line_period(due)
        .group_by(LINE_KEY)
        .agg(
            pl.col("billing_date").first(),
            pl.col("service_from").min(),
            pl.col("service_to").max(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("amount_ex_vat")),
        )
    )
    kind = pl.col("charge_kind")
    position = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    return (
        grouped.join(articles.select("article_no", "article_name"), on="article_no", how="left")
        .sort("account_id", kind.replace_strict(_ORDER, return_dtype=pl.Int64), *LINE_KEY[2:])
        .with_columns(
            round_to_amount(pl.col("amount_ex_vat")).alias("net_amount"),
            kind.replace_strict(_GROUPS, return_dtype=pl.String).alias("line_group"),
            position.alias("entry_no"),
            pl.col("article_name").alias("line_text"),
            pl.col("revenue_account").alias("charged_account"),
        )
    )


def billed_charges(due: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell which line carries each charge: BILLED_CHARGE rows of the lines that have an `invoice_no`."""
    return (
        _with_line_period(due)
        .join(_charged(lines), on=LINE_KEY, nulls_equal=True)  # a fee has no usage kind
        .select("charge_id", "invoice_no", "entry_no", "amount_ex_vat")
        .sort("charge_id")
    )


def _charged(lines: pl.DataFrame) -> pl.DataFrame:
    """Name lines by what their charges say: VAT may have given a line another revenue account."""
    as_charged = pl.col("charged_account").alias("revenue_account")
    return lines.with_columns(as_charged).select(*LINE_KEY, "invoice_no", "entry_no")


def _with_line_period(due: pl.DataFrame) -> pl.DataFrame:
    """Part lines by period: each of a recurring fee's is a line; usage, adjustments and one-off fees are one line."""
    recurring = pl.col("charge_kind") == "recurring"
    period = pl.format("{}/{}", "service_from", "service_to")
    return due.with_columns(pl.when(recurring).then(period).otherwise(pl.lit("")).alias("line_period"))
