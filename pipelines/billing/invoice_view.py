"""Invoices as the command line shows them: those that wait, those made, one of either, and tonight's in advance.

Nothing is written. What waits is computed anew, as the night would from what is charged by now.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import polars as pl

from pipelines import clock
from pipelines.billing.bill_facts import BillFacts
from pipelines.billing.invoice_facts import INVOICES_WITH_STATE
from pipelines.billing.proposed_invoices import Billing, billing_of, parted
from pipelines.billing.unbilled import as_paid, unbilled_charges
from pipelines.charging.fee_flow import fees_of
from pipelines.configuration.reading import load_configuration
from pipelines.home import Home
from pipelines.lake.store import Store
from pipelines.night import Night, opened_lake
from schemas import tables
from schemas.money import sum_amounts
from schemas.periods import billing_date

_WAITING = """
    SELECT d.account_id, a.customer_id, d.billing_date, d.draft_state AS state, d.draft_reasons AS reasons,
           d.total_amount, d.last_total_amount, d.decided_by
      FROM invoice_draft d JOIN account a USING (account_id) WHERE d.draft_state <> 'finalised'
     ORDER BY d.billing_date, d.account_id
"""
_MADE = f"""
    SELECT invoice_no, account_id, invoice_state AS state, invoiced_on, due_on, total_amount, open_amount
      FROM ({INVOICES_WITH_STATE}) ORDER BY invoice_no
"""  # noqa: S608 (our own words)
_LINE = (
    "entry_no", "line_group", "article_no", "line_text", "service_from", "service_to", "quantity", "net_amount",
    "vat_percent",
)  # fmt: skip
_VAT = ("vat_class", "vat_category", "vat_percent", "net_amount", "vat_amount")
_TOTALS = ("net_amount", "vat_amount", "rounding_amount", "total_amount")


class NoInvoiceError(Exception):
    """Neither an invoice nor an account has the number, or nothing of the account waits."""


class Shown(NamedTuple):
    """An invoice or what one would be: its figures by name, its lines and its VAT."""

    figures: dict[str, object]
    lines: pl.DataFrame
    vat: pl.DataFrame


class Preview(NamedTuple):
    """Tonight's invoices in advance: sums beside last month's, and what would wait, with its reasons."""

    sums: pl.DataFrame
    waiting: pl.DataFrame


def list_invoices(home: Home, *, every: bool = False) -> pl.DataFrame:
    """Return the invoices that wait for a person, with their reasons; or every invoice made, with its state."""
    with opened_lake(home) as store:
        return store.query(_MADE if every else _WAITING)


def show_invoice(home: Home, number: int, on: date | None) -> Shown:
    """Return the invoice of a number, or what the invoice of an account would be now. Raises `NoInvoiceError`."""
    with _night(home, on) as night:
        made = night.store.query(f"SELECT * FROM ({INVOICES_WITH_STATE}) WHERE invoice_no = ?", [number])  # noqa: S608
        return _invoice(night.store, made) if made.height else _draft(night, number)


def last_credit_note(home: Home, invoice_no: int) -> tuple[int, Decimal]:
    """Return number and total of the latest credit note of an invoice that has one."""
    with opened_lake(home) as store:
        notes = store.read(tables.INVOICE, "credits_invoice_no = ?", [invoice_no])
    latest: tuple[int, Decimal] = notes.sort("invoice_no").select("invoice_no", "total_amount").row(-1)
    return latest


def preview(home: Home, on: date | None) -> Preview:
    """Compute tonight's invoices, fees that come due among them, without writing anything."""
    with _night(home, on) as night:
        fees = fees_of(night).charges.with_columns(pl.lit(night.on).alias("charged_on"))
        facts, pieces = BillFacts(night), (unbilled_charges(night), as_paid(night, fees.select(tables.CHARGE.names)))
        billing = Billing(facts, parted(pieces, facts.accounts))
        return Preview(_sums(billing), _would_wait(billing))


@contextmanager
def _night(home: Home, on: date | None) -> Iterator[Night]:
    configuration = load_configuration(home.require())
    with opened_lake(home) as store:
        latest = store.query("SELECT max(run_on) AS latest FROM run")["latest"][0]
        today = on or clock.today(configuration.policy.operator.zone)
        yield Night(home, max(today, latest or today), "", configuration, store)


def _invoice(store: Store, made: pl.DataFrame) -> Shown:
    number = made.select("invoice_no")
    lines, vat = (store.read_matching(table, number) for table in (tables.INVOICE_LINE, tables.INVOICE_VAT))
    shown = (
        "invoice_no", "document_kind", "credits_invoice_no", "invoice_state", "account_id", "customer_id",
        "billing_date", "invoiced_on", "due_on", "currency", *_TOTALS, "credit_drawn_amount", "to_pay_amount",
        "open_amount", "ocr_reference", "rf_reference",
    )  # fmt: skip
    figures = made.select(shown).row(0, named=True)
    return Shown(figures, lines.sort("entry_no").select(_LINE), vat.sort("vat_class").select(_VAT))


def _draft(night: Night, account_id: int) -> Shown:
    account = pl.DataFrame({"account_id": [account_id]}, schema={"account_id": pl.Int64})
    billing = billing_of(night.narrowed(account))
    totals, waiting = billing.totals, billing.reviewed.drafts
    if totals.is_empty() and waiting.height:  # a fee without price, and nothing else to invoice
        shown = ("account_id", "billing_date", "net_amount", "total_amount", "draft_state", "draft_reasons")
        nothing = tables.INVOICE_LINE.empty().select(_LINE), tables.INVOICE_VAT.empty().select(_VAT)
        return Shown(waiting.select(shown).row(0, named=True), *nothing)
    if totals.is_empty():
        text = f"{account_id} is no invoice, and no account with one due on {night.on}; see nightbill invoices list"
        raise NoInvoiceError(text)
    part = next(each for each in billing.monthly if each.totals.height)
    waits = waiting.select("draft_state", "draft_reasons").to_dicts()
    state = waits[0] if waits else {"draft_state": "is numbered tonight", "draft_reasons": ""}
    figures = {**totals.select("account_id", "billing_date", *_TOTALS).row(0, named=True), **state}
    return Shown(figures, part.lines.select(_LINE), part.vat.sort("vat_class").select(_VAT))


def _sums(billing: Billing) -> pl.DataFrame:
    owner = billing.facts.accounts.select("account_id", "currency")
    tonight = billing.totals.join(owner, on="account_id")
    waiting = tonight.join(billing.reviewed.drafts, on="account_id", how="semi")
    parts = {"tonight": tonight, "of these wait": waiting, "last month": _last_month(billing)}
    return pl.concat(
        frame.group_by("currency")
        .agg(pl.len().cast(pl.Int64).alias("invoices"), *(sum_amounts(pl.col(name)) for name in _TOTALS))
        .sort("currency")
        .select(pl.lit(name).alias("what"), "currency", "invoices", *_TOTALS)
        for name, frame in parts.items()
    )


def _last_month(billing: Billing) -> pl.DataFrame:
    """Read the monthly invoices of the billing dates a month before those of tonight."""
    days = billing.facts.accounts.select("account_id", "billing_day")
    due = billing.due.join(days, on="account_id").select("billing_day", "billing_date").unique()
    before = [(day, _month_before(on, day)) for day, on in due.rows()]
    dates = pl.DataFrame(before, schema={"billing_day": pl.Int64, "billing_date": pl.Date}, orient="row")
    made = billing.night.store.read_matching(tables.INVOICE, dates.select("billing_date"), "document_kind = 'invoice'")
    bases = billing.night.store.read(tables.INVOICE_BASIS, "invoice_no IS NOT NULL")
    monthly = made.join(bases, on="invoice_no", how="anti").join(days, on="account_id")
    return monthly.join(dates, on=["billing_day", "billing_date"], how="semi")


def _month_before(on: date, billing_day: int) -> date:
    year, month = (on.year, on.month - 1) if on.month > 1 else (on.year - 1, 12)
    return billing_date(year, month, billing_day)


def _would_wait(billing: Billing) -> pl.DataFrame:
    names = ("account_id", "billing_date", "draft_state", "draft_reasons", "total_amount", "last_total_amount")
    return pl.concat([billing.reviewed_bases.drafts, billing.reviewed.drafts]).select(names).sort(names[:2])
