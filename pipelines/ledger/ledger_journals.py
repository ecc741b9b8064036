"""Ledger files beside the batches: a fiscal year whole (SIE 4E), and plain-text journals of a span of days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from pipelines.formats.beancount_journal import write_beancount
from pipelines.formats.fiscal_years import year_bounds
from pipelines.formats.hledger_journal import write_hledger
from pipelines.formats.ledger_batch import Account, BatchSettings, LedgerBatch, account_kind
from pipelines.formats.ledger_files import FOLDER
from pipelines.formats.sie4_writer import YearBalances, write_sie4e
from pipelines.home import write_whole
from pipelines.lake.store import Store
from pipelines.ledger.export_batch import posted_between, settings_now
from pipelines.night import Night
from schemas.money import AMOUNT, sum_amounts

_ON_BALANCE_SHEET = ("asset", "liability", "equity")
_RETAINED_NAME = "Balanserad vinst eller förlust"


class JournalFormat(StrEnum):
    """A format of plain-text accounting."""

    BEANCOUNT = "beancount"
    HLEDGER = "hledger"


_WRITERS = {JournalFormat.BEANCOUNT: (write_beancount, "beancount"), JournalFormat.HLEDGER: (write_hledger, "journal")}


def write_journal(night: Night, form: JournalFormat, first: date | None = None, last: date | None = None) -> Path:
    """Write all vouchers posted from one day to another as a journal in the outbox; return its path."""
    write, suffix = _WRITERS[form]
    entries = posted_between(night.store, first or date.min, last or date.max)
    batch = LedgerBatch(0, night.on, settings_now(night.configuration), entries)
    span = "_".join(str(day) for day in (first, last) if day)
    path = night.home.root / FOLDER / f"journal{'_' + span if span else ''}.{suffix}"
    write_whole(path, write(batch).content)
    return path


def write_full_year(night: Night, year: int) -> Path | None:
    """Write the fiscal year that begins in a calendar year as a SIE 4E file in the outbox; return its path.

    None, and no file, where nothing was booked by its end.
    """
    export = night.policy.export
    settings = _with_retained_earnings(settings_now(night.configuration), export.retained_earnings)
    years = {no: year_bounds(year + no, export.fiscal_year_month) for no in (0, -1)}
    entries = posted_between(night.store, *years[0])
    balances = year_balances(_sums(night.store, years), settings, export.retained_earnings)
    if entries.is_empty() and balances.is_empty():
        return None
    up_to = min(years[0][1], max(night.on, years[0][0]))
    batch = LedgerBatch(0, night.on, settings, entries)
    path = night.home.root / FOLDER / f"full_{year}.se"
    write_whole(path, write_sie4e(batch, YearBalances(years, up_to, balances)).content)
    return path


def _with_retained_earnings(settings: BatchSettings, account: str) -> BatchSettings:
    """Add the account that earlier results stand on, where the chart lacks it."""
    if account in {known.number for known in settings.accounts}:
        return settings
    added = Account(number=account, name=_RETAINED_NAME, kind=account_kind(account, None))
    accounts = tuple(sorted((*settings.accounts, added), key=lambda each: each.number))
    return settings.model_copy(update={"accounts": accounts})


def _sums(store: Store, years: dict[int, tuple[date, date]]) -> pl.DataFrame:
    """Add up each account: `before` and `within` each year (`year_no`)."""
    sql = (
        "SELECT e.ledger_account, "
        "coalesce(sum(e.debit_credit) FILTER (v.posted_on < ?), 0)::DECIMAL(18,2) AS before, "
        "coalesce(sum(e.debit_credit) FILTER (v.posted_on BETWEEN ? AND ?), 0)::DECIMAL(18,2) AS within "
        "FROM ledger_entry e JOIN voucher v USING (voucher_id) GROUP BY ALL ORDER BY 1"
    )
    parts = [
        store.query(sql, [first, first, last]).with_columns(pl.lit(no, pl.Int64).alias("year_no"))
        for no, (first, last) in years.items()
    ]
    return pl.concat(parts)


def year_balances(sums: pl.DataFrame, settings: BatchSettings, retained: str) -> pl.DataFrame:
    """Return the balances of a full export from sums per account and year (`before` and `within` the year).

    Accounts of the balance sheet have an opening and a closing balance (IB, UB), the others a result (RES). What the
    result accounts had before a year stands in that year's balances of the account of retained earnings: so opening
    balances add up to zero, and closing balances and results together. Balances of zero are left out, as the format
    allows. Columns: label, year_no, ledger_account, amount.
    """
    kinds = {account.number: account.kind for account in settings.accounts}
    kind = pl.col("ledger_account").replace_strict(kinds, return_dtype=pl.String)
    on_sheet = kind.is_in(list(_ON_BALANCE_SHEET))
    where = pl.when(on_sheet).then("ledger_account").otherwise(pl.lit(retained)).alias("ledger_account")
    opening = sums.group_by("year_no", where).agg(sum_amounts(pl.col("before")).alias("amount"))
    moved = sums.filter(on_sheet).select("year_no", "ledger_account", pl.col("within").alias("amount"))
    closing = pl.concat([opening.select(moved.columns), moved]).group_by("year_no", "ledger_account")
    result = sums.filter(~on_sheet).select("year_no", "ledger_account", pl.col("within").alias("amount"))
    labelled = {"IB": opening, "UB": closing.agg(sum_amounts(pl.col("amount"))), "RES": result}
    rows = pl.concat(
        frame.select(
            pl.lit(label).alias("label"),
            pl.lit(place, pl.Int64).alias("place"),
            "year_no",
            "ledger_account",
            pl.col("amount").cast(AMOUNT),
        )
        for place, (label, frame) in enumerate(labelled.items())
    )
    ordered = rows.filter(pl.col("amount") != 0).sort("place", -pl.col("year_no"), "ledger_account")
    return ordered.drop("place")
