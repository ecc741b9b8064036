"""Credit notes as rows: a document with a number of its own, its charges, its claim, and where that goes.

Every amount is negative, so that sums over invoices, lines, VAT, claims and postings take credit notes off.
The claim is set off against what is open of the credited invoice; what is beyond that is credit on the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from invoicing.allocation_rows import at_par
from invoicing.credit_notes import Taken
from schemas.money import AMOUNT, from_minor, in_home_currency, sum_charges, to_minor
from schemas.money import CHARGE as CHARGE_TYPE
from schemas.ocr_reference import ocr_references
from schemas.tables import (
    ALLOCATION,
    BILLED_CHARGE,
    CHARGE,
    INVOICE,
    INVOICE_LINE,
    INVOICE_PARTY,
    INVOICE_VAT,
    RECEIVABLE,
)

CREDIT_RULE = "credit_note"
_COUNTED = ("quantity", "duration_s", "volume_bytes", "included_units")


@dataclass(frozen=True)
class Credited:
    """What is credited: INVOICE, INVOICE_LINE, INVOICE_VAT and INVOICE_PARTY rows, and `open_items` of the invoices."""

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    open_items: pl.DataFrame


@dataclass(frozen=True)
class NoteIssue:
    """What the credit notes of a run have in common: their date, the next number, the seller's version."""

    on: date
    first_number: int
    seller_no: int
    length_digit: bool = True


@dataclass(frozen=True)
class CreditNotes:
    """New rows of INVOICE, INVOICE_LINE, INVOICE_VAT, INVOICE_PARTY, CHARGE, BILLED_CHARGE, RECEIVABLE, ALLOCATION.

    `numbers`: the number that each `note` got.
    """

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    charges: pl.DataFrame
    billed: pl.DataFrame
    receivables: pl.DataFrame
    allocations: pl.DataFrame
    numbers: pl.DataFrame


def credit_note_rows(
    taken: Taken, credited: Credited, issue: NoteIssue, charged: pl.DataFrame | None = None
) -> CreditNotes:
    """Number credit notes in the order of their keys, and write down what they take back.

    `charged` names the charges that a note is made of (note, entry_no of the credited line, charge_id, amount_ex_vat),
    where they were made before, as differences of a re-rating are; without it each line becomes a charge of kind
    `credit`.
    """
    numbered = (pl.int_range(pl.len(), dtype=pl.Int64) + issue.first_number).alias("number")
    numbers = taken.heads.sort("note").select("note", "invoice_no", "total", "rounding", numbered)
    lines = _lines(taken, credited, numbers, charged)
    vat = _vat(taken, credited, numbers)
    heads = _heads(numbers, vat, credited, issue)
    made = CHARGE.empty() if charged is not None else _charges(lines, heads, issue.on)
    billed = _billed(lines, made, charged)
    claims = _claims(heads)
    return CreditNotes(
        invoices=INVOICE.complete(heads),
        lines=INVOICE_LINE.complete(lines),
        vat=vat.select(INVOICE_VAT.names),
        parties=_of_notes(credited.parties, numbers).select(INVOICE_PARTY.names),
        charges=made,
        billed=billed,
        receivables=claims.select(RECEIVABLE.names),
        allocations=_set_off(claims, credited.open_items, issue.on),
        numbers=numbers.select("note", invoice_no="number"),
    )


def _of_notes(rows: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Give rows of credited invoices the number of their note, which becomes `invoice_no`."""
    return rows.join(numbers.select("invoice_no", "number"), on="invoice_no").with_columns(invoice_no="number")


def _lines(taken: Taken, credited: Credited, numbers: pl.DataFrame, charged: pl.DataFrame | None) -> pl.DataFrame:
    """Write each line taken back as the line it was, negative; what is counted of it only where all of it is."""
    found = (
        taken.lines.join(credited.lines, on=["invoice_no", "entry_no"])
        .join(numbers.select("note", "number"), on="note")
        .sort("note", "entry_no")
    )
    is_whole = pl.col("net") == to_minor(pl.col("net_amount"))
    exact = from_minor(-pl.col("net")).cast(CHARGE_TYPE)
    if charged is not None:
        summed = charged.group_by("note", "entry_no").agg(sum_charges(pl.col("amount_ex_vat")).alias("_charged"))
        found, exact = found.join(summed, on=["note", "entry_no"]), pl.col("_charged")
    return found.with_columns(
        pl.col("number").alias("invoice_no"),
        pl.col("entry_no").alias("credited_entry_no"),
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("note").alias("entry_no"),
        pl.lit("credit").alias("charge_kind"),
        *(pl.when(is_whole).then(name).otherwise(0).alias(name) for name in _COUNTED),
        exact.alias("amount_ex_vat"),
        from_minor(-pl.col("net")).alias("net_amount"),
    )


def _vat(taken: Taken, credited: Credited, numbers: pl.DataFrame) -> pl.DataFrame:
    kept = credited.vat.drop("net_amount", "vat_amount")
    return (
        taken.classes.join(kept, on=["invoice_no", "vat_class"])
        .join(numbers.select("note", "number"), on="note")
        .with_columns(
            pl.col("number").alias("invoice_no"),
            from_minor(-pl.col("net")).alias("net_amount"),
            from_minor(-pl.col("vat")).alias("vat_amount"),
        )
        .sort("invoice_no", "vat_class")
    )


def _heads(numbers: pl.DataFrame, vat: pl.DataFrame, credited: Credited, issue: NoteIssue) -> pl.DataFrame:
    """Write INVOICE rows: of the credited invoice's account, currency, rate and treatment, with today's date."""
    sums = vat.group_by("invoice_no").agg(pl.col("net_amount", "vat_amount").sum().cast(AMOUNT))
    kept = credited.invoices.drop(
        "net_amount", "vat_amount", "rounding_amount", "total_amount", "to_pay_amount", "rf_reference"
    )
    return (
        numbers.join(kept, on="invoice_no")
        .with_columns(
            pl.lit("credit_note").alias("document_kind"),
            pl.col("invoice_no").alias("credits_invoice_no"),
            pl.col("number").alias("invoice_no"),
            pl.lit(issue.on).alias("invoiced_on"),
            pl.lit(issue.on).alias("due_on"),
            from_minor(-pl.col("rounding")).alias("rounding_amount"),
            from_minor(-pl.col("total")).alias("total_amount"),
            from_minor(-pl.col("total")).alias("to_pay_amount"),
            pl.lit(0).cast(AMOUNT).alias("credit_drawn_amount"),
            ocr_references(pl.col("number"), length_digit=issue.length_digit).alias("ocr_reference"),
            pl.lit(issue.seller_no, pl.Int64).alias("seller_no"),
        )
        .join(sums, on="invoice_no")
        .sort("invoice_no")
    )


def _charges(lines: pl.DataFrame, heads: pl.DataFrame, on: date) -> pl.DataFrame:
    whose = heads.select("invoice_no", "account_id", "account_bucket", "currency")
    named = lines.join(whose, on="invoice_no").with_columns(
        pl.format("credit:{}:{}", "note", "credited_entry_no").alias("charge_id"), pl.lit(on).alias("charged_on")
    )
    return CHARGE.complete(named).sort("charge_id")


def _billed(lines: pl.DataFrame, made: pl.DataFrame, charged: pl.DataFrame | None) -> pl.DataFrame:
    place = lines.select("note", "invoice_no", "entry_no", "credited_entry_no")
    if charged is not None:
        of_lines = charged.rename({"entry_no": "credited_entry_no"})
        return of_lines.join(place, on=["note", "credited_entry_no"]).select(BILLED_CHARGE.names).sort("charge_id")
    named = place.with_columns(pl.format("credit:{}:{}", "note", "credited_entry_no").alias("charge_id"))
    return named.join(made.select("charge_id", "amount_ex_vat"), on="charge_id").select(BILLED_CHARGE.names)


def _claims(heads: pl.DataFrame) -> pl.DataFrame:
    return heads.with_columns(
        pl.format("invoice:{}", "invoice_no").alias("receivable_id"),
        pl.lit("credit_note").alias("receivable_kind"),
        pl.col("total_amount").alias("amount"),
        in_home_currency(pl.col("total_amount"), pl.col("exchange_rate")).alias("home_amount"),
        pl.col("invoiced_on").alias("booked_on"),
    )


def _set_off(claims: pl.DataFrame, open_items: pl.DataFrame, on: date) -> pl.DataFrame:
    """Set claims of credit notes off against what is open of their invoices; the rest is credit on the account.

    The rows of a note add up to zero: more paid of the invoice, more credit, and the note's own claim used up.
    """
    named = pl.format("invoice:{}", "credits_invoice_no")
    owed = open_items.select(_credited="receivable_id", _open=to_minor(pl.col("open_amount")))
    whole = -to_minor(pl.col("amount"))
    parts = (
        claims.with_columns(named.alias("_credited"))
        .join(owed, on="_credited", how="left")
        .with_columns(pl.min_horizontal(whole, pl.col("_open").fill_null(0)).alias("_paid"))
        .with_columns((whole - pl.col("_paid")).alias("_beyond"), whole.alias("_whole"))
    )
    note = pl.format("credit_note:{}", "invoice_no")

    def rows(kind: str, ending: str, receivable: pl.Expr, minor: pl.Expr) -> pl.DataFrame:
        return parts.select(
            (note + ending).alias("allocation_id"),
            note.alias("payment_id"),
            (pl.lit("A:") + note).alias("voucher_id"),
            "account_id",
            receivable.alias("receivable_id"),
            pl.lit(kind).alias("allocation_kind"),
            from_minor(minor).alias("amount"),
            pl.lit(CREDIT_RULE).alias("match_rule"),
            pl.lit(on).alias("allocated_on"),
        )

    made = pl.concat(
        [
            rows("receivable", ">invoice", pl.col("_credited"), pl.col("_paid")),
            rows("receivable", "<claim", pl.col("receivable_id"), -pl.col("_whole")),
            rows("credit", ">credit", pl.lit(None, pl.String), pl.col("_beyond")),
        ]
    )
    return ALLOCATION.complete(at_par(made.filter(pl.col("amount") != 0))).sort("allocation_id")
