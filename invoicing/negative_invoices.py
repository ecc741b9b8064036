"""Invoices that would be negative: what was charged too much goes back as credit notes of the invoices it stood on.

Differences of a re-rating and corrections of fees are charges below zero. As long as an account's next invoice is above
them they are lines of it. Where they are not, each goes to the line that it corrects; what corrects no line, such as
goodwill, goes to the account's last invoice. What is above zero waits for the next one.
"""

from __future__ import annotations

import polars as pl

from invoicing.credit_notes import TAKEN_SCHEMA, Left
from schemas.money import round_to_amount, sum_charges, to_minor

_LINE, _CLASS = ["invoice_no", "entry_no"], ["invoice_no", "vat_class"]


def credited_lines(charges: pl.DataFrame, origins: pl.DataFrame, left: Left) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell which lines charges below zero take back.

    `charges`: CHARGE rows; `origins`: the line that a charge corrects (charge_id, invoice_no, entry_no), of some;
    `left`: of the invoices of these lines and of the last invoice of each account (`left_to_credit`), whose heads name
    the `account_id`. The charges of a line are added and rounded once; where they come to more than is left of the
    line, or of its VAT class, they wait. Returns rows of `TAKEN_SCHEMA`, one note per invoice, and its charges as
    `credit_note_rows` takes them (note, entry_no, charge_id, amount_ex_vat).
    """
    below = charges.filter(pl.col("amount_ex_vat") < 0)
    known = below.join(origins, on="charge_id")
    others = _of_last_invoice(below.join(origins, on="charge_id", how="anti"), left)
    placed = pl.concat([known.select(others.columns), others])
    wanted = placed.group_by(_LINE).agg(round_to_amount(sum_charges(pl.col("amount_ex_vat"))).alias("_amount"))
    fitting = (
        wanted.with_columns((-to_minor(pl.col("_amount"))).alias("net"))
        .join(left.lines.select(*_LINE, "vat_class", _left="net"), on=_LINE)
        .join(left.classes.select(*_CLASS, _of_class="net"), on=_CLASS)
        .filter((pl.col("net") > 0) & (pl.col("net") <= pl.col("_left")))
        .sort(_LINE)
        .filter(pl.col("net").cum_sum().over(_CLASS) <= pl.col("_of_class"))
        .with_columns(pl.format("negative:{}", "invoice_no").alias("note"))
    )
    of_notes = placed.join(fitting, on=_LINE).select("note", "entry_no", "charge_id", "amount_ex_vat")
    return fitting.select(TAKEN_SCHEMA.names()), of_notes


def _of_last_invoice(charges: pl.DataFrame, left: Left) -> pl.DataFrame:
    """Place charges that correct no line on the largest line of their VAT class in the account's last invoice."""
    last = left.heads.group_by("account_id").agg(pl.col("invoice_no").max())
    largest = (
        left.lines.join(last, on="invoice_no")
        .filter(pl.col("net") > 0)
        .sort("net", pl.col("entry_no"), descending=[True, False])
        .group_by("account_id", "vat_class", maintain_order=True)
        .agg(pl.col(*_LINE).first())
    )
    return charges.join(largest, on=["account_id", "vat_class"]).select("charge_id", "amount_ex_vat", *_LINE)
