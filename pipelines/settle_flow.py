"""Match and settle: payments find invoices, top-ups become credit, credit pays open items, resellers earn."""

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


def match(night: Night) -> StageReport:
    """Make credit of top-ups and allocate the payments that name an invoice, so that what they pay is no exposure.

    What names none waits for `settle`, which comes after tonight's invoices.
    """
    topped_up, store = settle_top_ups(night), night.store
    new = _new_payments(night)
    if new.is_empty():
        return StageReport(topped_up, topped_up, 0, f"no new payments, {topped_up} top-ups")
    allocations, receivables = store.read(tables.ALLOCATION), store.read(tables.RECEIVABLE)
    found = allocate_payments(new, open_items(receivables, allocations), store.read(tables.INVOICE))
    rows = _dated(night, found.filter(pl.col("allocation_kind") != "suspense"))
    if rows.height:
        with store.transaction("match"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, _commission(night, rows, receivables))
    matched = rows["payment_id"].n_unique()
    summary = f"{matched} of {new.height} payments matched, {topped_up} top-ups"
    return StageReport(new.height + topped_up, matched + topped_up, 0, summary)


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
