"""Credit notes as rows: a document with a number of its own, its charges, its claim, and where that goes.

Every amount is negative, so that sums over invoices, lines, VAT, claims and postings take credit notes off.
The claim is set off against what is open of the credited invoice, then against what of it was written off: nobody gets
money back that never came. What is beyond that is credit on the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from invoicing.allocation_rows import allocation_rows
from invoicing.credit_notes import Taken
from schemas.money import AMOUNT, from_minor, in_home_currency, share, sum_charges, to_minor
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
    """What is credited: INVOICE, INVOICE_LINE, INVOICE_VAT and INVOICE_PARTY rows, and what their claims come to now.

    `open_items` and `recoverable` of these, as of `settlement`; the latter were written off.
    """

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    open_items: pl.DataFrame
    recoverable: pl.DataFrame


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
        allocations=_set_off(claims, credited, issue.on),
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


def _set_off(claims: pl.DataFrame, credited: Credited, on: date) -> pl.DataFrame:
    """Set claims of credit notes off against what is open of their invoices, then what was lost; the rest is credit.

    The rows of a note add up to zero: more paid of the invoice, more recovered of it, more credit, and the note's own
    claim used up.
    """
    whole, whole_home = pl.col("_whole"), pl.col("_whole_home")
    parts = (
        claims.with_columns(pl.format("invoice:{}", "credits_invoice_no").alias("_credited"))
        .join(_held(credited.open_items, "_open"), on="_credited", how="left")
        .join(_held(credited.recoverable, "_lost"), on="_credited", how="left")
        .with_columns(
            pl.col("_open", "_open_home", "_lost", "_lost_home").fill_null(0),
            _whole=-to_minor(pl.col("amount")),
            _whole_home=-to_minor(pl.col("home_amount")),
            payment_id=pl.format("credit_note:{}", "invoice_no"),
        )
        .with_columns(_paid=pl.min_horizontal("_whole", "_open"))
        .with_columns(_back=pl.min_horizontal(whole - pl.col("_paid"), "_lost"))
        .with_columns(_beyond=whole - pl.col("_paid") - pl.col("_back"))
        .with_columns(_paid_home=share(whole_home, pl.col("_paid"), whole))
        .with_columns(_back_home=share(whole_home, pl.col("_paid") + pl.col("_back"), whole) - pl.col("_paid_home"))
    )
    beyond_home = whole_home - pl.col("_paid_home") - pl.col("_back_home")
    of_open = share(pl.col("_open_home"), pl.col("_paid"), pl.col("_open"))
    of_lost = share(pl.col("_lost_home"), pl.col("_back"), pl.col("_lost"))
    sides = (
        ("receivable", ">invoice", "_credited", "_paid", of_open, pl.col("_paid_home"), 1),
        ("recovered", ">recovered", "_credited", "_back", of_lost, pl.col("_back_home"), 1),
        ("receivable", "<claim", "receivable_id", "_whole", whole_home, whole_home, -1),
        ("credit", ">credit", None, "_beyond", beyond_home, beyond_home, 1),
    )
    made = pl.concat(_side(parts, *side) for side in sides).filter(pl.col("amount") != 0)
    return ALLOCATION.complete(made.with_columns(pl.lit(on).alias("allocated_on"))).sort("allocation_id")


def _held(items: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return what there is of each claim (`_credited`) and its worth in the books, in minor units."""
    home = to_minor(pl.col("open_home_amount")).alias(f"{name}_home")
    return items.select(pl.col("receivable_id").alias("_credited"), to_minor(pl.col("open_amount")).alias(name), home)


def _side(
    parts: pl.DataFrame,
    kind: str,
    ending: str,
    claim: str | None,
    minor: str,
    home: pl.Expr,
    paid_home: pl.Expr,
    sign: int,
) -> pl.DataFrame:
    amount = pl.col(minor)
    of_claim = pl.lit(None, pl.String) if claim is None else pl.col(claim)
    pieces = parts.select(
        "payment_id", "account_id", of_claim.alias("receivable_id"), amount.alias("amount"), home.alias("home"),
        amount.alias("paid"), paid_home.alias("paid_home"),
    )  # fmt: skip
    key = pl.format("A:{}", "payment_id")
    rows = allocation_rows(pieces, kind, CREDIT_RULE, to=pl.lit(ending), voucher=key, sign=sign)
    return rows.with_columns((pl.col("payment_id") + ending).alias("allocation_id"))
