"""Settle: payments find their invoices, top-ups become credit, credit pays open items, resellers earn commission."""

from __future__ import annotations

import polars as pl

from invoicing.settlement import allocate_payments, credit_left, draw_credit, open_items
from invoicing.top_up_settlement import allocate_top_ups, top_up_payments
from pipelines.night import Night, StageReport
from rating.commission import accrue_commission
from schemas import tables

_NEW_TOP_UPS = """
    SELECT t.* FROM top_up t ANTI JOIN payment p ON p.payment_id = 'top_up:' || t.top_up_id WHERE t.paid_on IS NOT NULL
"""


def current_open_items(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the receivables not fully paid, of some accounts (`account_id`) or of all, with their `open_amount`."""
    claims, paid = (
        night.store.read(table) if accounts is None else night.store.read_matching(table, accounts.select("account_id"))
        for table in (tables.RECEIVABLE, tables.ALLOCATION)
    )
    return open_items(claims, paid)


def settle_top_ups(night: Night) -> int:
    """Make payments of the top-ups whose money came, and credit of these, in one transaction; return how many."""
    top_ups = night.store.select(tables.TOP_UP, _NEW_TOP_UPS)
    if top_ups.height:
        with night.store.transaction("top-ups"):
            night.store.append(tables.PAYMENT, top_up_payments(top_ups, night.on))
            night.store.append(tables.ALLOCATION, _dated(night, allocate_top_ups(top_ups)))
    return top_ups.height


def settle(night: Night) -> StageReport:
    """Make credit of top-ups; then allocate payments, draw credit and accrue commission, in one transaction."""
    topped_up, store = settle_top_ups(night), night.store
    new = store.select(tables.PAYMENT, "SELECT * FROM payment ANTI JOIN allocation USING (payment_id)")
    allocations, receivables = store.read(tables.ALLOCATION), store.read(tables.RECEIVABLE)
    by_reference = _dated(
        night, allocate_payments(new, open_items(receivables, allocations), store.read(tables.INVOICE))
    )
    settled = pl.concat([allocations, by_reference])
    drawn = _dated(night, draw_credit(credit_left(settled), open_items(receivables, settled)))
    rows = pl.concat([by_reference, drawn])
    commission = accrue_commission(
        rows, receivables, store.read(tables.ACCOUNT), night.config(tables.RESELLER)
    ).with_columns(pl.lit(night.on).alias("accrued_on"))
    if rows.height:
        with store.transaction("settle"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, commission)
    suspense = by_reference.filter(pl.col("allocation_kind") == "suspense").height
    credited = by_reference.filter(pl.col("allocation_kind") == "credit").height
    summary = f"{new.height - suspense} payments matched, {credited} left credit, {suspense} in suspense"
    summary += f"; {topped_up} top-ups" if topped_up else ""
    read = new.height + topped_up
    return StageReport(read, read, 0, f"{summary}; {commission.height} commissions")


def _dated(night: Night, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(night.on).alias("allocated_on")).select(tables.ALLOCATION.names)
