"""The lines of an invoice: charges of one article, added up and rounded once."""

from __future__ import annotations

import polars as pl

from schemas.money import round_to_amount, sum_charges

# Each period of a recurring fee is a line (`fee_from`, `fee_to`); usage, adjustments and one-off fees are one. On
# consolidated invoices each cost centre has lines of its own.
LINE_KEY = [
    "account_id", "charge_kind", "article_no", "usage_kind", "vat_class", "revenue_account", "fee_from", "fee_to",
    "cost_centre",
]  # fmt: skip
# What is promised stands first, what was used next, what corrects earlier invoices or this one last.
_ORDER = {"recurring": 1, "one_off": 2, "usage": 3, "adjustment": 4, "basis_change": 5}
_GROUPS = {
    "recurring": "fee", "one_off": "one_off", "usage": "usage", "adjustment": "adjustment", "basis_change": "reduction"
}  # fmt: skip


def invoice_lines(due: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Add up charges (`charges_due`) per line.

    Returns INVOICE_LINE columns without `invoice_no` and VAT, with the columns of `LINE_KEY`, `billing_date` and
    `charge_rows`: the positions in `due` of the charges that a line is made of. `entry_no` counts within an account;
    articles come in order of their number within a kind of charge.
    """
    kind = pl.col("charge_kind")
    if "cost_centre" not in due.columns:
        due = due.with_columns(pl.lit(None, pl.String).alias("cost_centre"))
    recurring = kind == "recurring"
    grouped = (
        due.with_columns(
            pl.when(recurring).then("service_from").alias("fee_from"),
            pl.when(recurring).then("service_to").alias("fee_to"),
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("charge_rows"),
        )
        .group_by(LINE_KEY)
        .agg(
            pl.col("billing_date").first(),
            pl.col("service_from").min(),
            pl.col("service_to").max(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("amount_ex_vat")),
            pl.col("charge_rows"),
        )
    )
    position = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    return (
        grouped.join(articles.select("article_no", "article_name"), on="article_no", how="left")
        .sort("account_id", kind.replace_strict(_ORDER, return_dtype=pl.Int64), *LINE_KEY[2:])
        .with_columns(
            round_to_amount(pl.col("amount_ex_vat")).alias("net_amount"),
            kind.replace_strict(_GROUPS, return_dtype=pl.String).alias("line_group"),
            position.alias("entry_no"),
            pl.col("article_name").alias("line_text"),
        )
    )


def billed_charges(due: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell which line carries each charge: BILLED_CHARGE rows of the lines that have an `invoice_no`.

    `due`: the charges that `invoice_lines` made the lines of.
    """
    rows = lines.select("charge_rows", "invoice_no", "entry_no").explode("charge_rows")
    carried = due.select("charge_id", "amount_ex_vat")[rows["charge_rows"]]
    return rows.select(carried["charge_id"], "invoice_no", "entry_no", carried["amount_ex_vat"]).sort("charge_id")
