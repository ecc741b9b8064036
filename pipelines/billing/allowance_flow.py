"""Invoices say what was included in the periods they close: read from the lake, and written with them."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from invoicing.allowance_statement import AllowanceFacts, invoice_allowances, stated_since
from pipelines.customers.subscription_numbers import numbers_of
from pipelines.night import Night
from schemas import tables

# Grants of a period that ended before the last invoice are made until a month later.
_LATE = timedelta(days=31)


def write_allowances(night: Night, invoices: pl.DataFrame, last_billed: pl.DataFrame, accounts: pl.DataFrame) -> int:
    """Write INVOICE_ALLOWANCE rows of monthly invoices; within their transaction.

    `last_billed`: account_id, billing_date of the invoice before; `accounts`: at least their ACCOUNT rows.
    """
    allowances = night.config(tables.ALLOWANCE)
    if allowances.is_empty() or invoices.is_empty():
        return 0
    store, payers = night.store, night.store.read(tables.PAYER)
    billed = invoices.select("account_id")
    paid_for = payers.filter(pl.col("payer_account_id").is_in(billed["account_id"].implode())).select("account_id")
    both = pl.concat([billed, paid_for]).unique()
    days = [stated_since(invoices, last_billed, accounts) - _LATE, invoices["billing_date"].max()]
    grants = store.read_matching(tables.ALLOWANCE_GRANT, both, "period_to > ? AND period_to <= ?", days)
    if grants.is_empty():
        return 0
    used = store.sums(tables.ALLOWANCE_USE, "used_quantity", "grant_id", "period_from >= ?",
                      [grants["period_from"].min()], grants.select("grant_id"))  # fmt: skip
    facts = AllowanceFacts(
        grants=grants,
        rolled=store.read_matching(tables.ALLOWANCE_GRANT, grants.select(rolled_from="grant_id")),
        used=used,
        stated=store.read_matching(tables.INVOICE_ALLOWANCE, grants.select("grant_id")),
        allowances=allowances,
        numbers=numbers_of(store, grants.select("subscription_id")),
        payers=payers,
    )
    return store.append(tables.INVOICE_ALLOWANCE, invoice_allowances(invoices, facts))
