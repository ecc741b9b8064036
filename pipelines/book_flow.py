"""Book: every event without a voucher gets one."""

from __future__ import annotations

import polars as pl

from invoicing.ledger_postings import Events, number_vouchers, postings
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts


def book(night: Night) -> StageReport:
    """Post new events to the ledger, numbered in their series."""
    store = night.store
    booked = store.query("SELECT voucher_id FROM voucher")
    made = postings(_events(night), night.policy.ledger, night.policy.operator.currency)
    rows = made.join(booked, on="voucher_id", how="anti")
    last = store.query("SELECT voucher_series, max(voucher_no) AS n FROM voucher GROUP BY voucher_series")
    vouchers, entries = number_vouchers(rows, dict(last.iter_rows()), night.on)
    buckets = store.read(tables.ACCOUNT).select("account_id", "account_bucket")
    bucketed = entries.join(buckets, on="account_id", how="left").with_columns(pl.col("account_bucket").fill_null(0))
    if vouchers.height:
        with store.transaction("book"):
            store.append(tables.VOUCHER, vouchers)
            store.append(tables.LEDGER_ENTRY, bucketed)
    debit = entries.filter(pl.col("debit_credit") > 0).select(sum_amounts(pl.col("debit_credit"))).item() or 0
    return StageReport(rows.height, entries.height, 0, f"{vouchers.height} vouchers, debit = credit = {debit}")


def _events(night: Night) -> Events:
    read = night.store.read
    return Events(
        invoices=read(tables.INVOICE),
        lines=read(tables.INVOICE_LINE),
        vat=read(tables.INVOICE_VAT),
        reminders=read(tables.REMINDER),
        payments=_allocated_payments(night),
        allocations=read(tables.ALLOCATION),
        receivables=read(tables.RECEIVABLE),
        commissions=read(tables.COMMISSION),
    )


def _allocated_payments(night: Night) -> pl.DataFrame:
    """A payment is booked together with its first allocation."""
    sql = "SELECT * FROM payment SEMI JOIN allocation USING (payment_id)"
    return night.store.select(tables.PAYMENT, sql)
