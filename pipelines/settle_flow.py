"""Match and settle: payments find invoices, top-ups become credit, credit pays open items, resellers earn."""

from __future__ import annotations

import polars as pl

from invoicing.payment_amounts import in_books
from invoicing.payment_identity import payment_digits
from invoicing.settlement import allocate_payments, credit_left, draw_credit, open_items
from invoicing.top_up_settlement import allocate_top_ups, top_up_payments
from pipelines.night import Night, StageReport
from rating.commission import accrue_commission
from schemas import tables
from schemas.ocr_reference import numbers_in

_UNALLOCATED = """
    SELECT * FROM (SELECT * FROM payment WHERE received_on >= $1)
      ANTI JOIN (SELECT payment_id FROM allocation WHERE allocated_on >= $1) USING (payment_id)
"""

_NEW_TOP_UPS = """
    SELECT t.* FROM top_up t ANTI JOIN payment p ON p.payment_id = 'top_up:' || t.top_up_id WHERE t.paid_on >= $1
"""


def current_open_items(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the receivables not fully paid, with their `open_amount`: of some accounts (`account_id`), or of all.

    By day those of the accounts touched.
    """
    claims, paid = (
        night.read(table) if accounts is None else night.store.read_matching(table, accounts.select("account_id"))
        for table in (tables.RECEIVABLE, tables.ALLOCATION)
    )
    return open_items(claims, paid)


def settle_top_ups(night: Night) -> int:
    """Make payments of the top-ups whose money came, and credit of these, in one transaction; return how many."""
    top_ups = night.store.select(tables.TOP_UP, _NEW_TOP_UPS, [night.not_done_since])
    night.touch(top_ups)
    if top_ups.height:
        with night.store.transaction("top-ups"):
            night.store.append(tables.PAYMENT, _in_books(night, top_up_payments(top_ups, night.on)))
            night.store.append(tables.ALLOCATION, _dated(night, allocate_top_ups(top_ups)))
    return top_ups.height


def _in_books(night: Night, payments: pl.DataFrame) -> pl.DataFrame:
    return in_books(payments, night.config(tables.EXCHANGE_RATE), night.policy.operator.currency)


def match(night: Night) -> StageReport:
    """Make credit of top-ups and allocate the payments that name an invoice, so that what they pay is no exposure.

    What names none waits for `settle`, which comes after tonight's invoices.
    """
    topped_up, store = settle_top_ups(night), night.store
    new = _new_payments(night)
    if new.is_empty():
        return StageReport(topped_up, topped_up, 0, f"no new payments, {topped_up} top-ups")
    found, receivables = _allocated(night, new)
    rows = found.filter(pl.col("allocation_kind") != "suspense")
    if rows.height:
        with store.transaction("match"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, commission_of(night, rows, receivables))
    matched = rows["payment_id"].n_unique()
    summary = f"{matched} of {new.height} payments matched, {topped_up} top-ups"
    return StageReport(new.height + topped_up, matched + topped_up, 0, summary)


def settle(night: Night) -> StageReport:
    """Allocate payments without an allocation, then draw credit, then accrue commission, in one transaction.

    A run by day draws the credit of the accounts it touched, also where `match` has placed every payment; that of
    others waits for the night.
    """
    store, new = night.store, _new_payments(night)
    touched = night.touched_accounts
    if new.is_empty() and touched is not None and touched.is_empty():
        return StageReport(0, 0, 0, "no payments that name no invoice")
    by_reference, receivables = _allocated(night, new)
    settled = pl.concat([night.read(tables.ALLOCATION), by_reference])
    drawn = _dated(night, draw_credit(credit_left(settled), open_items(receivables, settled)))
    rows = pl.concat([by_reference, drawn])
    commission = commission_of(night, rows, receivables)
    if rows.height:
        with store.transaction("settle"):
            store.append(tables.ALLOCATION, rows)
            store.append(tables.COMMISSION, commission)
    suspense = by_reference.filter(pl.col("allocation_kind") == "suspense").height
    credited = by_reference.filter(pl.col("allocation_kind") == "credit").height
    summary = f"{new.height - suspense} payments matched, {credited} left credit, {suspense} in suspense"
    return StageReport(new.height, new.height, 0, f"{summary}; {commission.height} commissions")


def _allocated(night: Night, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Allocate new payments by their references; returns ALLOCATION rows, and the RECEIVABLE rows they may pay."""
    invoices = _invoices_named(night, new)
    night.touch(invoices)
    allocations, receivables = night.read(tables.ALLOCATION), night.read(tables.RECEIVABLE)
    found = allocate_payments(new, open_items(receivables, allocations), invoices)
    return _dated(night, found), receivables


def _new_payments(night: Night) -> pl.DataFrame:
    """Read the payments that are allocated nowhere yet."""
    return night.store.select(tables.PAYMENT, _UNALLOCATED, [night.not_done_since])


def _invoices_named(night: Night, payments: pl.DataFrame) -> pl.DataFrame:
    """Read the invoices that payments may name; in a night all of them."""
    if night.is_whole:
        return night.store.read(tables.INVOICE)
    digits = payments.select(payment_digits(pl.col("reference_text"))).to_series()
    return night.store.read_matching(tables.INVOICE, numbers_in(digits).alias("invoice_no").to_frame())


def commission_of(night: Night, rows: pl.DataFrame, receivables: pl.DataFrame) -> pl.DataFrame:
    """Return the commission (COMMISSION rows) that ALLOCATION rows earn on RECEIVABLE rows."""
    accounts, resellers = night.read(tables.ACCOUNT), night.config(tables.RESELLER)
    accrued = accrue_commission(rows, receivables, accounts, resellers)
    return accrued.with_columns(pl.lit(night.on).alias("accrued_on"))


def _dated(night: Night, frame: pl.DataFrame) -> pl.DataFrame:
    return tables.ALLOCATION.complete(frame.with_columns(pl.lit(night.on).alias("allocated_on")))
