"""What the VAT of invoices and credit notes must be, computed again from their own net amounts and rates.

An invoice has per VAT class the rate on the sum of its rounded lines, rounded once. A credit note has per class one of
two exact amounts, by what was left of the class before it (`invoicing/credit_notes.py`):

1. of lines: the rate on what it takes, never more than all VAT left, and all VAT left where it takes all net left;
2. of an amount including VAT: what that amount holds beyond its net, which is the amount / (1 + rate) rounded once,
   neither of them more than is left.

So an invoice and its credit notes together keep the rate within the rounding of each of them (half a hundredth, and of
a note by amount half a hundredth times 1 + rate), and come to 0 where all of a class is taken back.
"""

from __future__ import annotations

import polars as pl

from schemas.money import PERCENT_UNITS, divide_half_away, from_minor, percent_of, percent_units, to_minor

_CLASS = ["credits_invoice_no", "vat_class"]
_WHOLE = 100 * PERCENT_UNITS


def vat_of_invoices(classes: pl.DataFrame) -> pl.DataFrame:
    """Add `expected_vat` to classes of invoices (`vat_percent`, `net_amount`)."""
    return classes.with_columns(percent_of(pl.col("net_amount"), pl.col("vat_percent")).alias("expected_vat"))


def vat_of_credit_notes(noted: pl.DataFrame, invoiced: pl.DataFrame) -> pl.DataFrame:
    """Add `expected_vat` to classes of credit notes, which is their own VAT where that is one of the two.

    `noted`: credits_invoice_no, invoice_no, vat_class, `net_amount` and `vat_amount` (negative), every credit note of
    its invoice; `invoiced`: invoice_no, vat_class, vat_percent, net_amount, vat_amount of the invoices. The rate is
    that of the invoice; a class that the invoice has not has nothing left.
    """
    invoice = invoiced.select(
        "vat_class",
        "vat_percent",
        credits_invoice_no="invoice_no",
        _net=_minor("net_amount"),
        _vat=_minor("vat_amount"),
    )
    return (
        noted.join(invoice, on=_CLASS, how="left")
        .sort(*_CLASS, "invoice_no")
        .with_columns(_taken=-_minor("net_amount"), _taken_vat=-_minor("vat_amount"))
        .with_columns(_left=_before("_net", "_taken"), _left_vat=_before("_vat", "_taken_vat"))
        .with_columns(_of_lines=_vat_of_lines(), _of_amount=_vat_of_amount())
        .with_columns(pl.when(pl.col("_taken_vat") == pl.col("_of_amount")).then("_of_amount").otherwise("_of_lines")
                      .alias("_expected"))
        .select(noted.columns, expected_vat=from_minor(-pl.col("_expected")))
    )  # fmt: skip


def _before(whole: str, taken: str) -> pl.Expr:
    """Return what was left before a credit note: the invoice less the credit notes with lower numbers."""
    earlier = pl.col(taken).cum_sum().over(_CLASS) - pl.col(taken)
    return pl.col(whole).fill_null(0) - earlier


def _vat_of_lines() -> pl.Expr:
    exact, left = divide_half_away(pl.col("_taken") * _rate(), _WHOLE), pl.col("_left_vat")
    within = pl.when(left >= 0).then(pl.min_horizontal(exact, left)).otherwise(pl.max_horizontal(exact, left))
    return pl.when(pl.col("_taken") == pl.col("_left")).then(left).otherwise(within)


def _vat_of_amount() -> pl.Expr:
    gross = pl.col("_taken") + pl.col("_taken_vat")
    net = pl.min_horizontal(divide_half_away(gross * _WHOLE, _rate() + _WHOLE), "_left")
    return pl.min_horizontal(gross - net, "_left_vat")


def _rate() -> pl.Expr:
    return percent_units(pl.col("vat_percent")).fill_null(0)


def _minor(column: str) -> pl.Expr:
    return to_minor(pl.col(column))
