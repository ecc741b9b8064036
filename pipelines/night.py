"""What every stage of a night is given, and what it reports back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from invoicing.vat_treatment import rates_in_force
from pipelines.configuration.reading import Configuration, load_configuration
from pipelines.home import Home
from pipelines.lake.store import Store, open_store
from pipelines.runs.touched import LOOK_BACK, Touched
from schemas import tables
from schemas.money import PERCENT
from schemas.policy import Policy
from schemas.table import Table
from schemas.vat_areas import HOME_AREA


class BusinessDateError(Exception):
    """The business date asked for is so far ahead that it must be a slip."""


class StageReport(NamedTuple):
    """What a stage did: rows read, accepted and set aside, and a sentence for people."""

    rows_in: int
    rows_out: int
    rows_rejected: int
    summary: str


@dataclass(frozen=True)
class Night:
    """One business date in one home, with its lake open and its configuration checked.

    `touched`: the accounts that a run by day goes by; None in a night, which looks at everything.
    """

    home: Home
    on: date
    run_id: str
    configuration: Configuration
    store: Store
    touched: Touched | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this run looks at everything: a night, not a run by day."""
        return self.touched is None

    @property
    def not_done_since(self) -> date:
        """Return the first business date on which something may have been left undone that this run looks for."""
        return date.min if self.is_whole else self.on - LOOK_BACK

    def narrowed(self, accounts: pl.DataFrame) -> Night:
        """Return this run narrowed down to the accounts in the column `account_id`, a night too."""
        return replace(self, touched=Touched().having(accounts))

    def only(self, accounts: pl.DataFrame) -> Night:
        """Return this run by day narrowed down to the accounts in the column `account_id`; a night stays whole."""
        return self if self.is_whole else self.narrowed(accounts)

    def touch(self, accounts: pl.DataFrame) -> None:
        """Note the accounts in the column `account_id`: later stages of a run by day look at them too."""
        if self.touched is not None:
            self.touched.having(accounts)

    def read(self, table: Table, where: str = "true", parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Read rows of a table that has a column `account_id`: by day only those of the accounts touched so far."""
        if self.touched is None:
            return self.store.read(table, where, parameters)
        return self.store.read_matching(table, self.touched.accounts, where, parameters)

    @property
    def touched_accounts(self) -> pl.DataFrame | None:
        """The accounts (`account_id`) that a run by day has touched so far; None in a night, which is for all."""
        return None if self.touched is None else self.touched.accounts

    def customers_of(self, accounts: pl.DataFrame, columns: Sequence[str] = tables.CUSTOMER.names) -> pl.DataFrame:
        """Read `columns` of the CUSTOMER rows of ACCOUNT rows; in a night, whose accounts are all, of every one."""
        if self.is_whole:
            return self.store.read(tables.CUSTOMER, columns=columns)
        return self.store.read_matching(tables.CUSTOMER, accounts.select("customer_id")).select(columns)

    @property
    def policy(self) -> Policy:
        """The operator's policy."""
        return self.configuration.policy

    def config(self, table: Table) -> pl.DataFrame:
        """Return the rows of a configuration table."""
        return self.configuration.frame(table)

    def rating_frames(self) -> dict[str, pl.DataFrame]:
        """Return the configuration tables with what customers ordered of them: bundles and boosters."""
        return self.configuration.with_orders(self.store.read(tables.ALLOWANCE_ORDER)).frames

    def vat_in_force(self) -> pl.DataFrame:
        """Return the rates that count against credit, one row per class: those of buyers at home, wherever one lives.

        A class without a rate in force counts without VAT.
        """
        in_force = rates_in_force(self.config(tables.VAT_RATE), self.on)
        rates = in_force.filter(pl.col("vat_area") == HOME_AREA).select("vat_class", "vat_percent")
        classes = self.config(tables.ARTICLE).select("vat_class").unique().sort("vat_class")
        without = classes.join(rates, on="vat_class", how="anti")
        return pl.concat([rates, without.with_columns(pl.lit(0).cast(PERCENT).alias("vat_percent"))])


StageFunction = Callable[[Night], StageReport]


class Stage(NamedTuple):
    """A stage by name."""

    name: str
    run: StageFunction


@contextmanager
def opened_lake(home: Home, *, read_only: bool = True) -> Iterator[Store]:
    """Open the lake of a home beside a night, by the home's own configuration."""
    with open_store(home, load_configuration(home.require()).policy.store, read_only=read_only) as store:
        yield store
