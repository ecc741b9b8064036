"""Bill: what is charged becomes an invoice, on the account's billing day or when its basis is released."""

from __future__ import annotations

import polars as pl

from invoicing.basis_invoices import basis_charges_due, invoiced_bases, waiting_charges
from invoicing.charges_due import charges_due
from invoicing.exchange import rates_of_currencies
from invoicing.finalisation import InvoiceRun, Issue, Register
from invoicing.invoice_run import Prices, make_invoices
from invoicing.vat_treatment import VatRules
from pipelines.night import Night, StageReport
from pipelines.seller_details import seller_no
from schemas import tables
from schemas.money import sum_amounts

UNBILLED = "SELECT * FROM charge ANTI JOIN billed_charge USING (charge_id)"
# An invoice of a basis comes on any day: it is no account's monthly one.
_LAST_BILLED = """
    SELECT account_id, max(billing_date) AS billing_date FROM invoice
      ANTI JOIN (SELECT invoice_no FROM invoice_basis WHERE invoice_no IS NOT NULL) USING (invoice_no)
     GROUP BY account_id
"""


def unbilled_charges(night: Night) -> pl.DataFrame:
    """Return the charges that stand on no invoice yet; by day those of the accounts touched."""
    if night.is_whole:
        return night.store.select(tables.CHARGE, UNBILLED)
    charges = night.read(tables.CHARGE)
    billed = night.store.read_matching(tables.BILLED_CHARGE, charges.select("charge_id"))
    return charges.join(billed, on="charge_id", how="anti")


def bill(night: Night) -> StageReport:
    """Make tonight's invoices, of released bases and then of billing days; numbers follow the last one given."""
    store = night.store
    last_billed = store.query(_LAST_BILLED)
    accounts = store.read(tables.ACCOUNT)
    unbilled = unbilled_charges(night)
    bases = store.read(tables.INVOICE_BASIS, "invoice_no IS NULL AND paid_on IS NULL")
    members = store.read_matching(tables.BASIS_CHARGE, bases.select("basis_id"))
    of_bases = basis_charges_due(unbilled, bases, members, night.on)
    released = _invoices(night, of_bases, accounts, _next_number(night))
    kept = waiting_charges(bases, members)
    rest = unbilled.join(kept, on="charge_id", how="anti").join(released.billed, on="charge_id", how="anti")
    ordinary = charges_due(rest, accounts, last_billed, night.on)
    run = _invoices(night, ordinary, accounts, _next_number(night) + released.invoices.height)
    if released.invoices.height or run.invoices.height:
        with store.transaction("bill"):
            _write(night, released)
            _write(night, run)
            store.upsert(tables.INVOICE_BASIS, invoiced_bases(bases, members, released.billed))
    invoices, lines = pl.concat([released.invoices, run.invoices]), released.lines.height + run.lines.height
    total = invoices.select(sum_amounts(pl.col("total_amount"))).item() or 0
    summary = f"{invoices.height} invoices, {lines} lines, {total} to pay"
    summary += f"; {released.invoices.height} of released bases" if released.invoices.height else ""
    billed = released.billed.height + run.billed.height
    return StageReport(of_bases.height + ordinary.height, billed, 0, summary)


def released_amounts(night: Night, bases: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Tell what invoices of released bases will come to, VAT and rounding included.

    `bases`: INVOICE_BASIS rows not yet paid; those on an invoice, and those still open, come to nothing here. Returns
    `account_id` and `amount_to_pay`.
    """
    waiting = bases.filter(pl.col("invoice_no").is_null())
    members = night.store.read_matching(tables.BASIS_CHARGE, waiting.select("basis_id"))
    charges = night.store.read_matching(tables.CHARGE, members.select("charge_id"))
    billed = night.store.read_matching(tables.BILLED_CHARGE, charges.select("charge_id"))
    due = basis_charges_due(charges.join(billed, on="charge_id", how="anti"), waiting, members, night.on)
    if due.is_empty():
        return tables.INVOICE.empty().select("account_id", pl.col("total_amount").alias("amount_to_pay"))
    invoices = _invoices(night, due, accounts, night.policy.numbering.first_invoice_no).invoices
    return invoices.select("account_id", pl.col("total_amount").alias("amount_to_pay"))


def _next_number(night: Night) -> int:
    last = int(night.store.query("SELECT coalesce(max(invoice_no), 0)::BIGINT AS n FROM invoice")["n"][0])
    return last + 1 if last else night.policy.numbering.first_invoice_no


def _invoices(night: Night, due: pl.DataFrame, accounts: pl.DataFrame, first_number: int) -> InvoiceRun:
    billing = night.policy.billing
    named = accounts.join(due, on="account_id", how="semi")
    return make_invoices(
        due,
        Register(named, night.customers_of(named)),
        _prices(night),
        Issue(night.on, billing.payment_days, first_number, seller_no(night)),
        round_to_kronor=billing.krona_rounding,
    )


def _prices(night: Night) -> Prices:
    operator = night.policy.operator
    return Prices(
        night.config(tables.ARTICLE),
        VatRules(night.config(tables.VAT_RATE), operator.country_code, night.policy.vat.one_stop_shop),
        rates_of_currencies(night.config(tables.EXCHANGE_RATE), operator.currency, night.on),
    )


def _write(night: Night, run: InvoiceRun) -> None:
    night.store.append(tables.INVOICE, run.invoices)
    night.store.append(tables.INVOICE_LINE, run.lines)
    night.store.append(tables.INVOICE_VAT, run.vat)
    night.store.append(tables.INVOICE_PARTY, run.parties)
    night.store.append(tables.BILLED_CHARGE, run.billed)
    night.store.append(tables.RECEIVABLE, run.receivables)
