"""Accounts that others pay for, in the stages that look at who owes: credit counts for the payer, and bars both."""

from __future__ import annotations

import polars as pl

from invoicing.payers import paid_by
from pipelines.night import Night
from schemas import tables


def touch_payers(night: Night) -> None:
    """Let a run by day look at the payers of the accounts it has touched, and at all that these pay for."""
    touched = night.touched_accounts
    if touched is None:
        return
    payers = night.store.read(tables.PAYER)
    paying = payers.join(touched, on="account_id", how="semi").select(account_id="payer_account_id")
    night.touch(paying)
    both = pl.concat([paying.drop_nulls(), touched]).rename({"account_id": "payer_account_id"})
    night.touch(payers.join(both, on="payer_account_id", how="semi"))


def numbers_by_payer(night: Night, numbers: pl.DataFrame) -> pl.DataFrame:
    """Let numbers in service be of the accounts that pay for them now: where their limit is reached, all are barred."""
    return paid_by(numbers, night.store.read(tables.PAYER), pl.lit(night.on))
