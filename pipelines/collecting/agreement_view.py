"""Payment agreements as the command line shows them. Nothing is written."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from pipelines.collecting.agreement_flow import STANDING, instalments_of
from pipelines.home import Home
from pipelines.night import opened_lake
from schemas import tables
from schemas.money import sum_amounts

_HEAD = ("agreement_id", "account_id", "agreement_state", "agreed_on", "ended_on")


class NoAgreementError(Exception):
    """No payment agreement has the name."""


class Shown(NamedTuple):
    """An agreement: its figures by name, its claims, and its instalments with what is paid of them."""

    figures: dict[str, object]
    claims: pl.DataFrame
    instalments: pl.DataFrame


def list_agreements(home: Home, *, every: bool = False) -> pl.DataFrame:
    """Return the agreements that stand, or all, with what is open of them and the next due date."""
    with opened_lake(home) as store:
        agreements = store.read(tables.PAYMENT_AGREEMENT, "true" if every else STANDING)
        plan = instalments_of(store, agreements)
    left = pl.col("open_amount") > 0
    sums = plan.group_by("agreement_id").agg(
        pl.len().alias("instalments"),
        sum_amounts(pl.col("amount")),
        sum_amounts(pl.col("open_amount")),
        pl.col("due_on").filter(left).min().alias("next_due_on"),
    )
    found = agreements.select(*_HEAD, "currency").join(sums, on="agreement_id").sort("account_id", "agreement_id")
    listed = found.select(*_HEAD, "instalments", "amount", "open_amount", "currency", "next_due_on")
    return listed if every else listed.drop("ended_on")


def show_agreement(home: Home, agreement_id: str) -> Shown:
    """Return an agreement with its claims and instalments. Raises `NoAgreementError`."""
    with opened_lake(home) as store:
        found = store.read(tables.PAYMENT_AGREEMENT, "agreement_id = ?", [agreement_id])
        if found.is_empty():
            text = f"no agreement {agreement_id!r}; nightbill agreements list --all shows those there are"
            raise NoAgreementError(text)
        claims = store.read_matching(tables.AGREEMENT_CLAIM, found.select("agreement_id"))
        owed = store.read_matching(tables.RECEIVABLE, claims.select("receivable_id"))
        plan = instalments_of(store, found)
    of_claims = owed.select("receivable_id", "receivable_kind", "invoice_no", "due_on").join(claims, on="receivable_id")
    listed = of_claims.sort("due_on", "receivable_id").drop("agreement_id", "credited_amount")
    return Shown(found.row(0, named=True), listed, plan.drop("agreement_id").sort("instalment_no"))
