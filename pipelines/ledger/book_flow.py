"""Book: every event without a voucher gets one."""

from __future__ import annotations

import polars as pl

from invoicing.ledger_periods import closed_months, with_posted_on
from invoicing.ledger_postings import number_vouchers, postings
from pipelines.ledger.ledger_events import events_to_book
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts


def book(night: Night) -> StageReport:
    """Post new events to the ledger, numbered in their series; what is of a closed month goes to the first open one."""
    store = night.store
    events = events_to_book(night)
    made = postings(events, night.policy.ledger, night.policy.operator.currency)
    rows = with_posted_on(made, closed_months(store.read(tables.LEDGER_PERIOD)))
    last = store.query("SELECT voucher_series, max(voucher_no) AS n FROM voucher GROUP BY voucher_series")
    vouchers, entries = number_vouchers(rows, dict(last.iter_rows()), night.on)
    written = {
        tables.VOUCHER: vouchers,
        tables.LEDGER_ENTRY: _bucketed(night, entries),
        tables.DEFERRED_INCOME: events.deferred,
        tables.BAD_DEBT_VAT: events.bad_debt_vat,
        tables.PROVISION: events.provided,
    }
    if any(frame.height for frame in written.values()):
        with store.transaction("book"):
            for table, frame in written.items():
                store.append(table, frame)
    debit = entries.filter(pl.col("debit_credit") > 0).select(sum_amounts(pl.col("debit_credit"))).item() or 0
    late = vouchers.filter(pl.col("posted_on") != pl.col("event_on")).height
    summary = f"{vouchers.height} vouchers, debit = credit = {debit}"
    summary += f"; {late} of closed months stand in the first open one" if late else ""
    return StageReport(rows.height, entries.height, 0, summary)


def _bucketed(night: Night, entries: pl.DataFrame) -> pl.DataFrame:
    accounts = night.store.read_matching(tables.ACCOUNT, entries.select("account_id").drop_nulls())
    buckets = accounts.select("account_id", "account_bucket")
    return entries.join(buckets, on="account_id", how="left").with_columns(pl.col("account_bucket").fill_null(0))
