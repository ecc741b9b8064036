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
# What is promised stands first, what was used next, what corrects earlier invoices or this one then, and last what
# terms of the period make of all that, in the order of `invoicing.period_terms`.
_ORDER = {
    "recurring": 1, "one_off": 2, "usage": 3, "paper_fee": 4, "adjustment": 5, "basis_change": 6,
    "rebate": 7, "coupon": 8, "cap": 9, "commitment": 10,
}  # fmt: skip
_GROUPS = {
    "recurring": "fee", "one_off": "one_off", "usage": "usage", "paper_fee": "fee", "adjustment": "adjustment",
    "basis_change": "reduction", "rebate": "reduction", "coupon": "reduction", "cap": "reduction",
    "commitment": "commitment",
}  # fmt: skip


def invoice_lines(due: pl.DataFrame, articles: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add up charges (`charges_of`) per line.

    Returns INVOICE_LINE columns without `invoice_no` and VAT, with the columns of `LINE_KEY`, `billing_date` and
    `line_no`; and the charges with the `line_no` of the line that carries them. `entry_no` counts within an account;
    articles come in order of their number within a kind of charge. Usage stands in the `line_group` of its article,
    such as premium services, where that has one. Days used of a period are told where all charges of the line agree.
    """
    kind = pl.col("charge_kind")
    grouped = (
        with_fee_period(due)
        .with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("_rows"))
        .group_by(LINE_KEY)
        .agg(
            pl.col("billing_date").first(),
            pl.col("service_from").min(),
            pl.col("service_to").max(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("amount_ex_vat")),
            *(_agreed(name) for name in ("used_days", "full_days")),
            pl.col("_rows"),
        )
        .with_row_index("line_no")
    )
    position = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    lines = (
        grouped.drop("_rows")
        .join(articles.select("article_no", "article_name", apart="line_group"), on="article_no", how="left")
        .sort("account_id", kind.replace_strict(_ORDER, return_dtype=pl.Int64), *LINE_KEY[2:])
        .with_columns(
            round_to_amount(pl.col("amount_ex_vat")).alias("net_amount"),
            pl.coalesce(
                pl.when(kind == "usage").then("apart"), kind.replace_strict(_GROUPS, return_dtype=pl.String)
            ).alias("line_group"),
            position.alias("entry_no"),
            pl.col("article_name").alias("line_text"),
        )
    )
    return lines, _carried(due, grouped.select("line_no", "_rows"))


def _agreed(name: str) -> pl.Expr:
    return pl.when(pl.col(name).min() == pl.col(name).max()).then(pl.col(name).min()).alias(name)


def _carried(due: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Give each charge the number of its line; `_rows` are the positions of a line's charges."""
    each = rows.explode("_rows").sort("_rows")
    return due.with_columns(each["line_no"])


def billed_charges(carried: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell which line carries each charge: BILLED_CHARGE rows of the lines that have an `invoice_no`.

    `carried`: charges with their `line_no`, as `invoice_lines` gives them.
    """
    numbers = lines.select("line_no", "invoice_no", "entry_no")
    return (
        carried.select("charge_id", "line_no", "amount_ex_vat")
        .join(numbers, on="line_no", maintain_order="left")
        .select("charge_id", "invoice_no", "entry_no", "amount_ex_vat")
    )


def with_fee_period(due: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of `LINE_KEY` that part lines by period: `fee_from` and `fee_to`, null but for recurring fees.

    Charges without a `cost_centre` have none.
    """
    recurring = pl.col("charge_kind") == "recurring"
    none = [] if "cost_centre" in due.columns else [pl.lit(None, pl.String).alias("cost_centre")]
    return due.with_columns(
        *none,
        pl.when(recurring).then("service_from").alias("fee_from"),
        pl.when(recurring).then("service_to").alias("fee_to"),
    )
