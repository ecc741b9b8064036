"""Match and settle: payments find their invoices, credit pays open items, resellers earn their commission."""

from __future__ import annotations

import polars as pl

from invoicing.settlement import allocate_payments, credit_left, draw_credit, open_items
from pipelines.night import Night, StageReport
from rating.commission import accrue_commission
from schemas import tables


def current_open_items(night: Night) -> pl.DataFrame:
    """Return the receivables not fully paid, with their `open_amount`."""
    return open_items(night.store.read(tables.RECEIVABLE), night.store.read(tables.ALLOCATION))


def match(night: Night) -> StageReport:
    """Allocate the payments that name an invoice already sent, so that what they pay is no exposure tonight.

    What names none waits for `settle`, which comes after tonight's invoices.
    """
    store = night.store
    new = _new_payments(night)
    if new.is_empty():
        return StageReport(0, 0, 0, "no new payments")
    allocations, receivables = store.read(tables.ALLOCATION), store.read(tables.RECEIVABLE)
    found = allocate_payments(new, open_items(receivables, allocations), store.read(tables.INVOICE))
    rows = _dated(night, found.filter(pl.col("allocation_kind") != "suspense"))
    if rows.height:
        with store.transaction("match"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, _commission(night, rows, receivables))
    matched = rows["payment_id"].n_unique()
    return StageReport(new.height, matched, 0, f"{matched} of {new.height} payments matched")


def settle(night: Night) -> StageReport:
    """Allocate payments without an allocation, then draw credit, then accrue commission, in one transaction."""
    store = night.store
    new = _new_payments(night)
    allocations, receivables = store.read(tables.ALLOCATION), store.read(tables.RECEIVABLE)
    by_reference = _dated(
        night, allocate_payments(new, open_items(receivables, allocations), store.read(tables.INVOICE))
    )
    settled = pl.concat([allocations, by_reference])
    drawn = _dated(night, draw_credit(credit_left(settled), open_items(receivables, settled)))
    rows = pl.concat([by_reference, drawn])
    commission = _commission(night, rows, receivables)
    if rows.height:
        with store.transaction("settle"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, commission)
    suspense = by_reference.filter(pl.col("allocation_kind") == "suspense").height
    credited = by_reference.filter(pl.col("allocation_kind") == "credit").height
    summary = f"{new.height - suspense} payments matched, {credited} left credit, {suspense} in suspense"
    return StageReport(new.height, new.height, 0, f"{summary}; {commission.height} commissions")


def _new_payments(night: Night) -> pl.DataFrame:
    """Read the payments that are allocated nowhere yet."""
    return night.store.select(tables.PAYMENT, "SELECT * FROM payment ANTI JOIN allocation USING (payment_id)")


def _commission(night: Night, rows: pl.DataFrame, receivables: pl.DataFrame) -> pl.DataFrame:
    accounts, resellers = night.store.read(tables.ACCOUNT), night.config(tables.RESELLER)
    accrued = accrue_commission(rows, receivables, accounts, resellers)
    return accrued.with_columns(pl.lit(night.on).alias("accrued_on"))


def _dated(night: Night, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(night.on).alias("allocated_on")).select(tables.ALLOCATION.names)
