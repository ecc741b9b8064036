"""Vouchers as a beancount journal: it loads by itself, with the accounts it uses opened before their first entry.

Source: the language reference of beancount 3. An account is a root by its kind and its number with its name,
`Assets:1510-Kundfordringar`; amounts are in the currency of the books, debit positive.
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.formats.journal_lines import day, voucher_lines
from pipelines.formats.ledger_batch import Account, LedgerBatch, WrittenFile

_ROOTS = {
    "asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "expense": "Expenses",
}  # fmt: skip
_METADATA = {
    "customer": "customer_id", "account": "account_id", "invoice": "invoice_no", "article": "article_no",
    "cost-centre": "cost_centre", "product-group": "product_group", "reseller": "reseller_code",
}  # fmt: skip


def beancount_account(account: Account) -> str:
    """Return an account's name in beancount, where a part holds letters, digits and dashes alone."""
    words = re.sub(r"[\W_]+", "-", account.name).strip("-")
    return f"{_ROOTS[account.kind]}:{account.number}{'-' if words else ''}{words}"


def write_beancount(batch: LedgerBatch) -> WrittenFile:
    """Write vouchers as a beancount journal in UTF-8. Raises `LedgerFileError` for an account without a name."""
    settings, entries = batch.settings, batch.entries
    lines = [
        f'option "title" {_quoted(settings.company_name)}',
        f'option "operating_currency" "{settings.currency}"',
        "",
    ]
    accounts = {account.number: beancount_account(account) for account in batch.used_accounts}
    first = dict(entries.group_by("ledger_account").agg(pl.col("posted_on").min()).iter_rows())
    for number, name in accounts.items():
        lines += [f"{first[number]} open {name} {settings.currency}", f"  number: {_quoted(number)}"]
    lines += voucher_lines(entries, _head(), _posting(accounts, settings.currency))
    return WrittenFile("\n".join([*lines, ""]).encode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quoted_column(text: pl.Expr) -> pl.Expr:
    escaped = text.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return '"' + escaped + '"'


def _head() -> pl.Expr:
    event = pl.when(pl.col("event_on") != pl.col("posted_on")).then(pl.format("  event: {}", day("event_on")))
    batch = pl.format("  batch: {}", pl.col("export_no"))
    voucher = pl.format('  voucher: "{}{}"', "voucher_series", "voucher_no")
    return pl.concat_str(
        pl.format("\n{} * {} #{}", day("posted_on"), _quoted_column(pl.col("voucher_text")), "voucher_series"),
        voucher, pl.format("  voucher-id: {}", _quoted_column(pl.col("voucher_id"))), event, batch,
        separator="\n", ignore_nulls=True,
    )  # fmt: skip


def _posting(accounts: dict[str, str], currency: str) -> pl.Expr:
    account = pl.col("ledger_account").replace_strict(accounts, return_dtype=pl.String)
    values = {key: pl.col(column).cast(pl.String) for key, column in _METADATA.items()}
    metadata = [pl.format("    {}: {}", pl.lit(key), _quoted_column(value)) for key, value in values.items()]
    foreign = pl.when(pl.col("currency") != currency).then(
        pl.format("    document-amount: {} {}", pl.col("entry_amount").cast(pl.String), "currency")
    )
    amount = pl.format("  {}  {} {}", account, pl.col("debit_credit").cast(pl.String), pl.lit(currency))
    return pl.concat_str(amount, *metadata, foreign, separator="\n", ignore_nulls=True)
