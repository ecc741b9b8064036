"""What every stage of a night is given, and what it reports back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from pipelines.configuration import Configuration, ConfigurationError, load_configuration
from pipelines.configuration_fault import Fault
from pipelines.home import Home
from pipelines.store import Store, open_store
from schemas import tables
from schemas.policy import Policy
from schemas.table import Table


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
    """One business date in one home, with its lake open and its configuration checked."""

    home: Home
    on: date
    run_id: str
    configuration: Configuration
    store: Store

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
        """Return the VAT rates of this business date, one row per class.

        Raises `ConfigurationError` when a class that an article has is not in force yet.
        """
        ended = (pl.col("valid_to") <= self.on).fill_null(value=False)
        rates = self.config(tables.VAT_RATE).filter((pl.col("valid_from") <= self.on) & ~ended)
        classes = self.config(tables.ARTICLE).select("vat_class").unique().sort("vat_class")
        missing = classes.join(rates, on="vat_class", how="anti")["vat_class"].to_list()
        if missing:
            problem = f"an article has this VAT class, but it has no rate on {self.on}"
            remedy = "add a rate that is in force"
            raise ConfigurationError([Fault("vat_rates.csv", None, name, problem, remedy) for name in missing])
        return rates


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
