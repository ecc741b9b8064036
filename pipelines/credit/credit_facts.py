"""What credit decisions look at: of every account, or only of those that a run is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from invoicing.settlement import credit_left, open_items
from pipelines.billing.unbilled import as_paid, unbilled_charges
from pipelines.credit.payer_flow import touch_payers
from pipelines.night import Night
from rating.credit_exposure import counted_charges, credit_exposure, held_accounts
from rating.credit_policy import policies_of_accounts, policy_rows, services_of_accounts
from schemas import tables


@dataclass(frozen=True)
class CreditFacts:
    """Accounts with what they owe, have used and may owe.

    Of every account; by day, or where `night` is narrowed down, of its accounts alone. `accounts`: ACCOUNT rows;
    `bases`: INVOICE_BASIS rows not yet paid. `is_after_bills`: whether
    this business date's reminder fees count, and its invoices as invoices; else as the charges that they were.
    """

    night: Night
    accounts: pl.DataFrame
    bases: pl.DataFrame
    is_after_bills: bool = True

    @cached_property
    def customers(self) -> pl.DataFrame:
        """CUSTOMER rows of these accounts."""
        return self.night.customers_of(self.accounts)

    @cached_property
    def policies(self) -> pl.DataFrame:
        """The credit policy of each account."""
        rows = policy_rows(self.night.config(tables.CREDIT_POLICY), self.night.policy.credit)
        services = services_of_accounts(
            self.night.read(tables.SUBSCRIPTION), self.night.config(tables.PLAN), pl.lit(self.night.on)
        )
        category = self.customers.select("customer_id", "customer_category")
        return policies_of_accounts(self.accounts.join(category, on="customer_id"), services, rows)

    @cached_property
    def allocations(self) -> pl.DataFrame:
        """ALLOCATION rows of these accounts."""
        return self.night.read(tables.ALLOCATION)

    @cached_property
    def open_items(self) -> pl.DataFrame:
        """RECEIVABLE rows not fully paid, with their `open_amount`."""
        claims = self.night.read(tables.RECEIVABLE)
        if not self.is_after_bills:
            is_new_fee = (pl.col("receivable_kind") == "reminder_fee") & (pl.col("booked_on") == self.night.on)
            claims = claims.filter(~is_new_fee)
        return open_items(claims, self.allocations)

    @cached_property
    def unbilled(self) -> pl.DataFrame:
        """CHARGE rows on no invoice yet, with their `basis_id`, null where they are in no basis."""
        charges = unbilled_charges(self.night)
        members = self.night.store.read_matching(tables.BASIS_CHARGE, charges.select("charge_id"))
        return charges.join(members, on="charge_id", how="left")

    @cached_property
    def held(self) -> pl.DataFrame:
        """Accounts that a basis holds blocked: `account_id`."""
        return held_accounts(self.bases, self.open_items, self.policies)

    @cached_property
    def exposure(self) -> pl.DataFrame:
        """Every account's exposure beside its limit."""
        open_now, credit, charges = self.open_items, credit_left(self.allocations), self.unbilled
        if not self.is_after_bills:
            open_now, credit, charges = self._before_bills(open_now, credit, charges)
        counted = counted_charges(charges, self.held)
        return credit_exposure(self.accounts, open_now, credit, counted, self.night.vat_in_force())

    def _before_bills(
        self, open_now: pl.DataFrame, credit: pl.DataFrame, charges: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Take back this business date's invoices: they are rounded, so their charges come to a little more or less.

        What was paid of them is credit again.
        """
        claims = self.night.read(tables.RECEIVABLE, "receivable_kind = 'invoice' AND booked_on = ?", [self.night.on])
        if claims.is_empty():
            return open_now, credit, charges
        paid = self.allocations.join(claims, on="receivable_id", how="semi").select("account_id", "amount")
        lines = self.night.store.read_matching(tables.BILLED_CHARGE, claims.select("invoice_no"))
        billed = as_paid(self.night, self.night.store.read_matching(tables.CHARGE, lines.select("charge_id")))
        members = self.night.store.read_matching(tables.BASIS_CHARGE, billed.select("charge_id"))
        return (
            open_now.join(claims, on="receivable_id", how="anti"),
            pl.concat([credit.select("account_id", "amount"), paid]),
            pl.concat([charges, billed.join(members, on="charge_id", how="left").select(charges.columns)]),
        )

    @cached_property
    def freed_by_credit(self) -> pl.DataFrame:
        """Accounts whose basis was paid today by credit, after the orders were counted: `account_id`.

        They make their next basis tomorrow, as they would in a run that is not repeated.
        """
        paid = self.night.read(tables.INVOICE_BASIS, "paid_on = ?", [self.night.on])
        claims = self.night.store.read_matching(tables.RECEIVABLE, paid.select("invoice_no").drop_nulls())
        today = (pl.col("match_rule") == "account_credit") & (pl.col("allocated_on") == self.night.on)
        drawn = self.allocations.filter(today).join(claims, on="receivable_id", how="semi")
        return drawn.select("account_id").unique()

    @cached_property
    def owed(self) -> pl.DataFrame:
        """What accounts owe before any order not yet invoiced: `account_id`, `credit_limit`, `owed`."""
        none = self.unbilled.clear()
        found = credit_exposure(
            self.accounts, self.open_items, credit_left(self.allocations), none, self.night.vat_in_force()
        )
        return found.rename({"exposure": "owed"})


def credit_facts(night: Night, *, is_after_bills: bool = True) -> CreditFacts:
    """Read what is needed first; the rest is read when it is asked for."""
    touch_payers(night)
    accounts = night.read(tables.ACCOUNT).sort("account_id")
    return CreditFacts(night, accounts, night.read(tables.INVOICE_BASIS, "paid_on IS NULL"), is_after_bills)
