"""Payment agreements in a night: which claims they hold, what is paid of them, and which end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from invoicing.payment_agreements import claims_to_agree_on, ended_agreements, instalments_paid, settled_since
from invoicing.settlement import open_items
from pipelines.lake.store import Store
from pipelines.night import Night
from pipelines.payments.payment_facts import claims_of
from schemas import tables

STANDING = "agreement_state = 'standing'"


def claims_of_account(store: Store) -> Callable[[int], list[dict[str, Any]]]:
    """Return what gives the open claims of an account, with their `open_amount` and `credited_amount`."""

    def claims(account_id: int) -> list[dict[str, Any]]:
        wanted = pl.DataFrame({"account_id": [account_id]}, schema={"account_id": pl.Int64})
        held = claims_of(store, wanted)
        return claims_to_agree_on(open_items(*held), held.allocations).to_dicts()

    return claims


def claims_agreed(store: Store) -> pl.DataFrame:
    """Return the claims under agreements that stand (`receivable_id`, `agreement_id`): nothing of them is dunned."""
    standing = store.read(tables.PAYMENT_AGREEMENT, STANDING).select("agreement_id")
    if standing.is_empty():
        return tables.AGREEMENT_CLAIM.empty().select("receivable_id", "agreement_id")
    return store.read_matching(tables.AGREEMENT_CLAIM, standing).select("receivable_id", "agreement_id")


def without_agreed(store: Store, items: pl.DataFrame) -> pl.DataFrame:
    """Leave out the claims (`receivable_id`) under agreements that stand: their instalments are what is due."""
    return items.join(claims_agreed(store), on="receivable_id", how="anti")


def invoices_agreed(store: Store) -> pl.DataFrame:
    """Return the invoices (`invoice_no`) with a claim under an agreement that stands: none is collected by mandate."""
    held = claims_agreed(store).select("receivable_id")
    return store.read_matching(tables.RECEIVABLE, held).select("invoice_no").unique().sort("invoice_no")


def instalments_of(store: Store, agreements: pl.DataFrame) -> pl.DataFrame:
    """Read the instalments of PAYMENT_AGREEMENT rows, with `reduced_amount`, `paid_amount` and `open_amount`."""
    ids = agreements.select("agreement_id")
    claims, plan = (store.read_matching(table, ids) for table in (tables.AGREEMENT_CLAIM, tables.AGREEMENT_INSTALMENT))
    held = claims.select("receivable_id")
    owed, paid = (store.read_matching(table, held) for table in (tables.RECEIVABLE, tables.ALLOCATION))
    return instalments_paid(plan, settled_since(claims, owed, paid))


def plans_of(store: Store, rows: pl.DataFrame) -> pl.DataFrame:
    """Read the instalments of the agreements that rows name (`agreement_id`, may be null), with their `agreed_on`."""
    ids = rows.select("agreement_id").drop_nulls()
    agreements, plan = (
        store.read_matching(table, ids) for table in (tables.PAYMENT_AGREEMENT, tables.AGREEMENT_INSTALMENT)
    )
    return plan.join(agreements.select("agreement_id", "agreed_on"), on="agreement_id")


def review_agreements(night: Night) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return PAYMENT_AGREEMENT rows that end tonight, and the instalments of those that go on standing."""
    standing = night.store.read(tables.PAYMENT_AGREEMENT, STANDING)
    instalments, policy = instalments_of(night.store, standing), night.policy
    ended = ended_agreements(standing, instalments, policy.agreements, policy.reminders.minimum_open, night.on)
    return ended, instalments.join(ended, on="agreement_id", how="anti")
