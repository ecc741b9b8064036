"""The reports of `nightbill report`: figures of some dates with their totals, and what they must agree with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from invoicing.aged_receivables import aged
from invoicing.sales_figures import sales_by_month
from invoicing.vat_figures import oss_by_quarter, vat_by_month, vat_return
from pipelines.configuration.reading import load_configuration
from pipelines.home import Home
from pipelines.lake.store import Store
from pipelines.night import opened_lake
from pipelines.publishing.finance_figures import OpenOn, balance_on, open_on, sold, taxed
from schemas import tables
from schemas.codes import AGE_BUCKETS
from schemas.money import AMOUNT

By = Literal["account", "customer", "invoice"]
_KEYS: dict[str, list[str]] = {
    "account": ["account_id", "customer_id", "customer_name"],
    "customer": ["customer_id", "customer_name"],
    "invoice": ["invoice_no", "account_id", "due_on", "age"],
}
_SUMS = [*AGE_BUCKETS, "open_amount", "credit_amount", "open_home_amount"]
_LEDGER_PERIOD = """
    SELECT ledger_account, account_name, -sum(debit_credit)::DECIMAL(18,2) AS amount
      FROM ledger_entry JOIN voucher USING (voucher_id) LEFT JOIN ledger_account USING (ledger_account)
     WHERE event_on BETWEEN ? AND ? AND voucher_series IN ('F', 'K') GROUP BY ALL
"""


@dataclass(frozen=True)
class Report:
    """A report: its rows, totals and what stands apart, each with a heading, and a sentence on what it agrees with."""

    rows: pl.DataFrame
    parts: tuple[tuple[str, pl.DataFrame], ...] = ()
    note: str = ""


def aged_report(home: Home, on: date, by: By = "customer") -> Report:
    """Return receivables by age at the end of a day, with customers' credit beside them and suspense apart."""
    account = load_configuration(home.require()).policy.ledger.receivables
    with opened_lake(home) as store:
        found, balance = open_on(store, on), balance_on(store, account, on)
        rows = aged_rows(store, found, by)
    totals = _totals(rows)
    suspense = found.apart.filter(pl.col("account_id").is_null()).drop("account_id")
    owed = rows.select(pl.col("open_home_amount").sum()).item()
    agrees = "equal to" if owed == balance else f"which DIFFERS by {owed - balance} from"
    note = f"In the books' currency {owed}, {agrees} account {account} on {on}."
    return Report(rows, (("total", totals), ("in suspense", suspense)), note)


def aged_rows(store: Store, found: OpenOn, by: By) -> pl.DataFrame:
    """Add up what was open by account, customer or invoice, but for the last with `credit_amount`: no claim's money."""
    owner = store.read(tables.ACCOUNT).select("account_id", "customer_id")
    names = store.read(tables.CUSTOMER).select("customer_id", "customer_name")
    whose = owner.join(names, on="customer_id", how="left")
    keys = _KEYS[by]
    claims = aged(found.claims.join(whose, on="account_id", how="left"), keys)
    if by == "invoice":
        return claims
    credit = (
        found.apart.filter(pl.col("account_id").is_not_null())
        .join(whose, on="account_id", how="left")
        .group_by(*keys, "currency")
        .agg(pl.col("amount").sum().cast(AMOUNT).alias("credit_amount"))
    )
    both = claims.join(credit, on=[*keys, "currency"], how="full", coalesce=True, nulls_equal=True)
    filled = both.with_columns(pl.col(_SUMS).fill_null(0).cast(AMOUNT))
    return filled.select(*keys, "currency", *_SUMS).sort(*keys, "currency")


def _totals(rows: pl.DataFrame) -> pl.DataFrame:
    sums = [name for name in _SUMS if name in rows.columns]
    return rows.group_by("currency").agg(pl.col(sums).sum().cast(AMOUNT)).sort("currency")


def vat_report(home: Home, since: date, until: date) -> Report:
    """Return VAT by month, treatment, country and rate, with the boxes of the return, beside the ledger's accounts."""
    with opened_lake(home) as store:
        rows = vat_by_month(taxed(store, since, until))
        booked = _booked_vat(store, rows, since, until)
    accounts = rows.group_by("vat_account").agg(pl.col("vat_amount").sum().cast(AMOUNT))
    beside = accounts.join(booked, on="vat_account", how="left").with_columns(pl.col("ledger_amount").fill_null(0))
    unequal = beside.filter(pl.col("vat_amount") != pl.col("ledger_amount"))["vat_account"].to_list()
    note = (
        f"DIFFER from the ledger: accounts {', '.join(unequal)}" if unequal else "Equal to the ledger's VAT accounts."
    )
    return Report(rows, (("boxes", vat_return(rows)), ("accounts", beside.sort("vat_account"))), note)


def _booked_vat(store: Store, rows: pl.DataFrame, since: date, until: date) -> pl.DataFrame:
    """Read what the ledger posted on the accounts of VAT from a day to a day."""
    sql = (
        "SELECT ledger_account AS vat_account, -sum(debit_credit)::DECIMAL(18,2) AS ledger_amount FROM ledger_entry "
        "WHERE posted_on BETWEEN ? AND ? GROUP BY ledger_account"
    )
    return store.query(sql, [since, until]).join(rows.select("vat_account").unique(), on="vat_account")


def oss_report(home: Home, since: date, until: date) -> Report:
    """Return what the one-stop shop is told of a period, in euro, by quarter, country and rate."""
    currency = load_configuration(home.require()).policy.operator.currency
    with opened_lake(home) as store:
        rows = oss_by_quarter(
            taxed(store, since, until, "vat_treatment = 'oss'"), store.read(tables.EXCHANGE_RATE), currency
        )
    missing = rows.filter(pl.col("base_amount").is_null()).height
    note = "Some amounts cannot be turned into euro: add the rate to exchange_rates.csv." if missing else ""
    totals = rows.group_by("quarter", "currency").agg(pl.col("base_amount", "vat_amount").sum().cast(AMOUNT))
    return Report(rows, (("total", totals.sort("quarter")),), note)


def sales_report(home: Home, since: date, until: date) -> Report:
    """Return sales by month, article, revenue account, product group and reseller, beside the ledger's accounts."""
    with opened_lake(home) as store:
        articles = store.read(tables.ARTICLE).select("article_no", "article_name")
        rows = sales_by_month(sold(store, since, until)).join(articles, on="article_no", how="left")
        posted = store.query(_LEDGER_PERIOD, [since, until])
    accounts = rows.group_by("revenue_account").agg(pl.col("net_amount").sum().cast(AMOUNT))
    beside = accounts.join(
        posted.rename({"ledger_account": "revenue_account", "amount": "ledger_amount"}),
        on="revenue_account",
        how="left",
    ).sort("revenue_account")
    unequal = beside.filter(pl.col("net_amount") != pl.col("ledger_amount"))["revenue_account"].to_list()
    note = (
        f"DIFFER from the ledger: accounts {', '.join(unequal)}" if unequal else "Equal to the vouchers of documents."
    )
    names = ("month", "article_no", "article_name", "revenue_account", "product_group", "reseller_code", "quantity")
    return Report(rows.select(*names, "net_amount"), (("accounts", beside),), note)
