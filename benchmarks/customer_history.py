"""A year of history in a large operator's lake: what nights would have left, written straight into its tables.

Only what a run by day might read is true to life: keys, owners, dates, amounts that are paid. The rest is filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl

from benchmarks.draws import drawn
from benchmarks.large_operator import ACCOUNT_BUCKETS, Size, a_number
from pipelines.home import Home
from pipelines.lake.store import Store
from pipelines.night import opened_lake
from schemas import tables
from schemas.ocr_reference import ocr_reference
from schemas.table import Table

MONTHS = 12
PAYMENTS = 200  # a run
_PAYEE = "1230000000"
_HEADER = "Id;Payee;Booked;Amount;Currency;Reference\n"
_PROFILE = """# Payments of a collector.
name = "payments"
kind = "payments"
separator = ";"
header = ["Id", "Payee", "Booked", "Amount", "Currency", "Reference"]

[columns]
record_id = ["Id"]
payee_account = "Payee"
booked_on = "Booked"
amount = "Amount"
currency = "Currency"
reference_text = "Reference"

[time]
format = "%Y-%m-%d"
"""
_FIRST_INVOICE = 1_000_001
_RUNS_A_MONTH = 12 * 24 * 30  # one every five minutes
_FILES_A_MONTH = 300
_REQUESTS_A_MONTH = 15_000


@dataclass(frozen=True)
class Month:
    """One month of history: its number from 0, and its first day."""

    number: int

    @property
    def first(self) -> date:
        """First day; the last month is August 2026."""
        return date(2025 + (8 + self.number) // 12, (8 + self.number) % 12 + 1, 1)


def _rows(table: Table, count: int, month: Month, **values: pl.Expr) -> pl.DataFrame:
    """Make rows of a table; columns not given are empty, or zero, or on the first day of the month."""
    moment = datetime(month.first.year, month.first.month, month.first.day, 12, tzinfo=UTC)
    fill = {pl.String: "none", pl.Int64: 0, pl.Date: month.first, pl.Datetime: moment, pl.Decimal: 0, pl.Boolean: False}
    columns = [
        (values[name] if name in values else pl.lit(None if name in table.nullable else fill[type(dtype)]))
        .cast(dtype)
        .alias(name)
        for name, dtype in table.schema.items()
    ]
    numbered = pl.select(pl.int_range(month.number * count, (month.number + 1) * count, dtype=pl.Int64).alias("n"))
    return numbered.with_columns((pl.col("n") - month.number * count).alias("of_month")).select(columns)


def _of_usage(month: Month, count: int, size: Size) -> Iterator[tuple[Table, pl.DataFrame]]:
    caller = drawn(pl.col("n"), 31) % size.subscriptions
    whose = {
        "subscription_id": caller + 500_001, "account_id": caller % size.accounts + 20_001,
        "account_bucket": caller % ACCOUNT_BUCKETS, "rated_batch": pl.lit(month.number + 1),
    }  # fmt: skip
    named = pl.format("switch1:00-{}", pl.col("n").cast(pl.String).str.zfill(11))
    called = pl.lit("4672") + (drawn(pl.col("n"), 32) % 10**7).cast(pl.String).str.zfill(7)
    record = {"usage_id": named, "a_number": a_number(caller), "b_number": called, "duration_s": pl.lit(60)}
    price = {"amount_ex_vat": pl.lit(Decimal("0.79")), "list_amount": pl.lit(Decimal("0.79"))}
    charge = pl.format("usage:{}:{}", month.number, "n")
    yield tables.USAGE, _rows(tables.USAGE, count, month, **record)
    yield tables.RATED_USAGE, _rows(tables.RATED_USAGE, count, month, **record, **price, **whose)
    yield tables.CHARGE, _rows(tables.CHARGE, count, month, charge_id=charge, **price, **whose)
    yield tables.BILLED_CHARGE, _rows(tables.BILLED_CHARGE, count, month, charge_id=charge)
    yield tables.DAILY_SPEND, _rows(tables.DAILY_SPEND, count, month, **whose, list_amount=price["list_amount"])
    grant = pl.format("minutes:{}:{}", whose["subscription_id"], pl.lit(str(month.first)))
    uses = {"usage_id": named, "grant_id": grant, "used_quantity": pl.lit(1), "rated_batch": whose["rated_batch"]}
    yield tables.ALLOWANCE_USE, _rows(tables.ALLOWANCE_USE, count // 5, month, **uses)


def _of_accounts(month: Month, size: Size) -> Iterator[tuple[Table, pl.DataFrame]]:
    """Invoice every account, and let all but the last invoice be paid."""
    account, number = pl.col("of_month") + 20_001, pl.col("n") + _FIRST_INVOICE
    last = month.number == MONTHS - 1
    references = (
        pl.format("{}", number) if not last else
        number.map_elements(ocr_reference, return_dtype=pl.String)
    )  # fmt: skip
    invoice = {"invoice_no": number, "account_id": account}
    claim, fee = pl.format("invoice:{}", number), pl.format("recurring:{}:{}", account, pl.lit(str(month.first)))
    paid, amount = pl.format("paid:{}", number), pl.lit(99)
    yield (
        tables.INVOICE,
        _rows(tables.INVOICE, size.accounts, month, **invoice, total_amount=amount, ocr_reference=references),
    )
    yield tables.RECEIVABLE, _rows(
        tables.RECEIVABLE, size.accounts, month, **invoice, receivable_id=claim, amount=amount,
        home_amount=amount, receivable_kind=pl.lit("invoice"),
    )  # fmt: skip
    yield tables.CHARGE, _rows(tables.CHARGE, size.accounts, month, charge_id=fee, account_id=account)
    yield tables.BILLED_CHARGE, _rows(tables.BILLED_CHARGE, size.accounts, month, charge_id=fee)
    if not last:
        yield tables.PAYMENT, _rows(
            tables.PAYMENT, size.accounts, month, payment_id=paid, payment_kind=pl.lit("received"), amount=amount,
            exchange_rate=pl.lit(1), home_amount=amount,
        )  # fmt: skip
        yield tables.ALLOCATION, _rows(
            tables.ALLOCATION, size.accounts, month, allocation_id=paid, payment_id=paid, receivable_id=claim,
            account_id=account, amount=amount, home_amount=amount, paid_amount=amount, paid_home_amount=amount,
            allocation_kind=pl.lit("receivable"),
        )  # fmt: skip
    grant = pl.format("minutes:{}:{}", pl.col("of_month") + 500_001, pl.lit(str(month.first)))
    until = pl.lit(Month(month.number + 1).first)
    yield tables.ALLOWANCE_GRANT, _rows(
        tables.ALLOWANCE_GRANT, size.subscriptions // 5, month, grant_id=grant, account_id=account, period_to=until,
        allowance_code=pl.lit("minutes"), subscription_id=pl.col("of_month") + 500_001,
    )  # fmt: skip


def _of_runs(month: Month) -> Iterator[tuple[Table, pl.DataFrame]]:
    run, file = (drawn(pl.col("n"), stream).cast(pl.String).str.zfill(16) for stream in (33, 34))
    yield tables.RUN, _rows(tables.RUN, _RUNS_A_MONTH, month, run_id=run, run_state=pl.lit("completed"))
    yield tables.RUN_STAGE, _rows(tables.RUN_STAGE, _RUNS_A_MONTH, month, run_id=run, stage_no=pl.lit(1))
    state = {"file_state": pl.lit("archived"), "file_kind": pl.lit("usage"), "file_sha256": file}
    yield tables.SOURCE_FILE, _rows(tables.SOURCE_FILE, _FILES_A_MONTH, month, **state)
    yield tables.RATED_FILE, _rows(tables.RATED_FILE, _FILES_A_MONTH, month, file_sha256=file)
    yield tables.RATING_BATCH, _rows(tables.RATING_BATCH, 30, month, rated_batch=pl.col("n") + 1)
    for table in (tables.REQUEST, tables.REQUEST_OUTCOME):
        yield table, _rows(table, _REQUESTS_A_MONTH, month, request_id=pl.format("r{}", "n"))


def write_history(root: Path, records: int, size: Size) -> None:
    """Write a year that ends in August 2026, with so many usage records in all."""
    with opened_lake(Home(root), read_only=False) as store:
        for month in map(Month, range(MONTHS)):
            _write(store, month, records, size)


def write_payments(root: Path, day: int, size: Size) -> None:
    """Let customers pay last month's invoices, where there are any, in a file of the home's own profile."""
    first = _FIRST_INVOICE + (MONTHS - 1) * size.accounts + day * PAYMENTS
    with opened_lake(Home(root)) as store:
        sql = "SELECT invoice_no, ocr_reference FROM invoice WHERE invoice_no BETWEEN ? AND ?"
        rows = store.query(sql, [first, first + PAYMENTS - 1]).rows()
    lines = [f"p{number};{_PAYEE};2026-09-{day:02};99.00;SEK;{reference}\n" for number, reference in rows]
    if lines:
        (root / "config" / "profiles" / "payments.toml").write_text(_PROFILE, encoding="utf-8")
        (root / "inbox" / f"paid-{day:02}.csv").write_text(_HEADER + "".join(lines), encoding="utf-8")


def _write(store: Store, month: Month, records: int, size: Size) -> None:
    with store.transaction(f"history of {month.first}"):
        for part in (_of_usage(month, records // MONTHS, size), _of_accounts(month, size), _of_runs(month)):
            for table, rows in part:
                store.append_file(table, rows)
