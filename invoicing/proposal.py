"""A proposal: what invoices would be, before they are reviewed and numbered."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Proposal:
    """What invoices would be, one per account, for all or some accounts; `sections` of consolidated ones.

    `due`: the charges, each with the `line_no` of its line; `lines`, `vat` and `totals`: of the invoices worth making;
    `faults`: accounts whose VAT or currency is unknown, and why: `account_id`, `draft_reason`; `negative`: accounts
    whose invoice would be below zero (account_id).
    """

    due: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    totals: pl.DataFrame
    faults: pl.DataFrame
    negative: pl.DataFrame
    sections: pl.DataFrame


def of_accounts(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Leave the rows of some accounts (account_id), in their order."""
    return rows.join(accounts.select("account_id"), on="account_id", how="semi", maintain_order="left")
