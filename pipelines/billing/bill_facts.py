"""What the invoice run looks at beside the charges: earlier invoices, drafts that wait, credit, the number series."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from invoicing.draft_review import ReviewFacts, accounts_waiting
from invoicing.finalisation import Funds, next_numbers, numbers_left
from invoicing.settlement import open_items
from pipelines.billing.unbilled import LAST_BILLED
from pipelines.night import Night
from pipelines.payments.payment_facts import claims_of, credit_on_accounts
from schemas import tables
from schemas.money import AMOUNT

_LAST_INVOICE = """
    WITH monthly AS (
        SELECT account_id, invoice_no, total_amount, billing_date FROM invoice
          ANTI JOIN (SELECT invoice_no FROM invoice_basis WHERE invoice_no IS NOT NULL) USING (invoice_no)
         WHERE document_kind = 'invoice'
    )
    SELECT account_id, max_by(invoice_no, (billing_date, invoice_no)) AS invoice_no,
           max_by(total_amount, (billing_date, invoice_no)) AS last_total_amount FROM monthly GROUP BY account_id
"""
# Monthly invoices, and credit notes that invoices below zero became; what somebody credits is no reason to wait.
_DONE = """
    SELECT DISTINCT account_id FROM (FROM invoice WHERE invoiced_on = ?)
      ANTI JOIN (SELECT invoice_no FROM invoice_basis WHERE invoice_no IS NOT NULL) USING (invoice_no)
      ANTI JOIN (SELECT credit_note_no AS invoice_no FROM credit_order WHERE credit_note_no IS NOT NULL)
          USING (invoice_no)
"""
_ENDED = """
    SELECT account_id FROM subscription ANTI JOIN (SELECT payer_account_id AS account_id FROM payer) USING (account_id)
     GROUP BY account_id HAVING count(*) FILTER (service_to IS NULL OR service_to > ?) = 0
"""
_SERIES = "SELECT document_kind, min(invoice_no)::BIGINT, max(invoice_no)::BIGINT FROM invoice GROUP BY document_kind"
_LAST = pl.Schema({"account_id": pl.Int64(), "last_total_amount": AMOUNT, "had_usage": pl.Boolean()})


@dataclass(frozen=True)
class BillFacts:
    """Facts of one night's invoice run, each read when it is asked for."""

    night: Night

    @cached_property
    def accounts(self) -> pl.DataFrame:
        """ACCOUNT rows."""
        return self.night.store.read(tables.ACCOUNT)

    @cached_property
    def payers(self) -> pl.DataFrame:
        """PAYER rows."""
        return self.night.store.read(tables.PAYER)

    @cached_property
    def done_today(self) -> pl.DataFrame:
        """Accounts that have their document of today (account_id): a night run twice makes no second one."""
        return self.night.store.query(_DONE, [self.night.on])

    @cached_property
    def last_billed(self) -> pl.DataFrame:
        """The billing date of each account's last monthly invoice."""
        return self.night.store.query(LAST_BILLED)

    @cached_property
    def open_drafts(self) -> pl.DataFrame:
        """INVOICE_DRAFT rows that are not finalised."""
        return self.night.store.read(tables.INVOICE_DRAFT, "draft_state <> 'finalised'")

    @cached_property
    def ended(self) -> pl.DataFrame:
        """Accounts whose services have all ended (account_id); nobody asks while there is no minimum amount."""
        if not self.night.policy.billing.minimum_amount:
            return tables.ACCOUNT.empty().select("account_id")
        return self.night.store.query(_ENDED, [self.night.on])

    @cached_property
    def review(self) -> ReviewFacts:
        """What tonight's invoices are compared with; what the policy does not ask for is not read."""
        store, rules = self.night.store, self.night.policy.review
        last = pl.DataFrame(schema=_LAST)
        if rules.jump_percent or rules.first_invoice or rules.no_usage:
            last = self._last_invoices()
        waiting = tables.ACCOUNT.empty().select("account_id")
        if rules.unrated_usage:
            usage = store.read(tables.WAITING_USAGE)
            numbers = store.read_matching(tables.NUMBER_ASSIGNMENT, usage.select("a_number"))
            held = store.read_matching(tables.SUBSCRIPTION, numbers.select("subscription_id"))
            waiting = accounts_waiting(usage, numbers, held)
        return ReviewFacts(last, waiting, self.open_drafts)

    def last_of(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Return the same of accounts (account_id) whose invoices may wait: what their last one came to is shown."""
        if self.review.last.height or accounts.is_empty():
            return self.review.last
        found = self.night.store.query(_LAST_INVOICE).join(accounts, on="account_id", how="semi")
        return found.with_columns(pl.lit(None, pl.Boolean).alias("had_usage")).select(_LAST.names()).cast(_LAST)

    def _last_invoices(self) -> pl.DataFrame:
        last = self.night.store.query(_LAST_INVOICE)
        used = pl.DataFrame(schema={"invoice_no": pl.Int64})
        if self.night.policy.review.no_usage:
            lines = self.night.store.read_matching(
                tables.INVOICE_LINE, last.select("invoice_no"), "charge_kind = 'usage'"
            )
            used = lines.select("invoice_no").unique()
        had_usage = pl.col("invoice_no").is_in(used["invoice_no"].implode()).alias("had_usage")
        return last.with_columns(had_usage).select(_LAST.names()).cast(_LAST)

    @cached_property
    def funds(self) -> Funds:
        """Credit on accounts, and what these owe already."""
        store = self.night.store
        credit = credit_on_accounts(store)
        if credit.is_empty():
            return Funds()
        return Funds(credit, open_items(*claims_of(store, credit)))

    @cached_property
    def _series(self) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
        given = {kind: (first, last) for kind, first, last in self.night.store.query(_SERIES).rows()}
        numbering = self.night.policy.numbering
        return given, {"invoice": numbering.first_invoice_no, "credit_note": numbering.first_credit_note_no}

    def next_number(self, kind: str = "invoice") -> int:
        """Return the next number of a kind of document."""
        return next_numbers(*self._series)[kind]

    def numbers_left(self, kind: str = "invoice") -> int | None:
        """Return how many documents of a kind can still be numbered; None where no other series lies ahead."""
        return numbers_left(kind, *self._series)
