"""What credit decisions look at: of every account, or only of those that a run is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from invoicing.settlement import credit_left, open_items
from pipelines.night import Night
from pipelines.unbilled import unbilled_charges
from rating.credit_exposure import counted_charges, credit_exposure, held_accounts
from rating.credit_policy import policies_of_accounts, policy_rows, services_of_accounts
from schemas import tables


@dataclass(frozen=True)
class CreditFacts:
    """Accounts with what they owe, have used and may owe.

    Of every account; by day, or where `night` is narrowed down, of its accounts alone. `accounts`: ACCOUNT rows;
    `bases`: INVOICE_BASIS rows not yet paid. `is_after_reminders`: whether reminder fees of this business date count.
    """

    night: Night
    accounts: pl.DataFrame
    bases: pl.DataFrame
    is_after_reminders: bool = True

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
        if not self.is_after_reminders:
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
        counted = counted_charges(self.unbilled, self.held)
        credit = credit_left(self.allocations)
        return credit_exposure(self.accounts, self.open_items, credit, counted, self.night.vat_in_force())

    @cached_property
    def owed(self) -> pl.DataFrame:
        """What accounts owe before any order not yet invoiced: `account_id`, `credit_limit`, `owed`."""
        none = self.unbilled.clear()
        found = credit_exposure(
            self.accounts, self.open_items, credit_left(self.allocations), none, self.night.vat_in_force()
        )
        return found.rename({"exposure": "owed"})


def credit_facts(night: Night, *, is_after_reminders: bool = True) -> CreditFacts:
    """Read what is needed first; the rest is read when it is asked for."""
    accounts = night.read(tables.ACCOUNT).sort("account_id")
    return CreditFacts(night, accounts, night.read(tables.INVOICE_BASIS, "paid_on IS NULL"), is_after_reminders)
