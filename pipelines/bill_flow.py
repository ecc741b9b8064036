"""Bill: on an account's billing day, everything charged and not yet billed becomes an invoice."""

from __future__ import annotations

import polars as pl

from invoicing.invoice_run import InvoiceRun, charges_due, make_invoices
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts

UNBILLED = "SELECT * FROM charge ANTI JOIN billed_charge USING (charge_id)"


def unbilled_charges(night: Night) -> pl.DataFrame:
    """Return the charges that stand on no invoice yet; by day those of the accounts touched."""
    if night.is_whole:
        return night.store.select(tables.CHARGE, UNBILLED)
    charges = night.read(tables.CHARGE)
    billed = night.store.read_matching(tables.BILLED_CHARGE, charges.select("charge_id"))
    return charges.join(billed, on="charge_id", how="anti")


def bill(night: Night) -> StageReport:
    """Make tonight's invoices; numbers follow the last one given, in the same transaction."""
    store, policy = night.store, night.policy
    last_billed = store.query("SELECT account_id, max(billing_date) AS billing_date FROM invoice GROUP BY account_id")
    accounts = store.read(tables.ACCOUNT)
    due = charges_due(unbilled_charges(night), accounts, last_billed, night.on)
    last = int(store.query("SELECT coalesce(max(invoice_no), 0)::BIGINT AS n FROM invoice")["n"][0])
    run = make_invoices(
        due,
        accounts,
        night.config(tables.ARTICLE),
        night.vat_in_force(),
        on=night.on,
        first_number=last + 1 if last else policy.numbering.first_invoice_no,
        payment_days=policy.billing.payment_days,
        round_to_kronor=policy.billing.krona_rounding,
    )
    if run.invoices.height:
        _write(night, run)
    total = run.invoices.select(sum_amounts(pl.col("total_amount"))).item() or 0
    summary = f"{run.invoices.height} invoices, {run.lines.height} lines, {total} to pay"
    return StageReport(due.height, run.billed.height, 0, summary)


def _write(night: Night, run: InvoiceRun) -> None:
    with night.store.transaction("bill"):
        night.store.append(tables.INVOICE, run.invoices)
        night.store.append(tables.INVOICE_LINE, run.lines)
        night.store.append(tables.INVOICE_VAT, run.vat)
        night.store.append(tables.BILLED_CHARGE, run.billed)
        night.store.append(tables.RECEIVABLE, run.receivables)
