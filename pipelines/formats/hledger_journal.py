"""Vouchers as an hledger journal: accounts declared, the voucher's number as its code, dimensions as tags.

Source: the journal format of hledger 1.25 and later. An account is its number and its name, `1510:Kundfordringar`.
"""

from __future__ import annotations

import re

import polars as pl

from pipelines.formats.journal_lines import day, voucher_lines
from pipelines.formats.ledger_batch import Account, LedgerBatch, WrittenFile

_NOT_IN_A_NAME = re.compile(r"[:;()\[\]\s]+")
_TYPES = {"asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"}
_TAGS = {
    "customer": "customer_id", "account": "account_id", "invoice": "invoice_no", "article": "article_no",
    "cost_centre": "cost_centre", "product_group": "product_group", "reseller": "reseller_code",
}  # fmt: skip


def hledger_account(account: Account) -> str:
    """Return an account's name in hledger: a colon would part it once more, two blanks or a semicolon end it."""
    name = _NOT_IN_A_NAME.sub(" ", account.name).strip()
    return f"{account.number}:{name or account.number}"


def write_hledger(batch: LedgerBatch) -> WrittenFile:
    """Write vouchers as an hledger journal in UTF-8. Raises `LedgerFileError` for an account without a name."""
    settings = batch.settings
    lines = [
        f"; {' '.join(settings.company_name.split())}",
        "decimal-mark .",
        f"commodity 1000.00 {settings.currency}",
        "",
    ]
    accounts = {account.number: hledger_account(account) for account in batch.used_accounts}
    kinds = {account.number: account.kind for account in batch.used_accounts}
    lines += [f"account {name}  ; type:{_TYPES[kinds[number]]}" for number, name in accounts.items()]
    lines += voucher_lines(batch.entries, _head(), _posting(accounts, settings.currency))
    return WrittenFile("\n".join([*lines, ""]).encode())


def _head() -> pl.Expr:
    """Return date (and the event's, where it is another day), code, text and tags."""
    event = pl.when(pl.col("event_on") != pl.col("posted_on")).then(pl.format("={}", day("event_on")))
    tags = pl.concat_str(
        pl.format("voucher_id:{}", _tag(pl.col("voucher_id"))), pl.format("batch:{}", "export_no"),
        separator=", ", ignore_nulls=True,
    )  # fmt: skip
    text = pl.col("voucher_text").str.replace_all(r"\s+", " ").str.replace_all(";", ",").str.replace_all(r"\|", "/")
    return pl.format(
        "\n{}{} * ({}{}) {}  ; {}",
        day("posted_on"), event.fill_null(""), "voucher_series", "voucher_no", text, tags,
    )  # fmt: skip


def _posting(accounts: dict[str, str], currency: str) -> pl.Expr:
    account = pl.col("ledger_account").replace_strict(accounts, return_dtype=pl.String)
    tags = [pl.format("{}:{}", pl.lit(tag), _tag(pl.col(name).cast(pl.String))) for tag, name in _TAGS.items()]
    told = pl.concat_str(tags, separator=", ", ignore_nulls=True)
    amount = pl.format("    {}  {} {}", account, pl.col("debit_credit").cast(pl.String), pl.lit(currency))
    return pl.when(told != "").then(pl.format("{}  ; {}", amount, told)).otherwise(amount)


def _tag(value: pl.Expr) -> pl.Expr:
    """A tag's value ends at a comma."""
    return value.str.replace_all(r"[,\s]+", " ")
