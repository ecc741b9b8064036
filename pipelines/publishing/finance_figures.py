"""Figures for finance, read from the lake: aged receivables, VAT, one-stop shop, sales.

Marts show them all, `nightbill report` those of some dates.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from invoicing.aged_receivables import money_apart_on, open_claims_on
from invoicing.allocation_rows import with_event_days
from invoicing.ledger_postings import product_groups, with_dimensions
from invoicing.sales_figures import sold_lines
from invoicing.vat_figures import taxed_events
from pipelines.lake.store import Store
from pipelines.ledger.ledger_events import resellers_of
from schemas import tables

_BALANCE = """
    SELECT coalesce(sum(debit_credit), 0)::DECIMAL(18,2) AS balance FROM ledger_entry JOIN voucher USING (voucher_id)
     WHERE ledger_account = ? AND event_on <= ?
"""


class OpenOn(NamedTuple):
    """What was open at the end of a day: claims (`open_claims_on`), money of customers that was no claim's."""

    claims: pl.DataFrame
    apart: pl.DataFrame


def open_on(store: Store, on: date) -> OpenOn:
    """Read what was open at the end of a day, by the days of events."""
    payments = store.read(tables.PAYMENT)
    moves = with_event_days(store.read(tables.ALLOCATION), payments)
    claims = open_claims_on(store.read(tables.RECEIVABLE), moves, on)
    return OpenOn(claims, money_apart_on(moves, payments, store.read(tables.ACCOUNT), on))


def balance_on(store: Store, ledger_account: str, on: date) -> object:
    """Return the balance of a ledger account at the end of a day, by the days of events."""
    return store.query(_BALANCE, [ledger_account, on])["balance"][0]


def taxed(store: Store, since: date = date.min, until: date = date.max, where: str = "true") -> pl.DataFrame:
    """Read what bears on VAT from a day to a day, both included, as `invoicing.vat_figures.taxed_events`.

    `where`: which invoices, such as those of one treatment. Losses and what was recovered count on the day they are
    posted on: what comes late for a closed month, whose VAT is declared, is of the month it is posted in.
    """
    lost = store.read(tables.BAD_DEBT_VAT)
    moves = store.read_matching(tables.ALLOCATION, lost.select("allocation_id")).select("allocation_id", "voucher_id")
    vouchers = store.read_matching(tables.VOUCHER, moves.select("voucher_id").unique())
    days = moves.join(vouchers.select("voucher_id", event_on="posted_on"), on="voucher_id")
    dated = lost.join(days.select("allocation_id", "event_on"), on="allocation_id")
    events = taxed_events(
        store.read(tables.INVOICE, where),
        store.read(tables.INVOICE_PARTY),
        store.read(tables.INVOICE_VAT),
        dated,
        store.read(tables.VAT_RATE),
    )
    return events.filter(pl.col("event_on").is_between(since, until))


def sold(store: Store, since: date = date.min, until: date = date.max) -> pl.DataFrame:
    """Read the lines of documents from a day to a day, both included, as `invoicing.sales_figures.sold_lines`."""
    invoices = store.read(tables.INVOICE, "invoiced_on BETWEEN ? AND ?", [since, until])
    lines = store.read_matching(tables.INVOICE_LINE, invoices.select("invoice_no"))
    groups = product_groups(store.read(tables.ARTICLE), store.read(tables.PLAN))
    return sold_lines(with_dimensions(lines, groups, resellers_of(store, invoices)), invoices)
