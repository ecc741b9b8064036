"""A batch of vouchers as the writers of ledger files are given it, with all that a file depends on beside them.

Every writer is a function from one `LedgerBatch` to bytes: no clock, no configuration, no lake, so the same batch gives
the same bytes whenever it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl
from pydantic import BaseModel, ConfigDict

from pipelines.formats.export_profile import ExportProfile
from schemas.codes import ACCOUNT_KINDS
from schemas.columns import COLUMNS
from schemas.policy import Dimension

BATCH_ENTRIES: dict[str, pl.DataType] = {
    name: COLUMNS[name].dtype
    for name in (
        "voucher_id", "voucher_series", "voucher_no", "posted_on", "event_on", "booked_by_night", "voucher_text",
        "entry_no", "ledger_account", "debit_credit", "currency", "entry_amount", "account_id", "customer_id",
        "invoice_no", "article_no", "cost_centre", "product_group", "reseller_code", "export_no",
    )
}  # fmt: skip
# Columns of an entry whose values are objects of a dimension.
COLUMN_OF_DIMENSION: dict[str, str] = {
    "cost_centre": "cost_centre", "product_group": "product_group", "reseller": "reseller_code",
    "customer": "customer_id", "invoice": "invoice_no",
}  # fmt: skip
# First digits of a BAS account -> its kind; the longest one that fits decides.
_BAS_KINDS = {
    "1": "asset", "2": "liability", "20": "equity", "3": "income", "4": "expense", "5": "expense", "6": "expense",
    "7": "expense", "8": "expense", "80": "income", "81": "income", "82": "income", "83": "income",
}  # fmt: skip


class Account(BaseModel):
    """One account of the chart as it was when the batch was made."""

    model_config = ConfigDict(frozen=True)

    number: str
    name: str
    kind: str


class BatchSettings(BaseModel):
    """What the files of a batch depend on beside its vouchers: kept with it, so that they can be written again.

    `accounts`: those of the chart; `resellers`: code -> name; `profiles`: the CSV profiles among `formats`.
    """

    model_config = ConfigDict(frozen=True)

    program_version: str
    company_name: str
    registration_no: str
    currency: str
    chart: str
    receivables_account: str
    formats: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    fiscal_year_month: int
    datev_consultant: int
    datev_client: int
    accounts: tuple[Account, ...]
    resellers: dict[str, str] = {}
    profiles: tuple[ExportProfile, ...] = ()

    def profile(self, name: str) -> ExportProfile:
        """Return a CSV profile by name."""
        return next(profile for profile in self.profiles if profile.name == name)


@dataclass(frozen=True)
class LedgerBatch:
    """Vouchers to be written: `entries` has the columns of `BATCH_ENTRIES`, in order of series, number and row."""

    number: int
    written_on: date
    settings: BatchSettings
    entries: pl.DataFrame

    @property
    def names(self) -> dict[str, str]:
        """Names of the accounts by number."""
        return {account.number: account.name for account in self.settings.accounts}

    @property
    def used_accounts(self) -> list[Account]:
        """The accounts that entries stand on, by number. Raises `LedgerFileError` for one without a name."""
        used = set(self.entries["ledger_account"])
        missing = sorted(used - self.names.keys())
        if missing:
            raise LedgerFileError(f"accounts {', '.join(missing)} are booked on but not in the chart of accounts")
        return sorted((a for a in self.settings.accounts if a.number in used), key=lambda account: account.number)


class WrittenFile(NamedTuple):
    """A ledger file: its bytes, and how many characters its code page lacked."""

    content: bytes
    replaced: int = 0


class LedgerFileError(ValueError):
    """Vouchers that must not be written: they do not balance, or lack something."""


def account_kind(number: str, given: str | None) -> str:
    """Return an account's kind: the one given, else by its number as BAS groups them, else an asset."""
    if given in ACCOUNT_KINDS:
        return str(given)
    return _BAS_KINDS.get(number[:2]) or _BAS_KINDS.get(number[:1], "asset")


def accounts_of(chart: Iterable[tuple[str, str, str | None]]) -> tuple[Account, ...]:
    """Return accounts from rows of number, name and kind, by number."""
    return tuple(Account(number=n, name=name, kind=account_kind(n, kind)) for n, name, kind in sorted(chart))


def in_order(entries: pl.DataFrame) -> pl.DataFrame:
    """Complete entries with columns that they lack, in the order of files. Raises `LedgerFileError` when unsound."""
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in BATCH_ENTRIES.items() if name not in entries.columns]
    ordered = entries.with_columns(absent).select(BATCH_ENTRIES.keys())
    ordered = ordered.sort("voucher_series", "voucher_no", "entry_no")
    _refuse_unsound(ordered)
    return ordered


def _refuse_unsound(entries: pl.DataFrame) -> None:
    wanted = ["voucher_series", "voucher_no", "posted_on", "voucher_text", "ledger_account", "debit_credit"]
    if entries.select(wanted).null_count().sum_horizontal().sum():
        raise LedgerFileError(
            "entries hold nulls: every voucher needs series, number, date, text, accounts and amounts"
        )
    amount = pl.col("debit_credit")
    vouchers = entries.group_by("voucher_series", "voucher_no", maintain_order=True).agg(
        debit=amount.filter(amount > 0).sum(),
        credit=amount.filter(amount < 0).sum(),
        heads=pl.struct("posted_on", "voucher_text").n_unique(),
    )
    for row in vouchers.filter(pl.col("debit") + pl.col("credit") != 0).head(1).iter_rows(named=True):
        raise LedgerFileError(
            f"voucher {row['voucher_series']}{row['voucher_no']} does not balance: "
            f"debit {row['debit']}, credit {row['credit']}, difference {row['debit'] + row['credit']}"
        )
    for row in vouchers.filter(pl.col("heads") > 1).head(1).iter_rows(named=True):
        raise LedgerFileError(f"voucher {row['voucher_series']}{row['voucher_no']} has more than one date or text")
