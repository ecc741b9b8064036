"""Invoices that would be negative become credit notes of the invoices whose lines they correct."""

from __future__ import annotations

import polars as pl

from invoicing.credit_note_rows import NoteIssue, credit_note_rows
from invoicing.credit_notes import taken_back
from invoicing.negative_invoices import charges_over, credited_lines, goodwill_over
from pipelines.billing.bill_facts import BillFacts
from pipelines.billing.credit_note_flow import InvoicesToCredit, write_credit_notes
from pipelines.billing.unbilled import as_paid
from pipelines.documents.seller_details import seller_no
from pipelines.night import Night
from rating.charges import with_charge_id
from schemas import tables

_LAST = (
    "SELECT account_id, max(invoice_no)::BIGINT AS invoice_no FROM invoice WHERE document_kind = 'invoice' GROUP BY ALL"
)


def credit_negative(night: Night, negative: pl.DataFrame) -> int:
    """Make credit notes of charges below zero in invoices that would be negative; return how many.

    `negative`: what these invoices would carry (account_id, charge_id). One transaction writes all of them; what is
    above zero stands on the next invoice, and so does goodwill that is more than is left of the last one.
    """
    if negative.is_empty():
        return 0
    own = night.store.read_matching(tables.CHARGE, negative.select("charge_id"))
    charges = as_paid(night, own)
    origins = _origins(night, charges)
    last = night.store.query(_LAST).join(charges, on="account_id", how="semi")
    named = pl.concat([origins["invoice_no"], last["invoice_no"]])
    known = InvoicesToCredit(night.store, named)
    whose = known.invoices.select("invoice_no", "account_id")
    left = known.left.of_accounts(whose)
    over = goodwill_over(charges, origins, left, night.on)
    lines, charged = credited_lines(charges, origins, left, over)
    if lines.is_empty():
        return 0
    issue = NoteIssue(
        night.on,
        BillFacts(night).next_number("credit_note"),
        seller_no(night),
        length_digit=night.policy.numbering.ocr_length_digit,
    )
    notes = credit_note_rows(taken_back(lines, left), known.credited(), issue, charged)
    parts = charges_over(own, over.join(charged, left_on="over_id", right_on="charge_id", how="semi"), night.on)
    with night.store.transaction("credit notes of negative invoices"):
        night.store.append(tables.CHARGE, parts)
        write_credit_notes(night, notes)
    return notes.invoices.height


def _origins(night: Night, charges: pl.DataFrame) -> pl.DataFrame:
    """Find the line on which what a charge corrects was invoiced: charge_id, invoice_no, entry_no.

    Of a re-rating by its records, of a fee by its `line_key`; the first one where there are several.
    """
    read = night.store.read_matching
    again = read(tables.RERATED_USAGE, charges.select("charge_id")).select("usage_id", "charge_id")
    rated = with_charge_id(read(tables.RATED_USAGE, again.select("usage_id")))
    of_usage = again.join(rated.select("usage_id", corrected="charge_id"), on="usage_id")
    keyed = charges.select("charge_id", "line_key").drop_nulls()
    fees = read(tables.CHARGE, keyed.select("line_key")).select("line_key", corrected="charge_id")
    of_fees = keyed.join(fees, on="line_key").filter(pl.col("charge_id") != pl.col("corrected"))
    corrected = pl.concat([each.select("charge_id", "corrected") for each in (of_usage, of_fees)]).unique()
    billed = read(tables.BILLED_CHARGE, corrected.select(charge_id="corrected"))
    invoices = read(tables.INVOICE, billed.select("invoice_no"), "document_kind = 'invoice'")
    return (
        corrected.join(billed.select("invoice_no", "entry_no", corrected="charge_id"), on="corrected")
        .join(invoices, on="invoice_no", how="semi")
        .sort("invoice_no", "entry_no")
        .group_by("charge_id", maintain_order=True)
        .agg(pl.col("invoice_no", "entry_no").first())
    )
