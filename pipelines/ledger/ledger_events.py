"""What is to be booked: the events that have no voucher yet, and what their vouchers need to know of them.

Events bear the business date of the night that made them, so those from before the last night that booked anything have
their vouchers: reading costs what the nights since then brought, however long the books are.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from invoicing.bad_debt_provision import provision
from invoicing.bad_debt_vat import bad_debt_vat
from invoicing.deferred_income import deferred_income, last_month_over
from invoicing.ledger_postings import Events, product_groups, with_dimensions
from pipelines.lake.store import Store
from pipelines.night import Night
from schemas import tables
from schemas.money import sum_amounts
from schemas.table import Table

_IS_BOOKED = pl.col("allocation_kind") == "booked"
_FIRST_DAY = date(1, 1, 1)
_BOOKED_SINCE = "(SELECT voucher_id FROM voucher WHERE booked_by_night >= $1)"
_DOCUMENTS = f"""
    SELECT d.* FROM (FROM invoice WHERE invoiced_on >= $1) d ANTI JOIN {_BOOKED_SINCE} v
        ON v.voucher_id = CASE document_kind WHEN 'credit_note' THEN 'K:' ELSE 'F:' END || invoice_no
"""  # noqa: S608 (our own words)
_COMMISSIONS = f"""
    SELECT c.* FROM (FROM commission WHERE accrued_on >= $1) c ANTI JOIN {_BOOKED_SINCE} v
        ON v.voucher_id = 'P:' || commission_id
"""  # noqa: S608 (our own words)
_ALLOCATIONS = f"""
    SELECT a.* FROM (FROM allocation WHERE allocated_on >= $1) a ANTI JOIN {_BOOKED_SINCE} v USING (voucher_id)
"""  # noqa: S608 (our own words)
# A fee may bear the day of what it is for, so these are looked for among all: they are few.
_FEES = """
    SELECT r.* FROM (FROM receivable WHERE receivable_kind NOT IN ('invoice', 'credit_note')) r
      ANTI JOIN (SELECT voucher_id FROM voucher WHERE voucher_series = 'R') v ON v.voucher_id = 'R:' || receivable_id
"""
_RELEASED = """
    SELECT d.* FROM (FROM deferred_income WHERE release_month BETWEEN $1 AND $2) d
      ANTI JOIN (SELECT voucher_id FROM voucher WHERE voucher_series = 'D' AND event_on >= $1) v
        ON v.voucher_id = 'D:' || invoice_no || ':' || strftime(release_month, '%Y-%m')
"""
_OPEN_CLAIMS = """
    SELECT r.due_on, (r.home_amount - coalesce(p.paid, 0))::DECIMAL(18,2) AS open_amount,
           CASE r.receivable_kind WHEN 'invoice' THEN i.vat_amount END AS vat_amount, i.total_amount
      FROM receivable r LEFT JOIN invoice i USING (invoice_no)
      LEFT JOIN (SELECT receivable_id, sum(home_amount) AS paid FROM allocation
                  WHERE allocation_kind = 'receivable' AND allocated_on <= $1 GROUP BY ALL) p USING (receivable_id)
     WHERE r.booked_on <= $1 AND r.home_amount > coalesce(p.paid, 0)
"""


def events_to_book(night: Night) -> Events:
    """Read the events without a voucher, and compute what is deferred, released, lost and provided with them."""
    store = night.store
    since = _last_booked(store)
    invoices = store.select(tables.INVOICE, _DOCUMENTS, [since])
    number = invoices.select("invoice_no")
    lines = _with_dimensions(night, invoices, _matching(store, tables.INVOICE_LINE, number))
    allocations = store.select(tables.ALLOCATION, _ALLOCATIONS, [since])
    claims = store.read_matching(tables.RECEIVABLE, allocations.select("receivable_id").drop_nulls())
    provided, standing = _provided(night)
    defers = night.policy.ledger.defer_income
    deferred = deferred_income(_fees_of(store, invoices, lines), invoices) if defers else tables.DEFERRED_INCOME.empty()
    return Events(
        invoices=invoices,
        lines=lines,
        vat=_matching(store, tables.INVOICE_VAT, number),
        fees=store.select(tables.RECEIVABLE, _FEES),
        allocations=allocations,
        payments=store.read_matching(tables.PAYMENT, allocations.select("payment_id")),
        claims=claims,
        bad_debt_vat=_bad_debt_vat(store, allocations, claims),
        bookings=store.read_matching(tables.PAYMENT_BOOKING, allocations.filter(_IS_BOOKED).select("allocation_id")),
        commissions=store.select(tables.COMMISSION, _COMMISSIONS, [since]),
        deferred=deferred,
        released=_released(night, since, deferred),
        provided=provided,
        provision_standing=standing,
    )


def _last_booked(store: Store) -> date:
    latest = store.query("SELECT max(booked_by_night) AS latest FROM voucher")["latest"][0]
    return latest if isinstance(latest, date) else _FIRST_DAY


def _matching(store: Store, table: Table, numbers: pl.DataFrame) -> pl.DataFrame:
    """Read the rows of some invoices; files of other numbers are not looked into."""
    if numbers.is_empty():
        return table.empty()
    bounds: list[Any] = [numbers["invoice_no"].min(), numbers["invoice_no"].max()]
    return store.read_matching(table, numbers, "invoice_no BETWEEN ? AND ?", bounds)


def _with_dimensions(night: Night, invoices: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    groups = product_groups(night.config(tables.ARTICLE), night.config(tables.PLAN))
    return with_dimensions(lines, groups, resellers_of(night.store, invoices))


def resellers_of(store: Store, invoices: pl.DataFrame) -> pl.DataFrame:
    """Read the reseller of the account of each INVOICE row: invoice_no and reseller_code."""
    accounts = store.read_matching(tables.ACCOUNT, invoices.select("account_id"))
    return invoices.join(accounts, on="account_id").select("invoice_no", "reseller_code")


def _fees_of(store: Store, invoices: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that are recurring fees, or take such back."""
    notes = invoices.filter(pl.col("document_kind") == "credit_note").select("invoice_no", "credits_invoice_no")
    credited = _matching(store, tables.INVOICE_LINE, notes.select(invoice_no="credits_invoice_no").unique())
    fees = credited.filter(pl.col("charge_kind") == "recurring")
    of_notes = (
        lines.join(notes, on="invoice_no")
        .join(
            fees.select(credits_invoice_no="invoice_no", credited_entry_no="entry_no"),
            on=["credits_invoice_no", "credited_entry_no"],
        )
        .drop("credits_invoice_no")
    )
    of_invoices = lines.filter(pl.col("charge_kind") == "recurring")
    return pl.concat([of_invoices, of_notes.select(of_invoices.columns)])


def _bad_debt_vat(store: Store, allocations: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Compute the VAT of what `allocations` write off and recover, from all that was of their invoices before."""
    named = _losses_of(allocations, claims)
    if named.is_empty():
        return tables.BAD_DEBT_VAT.empty()
    numbers = named.select("invoice_no").unique()
    owed = store.read_matching(tables.RECEIVABLE, numbers, "receivable_kind = 'invoice'")
    kinds = "allocation_kind IN ('loss', 'recovered')"
    of_invoices = store.read_matching(tables.ALLOCATION, owed.select("receivable_id"), kinds)
    notes = store.read_matching(tables.INVOICE, numbers.rename({"invoice_no": "credits_invoice_no"}))
    heads = pl.concat([store.read_matching(tables.INVOICE, numbers), notes])
    vat = store.read_matching(tables.INVOICE_VAT, heads.select("invoice_no"))
    earlier = _losses_of(of_invoices, owed).join(named, on="allocation_id", how="anti")
    booked = store.read_matching(tables.BAD_DEBT_VAT, numbers)
    return bad_debt_vat(named.select(earlier.columns), heads, vat, earlier, booked)


def _losses_of(allocations: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Return rows of losses and recoveries of claims of invoices, with `invoice_no`."""
    kinds = pl.col("allocation_kind").is_in(["loss", "recovered"])
    owed = claims.filter(pl.col("receivable_kind") == "invoice").select("receivable_id", "invoice_no")
    return allocations.filter(kinds).join(owed, on="receivable_id")


def _released(night: Night, since: date, deferred: pl.DataFrame) -> pl.DataFrame:
    """Return the deferred shares whose month is over and that are not released yet, of those `deferred` now too."""
    last = last_month_over(night.on)
    # The night that booked last had released every month that was over by then.
    earlier = night.store.select(tables.DEFERRED_INCOME, _RELEASED, [since.replace(day=1), last])
    return pl.concat([earlier, deferred.filter(pl.col("release_month") <= last)])


def _provided(night: Night) -> tuple[pl.DataFrame, Any]:
    """Compute the provision of the last month that is over, once; returns PROVISION rows and what stood before them."""
    store, policy = night.store, night.policy.provision
    month = last_month_over(night.on)
    latest = store.read(tables.PROVISION, "provision_month = (SELECT max(provision_month) FROM provision)")
    standing = latest.select(sum_amounts(pl.col("provision_amount"))).item()
    is_off = not any(policy.model_dump().values())
    if latest.filter(pl.col("provision_month") >= month).height or (is_off and not standing):
        return tables.PROVISION.empty(), standing
    month_end = pl.select(pl.lit(month).dt.month_end()).item()
    return provision(store.query(_OPEN_CLAIMS, [month_end]), policy, month_end), standing
