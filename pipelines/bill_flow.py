"""Bill: what is charged becomes an invoice, on the account's billing day or when its basis is released.

Invoices are proposed first, then reviewed: what nobody must look at is numbered, all in one transaction; the others
wait as drafts, whose charges stay unbilled and are proposed anew every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from invoicing.basis_invoices import basis_charges_due, invoiced_bases, waiting_charges
from invoicing.charges_due import accounts_due, charges_of
from invoicing.draft_review import (
    REASON_SCHEMA,
    Reviewed,
    outliers,
    review,
    stale_drafts,
    without_address,
)
from invoicing.exchange import rates_of_currencies
from invoicing.finalisation import Funds, InvoiceRun, Issue, Register, finalise
from invoicing.invoice_run import Prices, propose
from invoicing.invoice_totals import TotalRules
from invoicing.payers import paid_by
from invoicing.proposal import Proposal
from invoicing.vat_treatment import VatRules
from pipelines.allowance_flow import write_allowances
from pipelines.bill_facts import BillFacts
from pipelines.consolidated_flow import corporate_of
from pipelines.credit_note_flow import credit_invoices
from pipelines.night import Night, StageReport
from pipelines.seller_details import seller_no
from pipelines.settle_flow import commission_of
from pipelines.unbilled import as_paid, unbilled_charges
from schemas import tables
from schemas.money import AMOUNT, sum_amounts

_DRAFT = ["account_id", "billing_date"]


# More charges than this are billed in parts, by account, so that memory follows the largest part.
_PART_ROWS = 1_000_000


@dataclass(frozen=True)
class Billing:
    """Tonight's invoices as they would be, and what the review says of them; nothing is written.

    `facts`: what they are compared with; `unbilled`: CHARGE rows on no invoice yet.
    """

    facts: BillFacts
    unbilled: pl.DataFrame

    @property
    def night(self) -> Night:
        """The business date and its lake."""
        return self.facts.night

    @cached_property
    def bases(self) -> pl.DataFrame:
        """INVOICE_BASIS rows that are not invoiced yet."""
        return self.night.store.read(tables.INVOICE_BASIS, "invoice_no IS NULL AND paid_on IS NULL")

    @cached_property
    def members(self) -> pl.DataFrame:
        """Their BASIS_CHARGE rows."""
        return self.night.store.read_matching(tables.BASIS_CHARGE, self.bases.select("basis_id"))

    @cached_property
    def of_bases(self) -> Proposal:
        """Invoices of released bases: as small as they are, nothing is carried."""
        due = basis_charges_due(self.unbilled, self.bases, self.members, self.night.on)
        return self._propose(due, self.facts.accounts)

    @cached_property
    def reviewed_bases(self) -> Reviewed:
        """What becomes of them: what was released once already is kept back for a fault, or by hand, alone.

        A draft of theirs bears the day on which the basis was released.
        """
        proposed = self.of_bases.totals.drop("billing_date").join(self._released_on, on="account_id")
        found = self._faults(self.of_bases)
        judged = self._review(proposed, found, self.facts.open_drafts, self.facts.numbers_left())
        own = self.facts.open_drafts.select(_DRAFT)
        return judged._replace(let_go=judged.let_go.join(own, on=_DRAFT, how="semi"))

    @cached_property
    def due(self) -> pl.DataFrame:
        """Accounts whose billing day has come (account_id, billing_date); not those whose basis is held."""
        drafts = self._monthly_drafts
        found = accounts_due(self.facts.accounts, self.facts.last_billed, drafts, self.night.on)
        return found.join(self.reviewed_bases.drafts, on="account_id", how="anti")

    @cached_property
    def monthly(self) -> tuple[Proposal, ...]:
        """Invoices of accounts whose billing day has come, in parts by account."""
        of_bases = self.of_bases.due.join(self.reviewed_bases.cleared, on="account_id", how="semi")
        elsewhere = pl.concat(
            [of_bases.select("charge_id"), waiting_charges(self.bases, self.members).select("charge_id")]
        )
        rest = self.unbilled.join(elsewhere, on="charge_id", how="anti") if elsewhere.height else self.unbilled
        carried = charges_of(rest, self.due)
        parts = -(-carried.height // _PART_ROWS) or 1
        part = pl.col("account_id") % parts
        each = [carried] if parts == 1 else [carried.filter(part == number) for number in range(parts)]
        return tuple(self._propose(due, self.facts.ended) for due in each)

    @cached_property
    def totals(self) -> pl.DataFrame:
        """What the monthly invoices come to, one row per account."""
        return pl.concat([part.totals for part in self.monthly])

    @cached_property
    def found(self) -> pl.DataFrame:
        """Reasons why somebody must look at monthly invoices: `account_id`, `draft_reason`."""
        rules = self.night.policy.review
        odd = [outliers(part.totals, part.lines, self.facts.review, rules) for part in self.monthly]
        return pl.concat([*odd, *(self._faults(part) for part in self.monthly), faults_of_payers(self.night)]).unique()

    @cached_property
    def reviewed(self) -> Reviewed:
        """What becomes of the monthly invoices."""
        room = self.facts.numbers_left()
        left = None if room is None else room - self.reviewed_bases.cleared.height
        return self._review(self._with_faulty(self.totals), self.found, self._monthly_drafts, left)

    def _with_faulty(self, totals: pl.DataFrame) -> pl.DataFrame:
        """Add to the totals the accounts that have a fault and come to nothing, perhaps for that very fault."""
        faulty = self.due.join(self.found, on="account_id", how="semi").join(totals, on="account_id", how="anti")
        nothing = [pl.lit(0).cast(AMOUNT).alias(name) for name in ("net_amount", "total_amount")]
        return pl.concat([totals, faulty.with_columns(nothing)], how="diagonal")

    @cached_property
    def whose(self) -> Register:
        """Accounts with charges on no invoice yet, and their customers."""
        accounts = self.facts.accounts.join(self.unbilled, on="account_id", how="semi")
        customers = self.night.store.read_matching(tables.CUSTOMER, accounts.select("customer_id"))
        return Register(accounts, customers, corporate_of(self.night, accounts, self.unbilled))

    @cached_property
    def _prices(self) -> Prices:
        night, operator = self.night, self.night.policy.operator
        return Prices(
            night.config(tables.ARTICLE),
            VatRules(night.config(tables.VAT_RATE), operator.country_code, night.policy.vat.one_stop_shop),
            rates_of_currencies(night.config(tables.EXCHANGE_RATE), operator.currency, night.on),
        )

    def _propose(self, due: pl.DataFrame, ended: pl.DataFrame) -> Proposal:
        billing, currency = self.night.policy.billing, self.night.policy.operator.currency
        rules = TotalRules(billing.krona_rounding, currency, billing.minimum_amount, billing.carry_months)
        accounts = self.whose.accounts.join(due, on="account_id", how="semi")
        customers = self.whose.customers.join(accounts, on="customer_id", how="semi")
        named = Register(accounts, customers, self.whose.corporate)
        return propose(due, named, self._prices, rules, self.night.on, ended)

    @property
    def _released_on(self) -> pl.DataFrame:
        released = self.bases.filter(pl.col("basis_state") == "released")
        return released.group_by("account_id").agg(pl.col("released_on").min().alias("billing_date"))

    @property
    def _monthly_drafts(self) -> pl.DataFrame:
        return self.facts.open_drafts.join(self._released_on, on=_DRAFT, how="anti")

    def _faults(self, proposal: Proposal) -> pl.DataFrame:
        accounts = self.whose.accounts.join(proposal.totals, on="account_id", how="semi")
        return pl.concat([proposal.faults, without_address(accounts, self.whose.customers)])

    def _review(self, proposed: pl.DataFrame, found: pl.DataFrame, drafts: pl.DataFrame, room: int | None) -> Reviewed:
        named = proposed.select("account_id", "billing_date", "net_amount", "total_amount")
        of_them = found.join(named, on="account_id", how="semi")
        return review(named, of_them, replace(self.facts.review, open_drafts=drafts), self.night.on, room)


def faults_of_others(night: Night) -> pl.DataFrame:  # noqa: ARG001 (until fees tell theirs)
    """Return the faults of accounts that pricing finds: `account_id`, `draft_reason`."""
    return pl.DataFrame(schema=REASON_SCHEMA)


def faults_of_payers(night: Night) -> pl.DataFrame:
    """Return the same faults, each of the account that pays."""
    return paid_by(faults_of_others(night), night.store.read(tables.PAYER), pl.lit(night.on))


def billing_of(night: Night) -> Billing:
    """Compute tonight's invoices from what is charged in the lake."""
    return Billing(BillFacts(night), unbilled_charges(night))


def bill(night: Night) -> StageReport:
    """Make tonight's invoices, of released bases and then of billing days; numbers follow the last one given."""
    credit_notes = credit_invoices(night)
    billing = billing_of(night)
    waiting = pl.concat([billing.reviewed_bases.drafts, billing.reviewed.drafts]).sort(_DRAFT)
    cleared = billing.reviewed_bases.cleared.height + billing.reviewed.cleared.height
    made: list[InvoiceRun] = []
    if cleared or not waiting.equals(billing.facts.open_drafts.sort(_DRAFT)):
        with night.store.transaction("bill"):
            made = _finalised(billing) if cleared else []
            _write_drafts(billing, waiting, made)
    return _report(billing, waiting, made, credit_notes)


def _report(billing: Billing, waiting: pl.DataFrame, made: Sequence[InvoiceRun], credit_notes: int) -> StageReport:
    invoices, lines, billed = (
        sum(getattr(run, name).height for run in made) for name in ("invoices", "lines", "billed")
    )
    total = sum(run.invoices.select(sum_amounts(pl.col("total_amount"))).item() or 0 for run in made)
    due = billing.of_bases.due.height + sum(part.due.height for part in billing.monthly)
    summary = f"{invoices} invoices, {lines} lines, {total} to pay"
    of_bases = billing.reviewed_bases.cleared.height
    summary += f"; {of_bases} of released bases" if of_bases else ""
    held = waiting.filter(pl.col("draft_state") == "held").height
    summary += f"; {waiting.height - held} wait to be looked at, {held} are held" if waiting.height else ""
    summary += f"; {credit_notes} credit notes" if credit_notes else ""
    return StageReport(due, billed, 0, summary)


def released_amounts(night: Night, bases: pl.DataFrame) -> pl.DataFrame:
    """Tell what invoices of released bases will come to, VAT and rounding included.

    `bases`: INVOICE_BASIS rows not yet paid; those on an invoice, and those still open, come to nothing here. Returns
    `account_id` and `amount_to_pay`.
    """
    waiting = bases.filter(pl.col("invoice_no").is_null())
    members = night.store.read_matching(tables.BASIS_CHARGE, waiting.select("basis_id"))
    charges = as_paid(night, night.store.read_matching(tables.CHARGE, members.select("charge_id")))
    billed = night.store.read_matching(tables.BILLED_CHARGE, charges.select("charge_id"))
    due = basis_charges_due(charges.join(billed, on="charge_id", how="anti"), waiting, members, night.on)
    if due.is_empty():
        return tables.INVOICE.empty().select("account_id", pl.col("total_amount").alias("amount_to_pay"))
    proposed = Billing(BillFacts(night), due.drop("billing_date")).of_bases.totals
    return proposed.select("account_id", pl.col("total_amount").alias("amount_to_pay"))


def _finalised(billing: Billing) -> list[InvoiceRun]:
    """Number and write what was cleared: the invoices of bases, then the monthly ones."""
    facts, first = billing.facts, billing.facts.next_number()
    numbered_by = seller_no(billing.night)
    funds, made = facts.funds, []
    for parts, reviewed in (((billing.of_bases,), billing.reviewed_bases), (billing.monthly, billing.reviewed)):
        if reviewed.cleared.height:
            issue = _issue(billing.night, first, numbered_by)
            run = finalise(parts, reviewed.cleared, billing.whose, issue, funds)
            _write(billing.night, run, funds)
            if parts is billing.monthly:
                write_allowances(billing.night, run.invoices, billing.facts.last_billed)
            funds, first = funds.less(run.allocations), first + run.invoices.height
            made.append(run)
    released = pl.concat([run.billed for run in made]) if billing.bases.height else tables.BILLED_CHARGE.empty()
    billing.night.store.upsert(tables.INVOICE_BASIS, invoiced_bases(billing.bases, billing.members, released))
    return made


def _issue(night: Night, first: int, numbered_by: int) -> Issue:
    policy = night.policy
    return Issue(
        night.on,
        policy.billing.payment_days,
        first,
        numbered_by,
        length_digit=policy.numbering.ocr_length_digit,
        country_code=policy.operator.country_code,
    )


def _write(night: Night, run: InvoiceRun, funds: Funds) -> None:
    night.store.append(tables.INVOICE, run.invoices)
    night.store.append(tables.INVOICE_LINE, run.lines)
    night.store.append(tables.INVOICE_VAT, run.vat)
    night.store.append(tables.INVOICE_PARTY, run.parties)
    night.store.append(tables.INVOICE_SECTION, run.sections)
    night.store.append(tables.BILLED_CHARGE, run.billed)
    night.store.append(tables.RECEIVABLE, run.receivables)
    night.store.append(tables.ALLOCATION, run.allocations)
    claims = pl.concat([funds.open_items.select(tables.RECEIVABLE.names), run.receivables])
    night.store.append(tables.COMMISSION, commission_of(night, run.allocations, claims))


def _write_drafts(billing: Billing, waiting: pl.DataFrame, made: Sequence[InvoiceRun]) -> None:
    """Write what waits, and which draft became which invoice; drafts that nothing is proposed for any more go."""
    store, runs = billing.night.store, iter(made)
    rows = [waiting]
    for reviewed in (billing.reviewed_bases, billing.reviewed):
        if reviewed.cleared.height:
            given = next(runs).invoices.select("account_id", "invoice_no")
            rows.append(tables.INVOICE_DRAFT.complete(reviewed.let_go.drop("invoice_no").join(given, on="account_id")))
    written = pl.concat(rows)
    store.delete(tables.INVOICE_DRAFT, stale_drafts(billing.facts.open_drafts, written))
    store.upsert(tables.INVOICE_DRAFT, written)
