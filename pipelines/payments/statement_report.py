"""What the bank's statements say beside our books: missing statements, entries and payments that the other side lacks.

Computed anew each time from everything that came, so a gap closed later, or a payment reported a day late, disappears.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl

from invoicing.page_totals import notification_totals, statement_totals
from invoicing.statement_gaps import notification_gaps, page_gaps, statement_gaps
from invoicing.statement_reconciliation import Reconciliation, reconcile
from invoicing.top_up_settlement import TOP_UP_PAYEE
from pipelines.formats.spreadsheet_text import without_formulas
from pipelines.home import Home, write_whole
from pipelines.lake.store import Store
from pipelines.lake.table_sql import quoted
from pipelines.payments.payment_intake import own_names
from schemas import tables
from schemas.money import sum_amounts
from schemas.policy import Policy

_LOOK_BACK = timedelta(days=62)  # what is not explained by then was looked at by somebody long ago
_LINES = {
    "line_kind": pl.String(),
    "payee_account": pl.String(),
    "statement_no": pl.String(),
    "booked_on": pl.Date(),
    "amount": pl.Decimal(18, 2),
    "reference_text": pl.String(),
    "line_text": pl.String(),
}
_EMPTY_LINE = {name: pl.lit(None, dtype) for name, dtype in _LINES.items()}


class StatementReport(NamedTuple):
    """One row per statement with its figures, and one per thing to look at."""

    statements: pl.DataFrame
    to_look_at: pl.DataFrame


def statement_report(store: Store, policy: Policy, on: date) -> StatementReport:
    """Hold the statements of the last 62 days against payments and ledger."""
    every = store.read(tables.BANK_STATEMENT)
    recent = every.filter(pl.col("covered_to") >= on - _LOOK_BACK)
    pages = pl.concat([_missing_pages(store, on), _of_notifications(store, on)])
    if recent.is_empty():
        return StatementReport(recent, pages)
    entries = store.read_matching(tables.BANK_ENTRY, recent.select("statement_id"))
    payments = _payments_of(store, policy, recent)
    records = pl.concat(
        [
            store.read_matching(tables.PAYMENT_RECORD, entries.select("bank_entry_id")),
            store.read_matching(tables.PAYMENT_RECORD, payments.select("payment_id"), "bank_entry_id IS NULL"),
        ]
    )
    found = reconcile(entries, records, payments)
    gaps = statement_gaps(every).filter(pl.col("covered_to") >= on - _LOOK_BACK)
    totals = _lines(statement_totals(recent, entries), "pages do not add up", number="statement_no", day="covered_to")
    to_look_at = pl.concat([pages, totals, _to_look_at(recent, found, gaps)])
    return StatementReport(_figures(store, policy, recent, entries, found), to_look_at)


def write_statements(home: Home, report: StatementReport, on: date) -> Path | None:
    """Write `reports/statements_<date>.csv` with everything to look at; None, and no file, where there is nothing."""
    if report.to_look_at.is_empty():
        return None
    path = home.reports / f"statements_{on}.csv"
    write_whole(path, without_formulas(report.to_look_at).write_csv().encode())
    return path


def _payments_of(store: Store, policy: Policy, statements: pl.DataFrame) -> pl.DataFrame:
    """Read the payments on the accounts and days that statements cover, `payee_account` being the account."""
    first, last = statements["covered_from"].min(), statements["covered_to"].max()
    wanted = "booked_on BETWEEN ? AND ? AND payee_account <> ? AND amount <> 0"
    payments = store.read(tables.PAYMENT, wanted, [first, last, TOP_UP_PAYEE])
    own = own_names(policy.operator)
    accounts = {payee: own.get(account, account) for payee, account in policy.payments.paid_into.items()}
    paid = payments.with_columns(
        pl.col("payee_account").alias("paid_to"), pl.col("payee_account").replace(accounts).alias("payee_account")
    )
    days = statements.select("payee_account", "covered_from", "covered_to")
    covered = paid.select("payment_id", "payee_account", "booked_on").join(days, on="payee_account")
    inside = covered.filter(pl.col("booked_on").is_between("covered_from", "covered_to"))
    return paid.join(inside, on="payment_id", how="semi")


def _figures(
    store: Store, policy: Policy, statements: pl.DataFrame, entries: pl.DataFrame, found: Reconciliation
) -> pl.DataFrame:
    """Return per statement its balances, how many entries are payments, and the ledger's balance at its end."""
    ledger = policy.ledger
    accounts = [ledger.bank_accounts.get(payee, ledger.bank) for payee in statements["payee_account"]]
    balances = _balances(store, accounts, statements["covered_to"].to_list())
    counts = (
        entries.select(
            "statement_id", pl.col("bank_entry_id").is_in(found.found["bank_entry_id"].implode()).alias("_p")
        )
        .group_by("statement_id")
        .agg(pl.len().cast(pl.Int64).alias("entry_count"), pl.col("_p").sum().cast(pl.Int64).alias("found_count"))
    )
    return (
        statements.with_columns(pl.Series("ledger_amount", balances, pl.Decimal(18, 2)))
        .join(counts, on="statement_id", how="left", maintain_order="left")
        .with_columns(pl.col("entry_count", "found_count").fill_null(0))
        .select(
            "payee_account", "statement_no", "covered_from", "covered_to", "opening_amount", "closing_amount",
            "entry_count", "found_count", "ledger_amount",
        )
        .sort("payee_account", "covered_to", "statement_no")
    )  # fmt: skip


def _balances(store: Store, accounts: list[str], days: list[date]) -> list[Decimal]:
    """Return the balances of ledger accounts at the end of days, pair by pair."""
    among = ", ".join(map(quoted, sorted(set(accounts))))
    sql = (
        "SELECT ledger_account, posted_on, sum(debit_credit)::DECIMAL(18,2) AS moved FROM ledger_entry "  # noqa: S608 (quoted)
        f"WHERE ledger_account IN ({among}) GROUP BY ledger_account, posted_on"
    )
    moved = store.query(sql)
    return [
        moved.filter((pl.col("ledger_account") == account) & (pl.col("posted_on") <= day))
        .select(sum_amounts(pl.col("moved")))
        .item()
        for account, day in zip(accounts, days, strict=True)
    ]


def _missing_pages(store: Store, on: date) -> pl.DataFrame:
    """Return messages of several pages that are not complete, as lines to look at."""
    sql = (
        "SELECT bank_file_id, received_on FROM source_file "
        "WHERE file_state = 'archived' AND bank_file_id LIKE '%:page %' AND received_on >= ?"
    )
    gaps = page_gaps(store.query(sql, [on - _LOOK_BACK]))
    said = {
        "line_kind": pl.lit("pages missing"), "booked_on": pl.col("received_on"), "reference_text": pl.col("message"),
        "line_text": pl.col("gap_text"),
    }  # fmt: skip
    return gaps.select(**(_EMPTY_LINE | said))


def _of_notifications(store: Store, on: date) -> pl.DataFrame:
    """Return notifications (camt.054) that are missing by the bank's numbers, or do not hold what they say."""
    every = store.read(tables.BANK_NOTIFICATION)
    since = pl.col("reported_on").is_null() | (pl.col("reported_on") >= on - _LOOK_BACK)
    found = (("notifications missing", notification_gaps(every)), ("pages do not add up", notification_totals(every)))
    named = (_lines(gaps.filter(since), kind, number="notification_no", day="reported_on") for kind, gaps in found)
    return pl.concat(named)


def _lines(gaps: pl.DataFrame, kind: str, *, number: str, day: str) -> pl.DataFrame:
    """Return gaps (`payee_account`, `gap_text`, with the message's number and day) as lines to look at."""
    said = {
        "line_kind": pl.lit(kind), "payee_account": pl.col("payee_account"), "statement_no": pl.col(number),
        "booked_on": pl.col(day), "line_text": pl.col("gap_text"),
    }  # fmt: skip
    return gaps.select(**(_EMPTY_LINE | said)).sort("payee_account", "booked_on", "statement_no")


def _to_look_at(statements: pl.DataFrame, found: Reconciliation, gaps: pl.DataFrame) -> pl.DataFrame:
    names = statements.select("statement_id", "statement_no")
    without_payment = found.without_payment.join(names, on="statement_id", how="left").select(
        pl.lit("entry without payment").alias("line_kind"), "payee_account", "statement_no", "booked_on", "amount",
        pl.col("entry_reference").alias("reference_text"), pl.coalesce("entry_text", "entry_code").alias("line_text"),
    )  # fmt: skip
    without_entry = found.without_entry.select(
        pl.lit("payment without entry").alias("line_kind"), "payee_account",
        pl.lit(None, pl.String).alias("statement_no"), "booked_on", "amount", "reference_text",
        pl.col("payer_name").alias("line_text"),
    )  # fmt: skip
    missing = _lines(gaps, "statements missing", number="statement_no", day="covered_to")
    rows = pl.concat([missing, without_payment, without_entry])
    return rows.sort("line_kind", "payee_account", "booked_on", "amount", "reference_text", nulls_last=True)
