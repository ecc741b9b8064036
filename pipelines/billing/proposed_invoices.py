"""Tonight's invoices as they would be: proposed and reviewed, and nothing written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from invoicing.basis_invoices import basis_charges_due, waiting_charges
from invoicing.charges_due import accounts_due, charges_of
from invoicing.draft_review import REASON_SCHEMA, Reviewed, outliers, review, without_address
from invoicing.exchange import rates_of_currencies
from invoicing.finalisation import Register
from invoicing.invoice_run import Prices, propose
from invoicing.invoice_totals import TotalRules
from invoicing.payers import paid_by, paid_for
from invoicing.proposal import Proposal
from invoicing.vat_treatment import VatRules
from pipelines.billing.bill_facts import BillFacts
from pipelines.billing.consolidated_flow import corporate_of
from pipelines.billing.period_terms_flow import AddedCharges, PeriodFacts, with_period_terms
from pipelines.billing.unbilled import as_paid, unbilled_pieces
from pipelines.night import Night
from pipelines.work_ahead import worked_ahead
from schemas import tables
from schemas.coded_text import Codes, coded
from schemas.money import AMOUNT

_DRAFT = ["account_id", "billing_date"]
_KEPT = ("account_id", "charge_id", "amount_ex_vat", "line_no")
# What invoices look at of charges; and which texts take few values.
_LOOKED_AT = [name for name in tables.CHARGE.names if name not in {"account_bucket", "charged_on", "line_key"}]
_CODES: Codes = dict.fromkeys(
    ("charge_kind", "article_no", "usage_kind", "currency", "vat_class", "revenue_account"), pl.Categorical()
)
_ACCOUNTS_A_PART = 100_000


@dataclass(frozen=True)
class Billing:
    """Tonight's invoices as they would be, and what the review says of them; nothing is written.

    `facts`: what they are compared with; `unbilled`: CHARGE rows on no invoice yet, in parts by ranges of accounts. A
    part is taken out of the list when its invoices are proposed, so that memory does not hold both. `added`: what terms
    of the period add to each part of `monthly`.
    """

    facts: BillFacts
    unbilled: list[pl.DataFrame]
    added: list[AddedCharges] = field(default_factory=list)

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
        charges = [
            basis_charges_due(part if self.bases.height else part.clear(), self.bases, self.members, self.night.on)
            for part in self.unbilled
        ]
        due = pl.concat(charges)
        return self._proposing(self.facts.accounts)(due, due)

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
        """Accounts whose billing day has come, as `accounts_due` gives them.

        Not those whose basis is held, nor those that another account pays for, nor those that have a document of today.
        """
        found = accounts_due(self.facts.accounts, self.facts.last_billed, self._monthly_drafts, self.night.on)
        for others in (self.reviewed_bases.drafts, self._paid_for, self.facts.done_today):
            found = found.join(others, on="account_id", how="anti")
        return found

    @cached_property
    def _paid_for(self) -> pl.DataFrame:
        """Accounts that others pay for and that have no charges left of their own: they owe no minimum either."""
        return paid_for(self.facts.accounts, self.facts.payers, self.night.on).join(
            self._charged, on="account_id", how="anti"
        )

    @cached_property
    def _charged(self) -> pl.DataFrame:
        return pl.concat([part.select("account_id").unique() for part in self.unbilled])

    @cached_property
    def monthly(self) -> list[Proposal]:
        """Invoices of accounts whose billing day has come, in parts by account, with what is written of charges."""
        proposing, proposals = self._proposing(self.facts.ended), []
        # One part is proposed while what terms add to the next one is looked for.
        for (_, added), proposed in worked_ahead(self._parts_due(), lambda part: proposing(part[1].due, part[0]), 1):
            proposals.append(replace(proposed, due=proposed.due.select(_KEPT)))
            self.added.append(replace(added, due=added.due.clear()))
        return proposals

    def _parts_due(self) -> Iterator[tuple[pl.DataFrame, AddedCharges]]:
        """Take the parts of `unbilled` one by one: the accounts due (`due`), and their charges with what terms add."""
        due, elsewhere, whose, facts = self.due, self._not_monthly, self.whose, PeriodFacts(self.night)
        while self.unbilled:
            part = self.unbilled.pop(0)
            rest = part.join(elsewhere, on="charge_id", how="anti") if elsewhere.height else part
            # Who has no charge may still owe a minimum: it comes with the last part.
            dates = due.join(part, on="account_id", how="semi") if self.unbilled else due
            due = due.join(dates, on="account_id", how="anti")
            yield dates, with_period_terms(facts, charges_of(rest, dates), dates, whose)

    @property
    def _not_monthly(self) -> pl.DataFrame:
        """Charges that an invoice of a basis takes tonight, and those that wait in an open one (charge_id)."""
        of_bases = self.of_bases.due.join(self.reviewed_bases.cleared, on="account_id", how="semi")
        waiting = waiting_charges(self.bases, self.members)
        return pl.concat([of_bases.select("charge_id"), waiting.select("charge_id")])

    @cached_property
    def totals(self) -> pl.DataFrame:
        """What the monthly invoices come to, one row per account."""
        return pl.concat([part.totals for part in self.monthly])

    @property
    def negative(self) -> pl.DataFrame:
        """What invoices below zero would carry (account_id, charge_id), of accounts that nothing keeps back."""
        each = [part.due.join(part.negative, on="account_id", how="semi") for part in self.monthly]
        kept = pl.concat([self.found.select("account_id"), self.facts.open_drafts.select("account_id")])
        return pl.concat(each).select("account_id", "charge_id").join(kept, on="account_id", how="anti")

    @cached_property
    def found(self) -> pl.DataFrame:
        """Reasons why somebody must look at monthly invoices: `account_id`, `draft_reason`."""
        rules = self.night.policy.review
        odd = [outliers(part.totals, part.lines, self.facts.review, rules) for part in self.monthly]
        return pl.concat([*odd, *(self._faults(part) for part in self.monthly), self._faults_of_others]).unique()

    @property
    def _faults_of_others(self) -> pl.DataFrame:
        return paid_by(faults_of_others(self.night), self.facts.payers, pl.lit(self.night.on))

    @cached_property
    def reviewed(self) -> Reviewed:
        """What becomes of the monthly invoices."""
        room = self.facts.numbers_left()
        left = None if room is None else room - self.reviewed_bases.cleared.height
        return self._review(self._with_faulty(self.totals), self.found, self._monthly_drafts, left)

    def _with_faulty(self, totals: pl.DataFrame) -> pl.DataFrame:
        """Add to the totals the accounts that have a fault and come to nothing, perhaps for that very fault."""
        named = self.due.select(_DRAFT).join(self.found, on="account_id", how="semi")
        faulty = named.join(totals, on="account_id", how="anti")
        nothing = [pl.lit(0).cast(AMOUNT).alias(name) for name in ("net_amount", "total_amount")]
        return pl.concat([totals, faulty.with_columns(nothing)], how="diagonal")

    @cached_property
    def whose(self) -> Register:
        """Accounts with charges on no invoice yet, or that may owe a minimum, and their customers."""
        may_owe = self.night.config(tables.COMMITMENT).height > 0
        accounts = (
            self.facts.accounts if may_owe else self.facts.accounts.join(self._charged, on="account_id", how="semi")
        )
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

    def _proposing(self, ended: pl.DataFrame) -> Callable[[pl.DataFrame, pl.DataFrame], Proposal]:
        """Return what proposes invoices of charges and their accounts (account_id), in any thread: it reads nothing."""
        billing, currency = self.night.policy.billing, self.night.policy.operator.currency
        rules = TotalRules(billing.krona_rounding, currency, billing.minimum_amount, billing.carry_months)
        whose, prices, on = self.whose, self._prices, self.night.on

        def proposed(due: pl.DataFrame, of: pl.DataFrame) -> Proposal:
            accounts = whose.accounts.join(of, on="account_id", how="semi")
            customers = whose.customers.join(accounts, on="customer_id", how="semi")
            return propose(due, Register(accounts, customers, whose.corporate), prices, rules, on, ended)

        return proposed

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
        may_wait = pl.concat([of_them.select("account_id"), drafts.select("account_id")])
        facts = replace(self.facts.review, open_drafts=drafts, last=self.facts.last_of(may_wait))
        return review(named, of_them, facts, self.night.on, room)


def parted(pieces: Iterable[pl.DataFrame], accounts: pl.DataFrame) -> list[pl.DataFrame]:
    """Part charges by ranges of accounts; what is there of one account is in one part.

    Columns that no invoice looks at are left out, and texts that take few values are categories.
    """
    begins = accounts["account_id"].sort()[::_ACCOUNTS_A_PART]
    narrow = (coded(piece.select(_LOOKED_AT), _CODES) for piece in pieces)
    if begins.len() <= 1:
        return [pl.concat(narrow)]
    parts: dict[int, list[pl.DataFrame]] = {}
    for piece in narrow:
        place = begins.search_sorted(piece["account_id"], side="right").alias("_part")
        for (number,), rows in piece.with_columns(place).partition_by("_part", as_dict=True, include_key=False).items():
            parts.setdefault(int(number), []).append(rows)
    return [pl.concat(parts[number]) for number in sorted(parts)] or [
        coded(tables.CHARGE.empty().select(_LOOKED_AT), _CODES)
    ]


def faults_of_others(night: Night) -> pl.DataFrame:
    """Return the faults of accounts that pricing finds: `account_id`, `draft_reason`."""
    faults = night.store.read(tables.FEE_FAULT).select("account_id", draft_reason="reason_code")
    return faults.unique().cast(pl.Schema(REASON_SCHEMA))


def billing_of(night: Night) -> Billing:
    """Compute tonight's invoices from what is charged in the lake."""
    facts = BillFacts(night)
    return Billing(facts, parted(unbilled_pieces(night), facts.accounts))


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
    proposed = Billing(BillFacts(night), [due.drop("billing_date")]).of_bases.totals
    return proposed.select("account_id", pl.col("total_amount").alias("amount_to_pay"))
