"""What a run by day goes by: the accounts that its files touched, and what it must read of the lake to serve them.

A night looks at everything. A run by day, every few minutes, must cost the same however large register and history
are: its stages read what they need of the accounts touched so far, and look back a week for what is not done yet. What
is older, or belongs to nobody who was touched, is the night's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from schemas.tables import ACCOUNT

LOOK_BACK = timedelta(days=7)


@dataclass
class Touched:
    """Accounts that a run by day has touched so far; its stages add to them."""

    accounts: pl.DataFrame = field(default_factory=lambda: ACCOUNT.empty().select("account_id"))

    def having(self, accounts: pl.DataFrame) -> Touched:
        """Add the accounts in the column `account_id` (a null is nobody's) and return the same object."""
        named = accounts.select(pl.col("account_id").cast(ACCOUNT.schema["account_id"])).drop_nulls()
        self.accounts = pl.concat([self.accounts, named]).unique().sort("account_id")
        return self
