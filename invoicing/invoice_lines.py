"""The lines of an invoice: charges of one article, added up and rounded once."""

from __future__ import annotations

import polars as pl

from schemas.coded_text import plain
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
    kinds, of_charges = _kinds(due, articles)
    # Ascends by account, then by kind: the order of the lines.
    line = pl.col("account_id") * kinds.height + pl.col("_kind")
    carried = due.with_columns(of_charges).with_columns((line.rank("dense") - 1).alias("line_no"))
    lines = (
        carried.group_by("line_no")
        .agg(
            pl.col("account_id", "billing_date", "_kind").first(),
            pl.col("service_from").min(),
            pl.col("service_to").max(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("amount_ex_vat")),
            *(_agreed(name) for name in ("used_days", "full_days")),
        )
        .sort("line_no")
        .join(kinds, on="_kind", how="left", maintain_order="left")
        .drop("_kind")
        .with_columns(
            round_to_amount(pl.col("amount_ex_vat")).alias("net_amount"),
            (pl.col("line_no") - pl.col("line_no").min().over("account_id") + 1).cast(pl.Int64).alias("entry_no"),
        )
    )
    return lines, carried.drop("_kind")


def _kinds(due: pl.DataFrame, articles: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Number what tells an account's lines apart (`_kind`), in the order of lines.

    There are few of them: texts are compared and put in order here, not line by line. Returns the kinds with their
    texts, and each charge's.
    """
    kind = pl.col("charge_kind")
    named = articles.select("article_no", "article_name", apart="line_group")
    rows = pl.int_range(pl.len(), dtype=pl.UInt32).alias("_rows")
    kinds = (
        plain(with_fee_period(due).with_columns(rows).group_by(LINE_KEY[1:]).agg("_rows"))
        .sort(kind.replace_strict(_ORDER, return_dtype=pl.Int64), *LINE_KEY[2:])
        .with_row_index("_kind")
    )
    of_charges = kinds.select("_kind", "_rows").explode("_rows").sort("_rows")["_kind"]
    group = kind.replace_strict(_GROUPS, return_dtype=pl.String)
    told = kinds.drop("_rows").join(named, on="article_no", how="left").with_columns(
        pl.coalesce(pl.when(kind == "usage").then("apart"), group).alias("line_group"),
        pl.col("article_name").alias("line_text"),
    )  # fmt: skip
    return told, of_charges


def _agreed(name: str) -> pl.Expr:
    return pl.when(pl.col(name).min() == pl.col(name).max()).then(pl.col(name).min()).alias(name)


def billed_charges(carried: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell which line carries each charge: BILLED_CHARGE rows of the lines that have an `invoice_no`.

    `carried`: charges with their `line_no`, as `invoice_lines` gives them.
    """
    numbers = lines.select("line_no", "invoice_no", "entry_no")
    return (
        carried.select("charge_id", "line_no", "amount_ex_vat")
        .join(numbers, on="line_no", how="left", maintain_order="left")
        .filter(pl.col("invoice_no").is_not_null())
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
