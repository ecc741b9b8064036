"""Settle: payments find their invoices, credit pays open items, resellers earn their commission."""

from __future__ import annotations

import polars as pl

from invoicing.payment_identity import payment_digits
from invoicing.settlement import allocate_payments, credit_left, draw_credit, open_items
from pipelines.night import Night, StageReport
from rating.commission import accrue_commission
from schemas import tables
from schemas.ocr_reference import numbers_in

_UNALLOCATED = """
    SELECT * FROM (SELECT * FROM payment WHERE received_on >= $1)
      ANTI JOIN (SELECT payment_id FROM allocation WHERE allocated_on >= $1) USING (payment_id)
"""


def current_open_items(night: Night) -> pl.DataFrame:
    """Return the receivables not fully paid, with their `open_amount`; by day those of the accounts touched."""
    return open_items(night.read(tables.RECEIVABLE), night.read(tables.ALLOCATION))


def settle(night: Night) -> StageReport:
    """Allocate payments without an allocation, then draw credit, then accrue commission, in one transaction.

    A run by day looks at the accounts whose invoices new payments name; credit of others waits for the night.
    """
    store = night.store
    new = store.select(tables.PAYMENT, _UNALLOCATED, [night.not_done_since])
    if new.is_empty() and not night.is_whole:
        return StageReport(0, 0, 0, "no new payments")
    invoices = _invoices_named(night, new)
    night.touch(invoices)
    payers = night.only(invoices)
    allocations, receivables = payers.read(tables.ALLOCATION), payers.read(tables.RECEIVABLE)
    by_reference = _dated(night, allocate_payments(new, open_items(receivables, allocations), invoices))
    settled = pl.concat([allocations, by_reference])
    drawn = _dated(night, draw_credit(credit_left(settled), open_items(receivables, settled)))
    rows = pl.concat([by_reference, drawn])
    commission = accrue_commission(
        rows, receivables, payers.read(tables.ACCOUNT), night.config(tables.RESELLER)
    ).with_columns(pl.lit(night.on).alias("accrued_on"))
    if rows.height:
        with store.transaction("settle"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, commission)
    suspense = by_reference.filter(pl.col("allocation_kind") == "suspense").height
    credited = by_reference.filter(pl.col("allocation_kind") == "credit").height
    summary = f"{new.height - suspense} payments matched, {credited} left credit, {suspense} in suspense"
    return StageReport(new.height, new.height, 0, f"{summary}; {commission.height} commissions")


def _invoices_named(night: Night, payments: pl.DataFrame) -> pl.DataFrame:
    """Read the invoices that payments may name; in a night all of them."""
    if night.is_whole:
        return night.store.read(tables.INVOICE)
    named = payments.select(numbers_in(payment_digits(pl.col("reference_text"))).alias("invoice_no")).drop_nulls()
    return night.store.read_matching(tables.INVOICE, named)


def _dated(night: Night, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(night.on).alias("allocated_on")).select(tables.ALLOCATION.names)
