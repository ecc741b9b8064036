"""Consolidated invoices: what they are made of beside charges, read where somebody has them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from invoicing.cost_centres import Corporate, consolidated_accounts
from pipelines.customers.subscription_numbers import numbers_of
from pipelines.night import Night
from schemas import tables


def corporate_of(night: Night, accounts: pl.DataFrame, charges: Sequence[pl.DataFrame]) -> Corporate:
    """Read which of these ACCOUNT rows have consolidated invoices, and who uses what parts of CHARGE rows are for."""
    chosen = night.store.read(tables.PREFERENCE, "preference = 'invoice_layout'")
    consolidated = consolidated_accounts(chosen).join(accounts, on="account_id", how="semi")
    if consolidated.is_empty():
        return Corporate()
    theirs = [part.join(consolidated, on="account_id", how="semi").select("subscription_id") for part in charges]
    used = pl.concat(theirs).drop_nulls().unique()
    users = night.store.read_matching(tables.SUBSCRIPTION_USER, used)
    return Corporate(consolidated, users, numbers_of(night.store, used))
