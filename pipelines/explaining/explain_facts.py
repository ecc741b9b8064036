"""What an explanation is told from: records, and configuration, register and balances as their batch had them.

The lake keeps every past night: configuration and register are read at the snapshot in which the batch was committed,
so that what has changed since changes no explanation. The policy is not in the lake; today's is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from pipelines.charging.rating_batch import REGISTER
from pipelines.lake.store import Store
from rating.allowance_grants import with_orders
from rating.balances import Balances, no_balances, open_grants
from rating.contracts import contract_spans
from rating.explanation import Terms
from rating.explanation_order import CustomerBatch
from rating.tariff import prepare_tariff
from schemas import tables
from schemas.periods import latest_billing_date
from schemas.policy import Policy
from schemas.table import Table

_CONFIG = tuple(table for table in tables.CONFIG_TABLES if table is not tables.REPRICING)
_DAY_S = 86_400
_BEFORE = timedelta(days=62)  # tiers count over a billing period, which began at most a month before


@dataclass
class PastBatch:
    """The lake as one batch left it."""

    store: Store
    policy: Policy
    snapshot: int
    _config: dict[str, pl.DataFrame] = field(default_factory=dict)

    def read(self, table: Table, where: str = "true", parameters: tuple[object, ...] = ()) -> pl.DataFrame:
        """Read a table's rows of that moment."""
        return self.store.read_at(table, self.snapshot, where, parameters)

    def config(self) -> Mapping[str, pl.DataFrame]:
        """Return the configuration tables of that moment, by name."""
        if not self._config:
            config = {table.name: self.read(table) for table in _CONFIG}
            self._config.update(with_orders(config, self.read(tables.ALLOWANCE_ORDER)))
        return self._config

    def register(self) -> dict[str, pl.DataFrame]:
        """Return the register of that moment, by name."""
        return {table.name: self.read(table) for table in REGISTER}

    def customer_batch(self, customer_id: int, wanted: pl.DataFrame, batch: int) -> CustomerBatch:
        """Gather what the batch priced of a customer, where its records depend on each other; else those `wanted`.

        `wanted`: RATED_USAGE rows that the batch priced, or priced anew.
        """
        accounts = self.read(tables.ACCOUNT, "customer_id = ?", (customer_id,))
        if not self._has_order(accounts):
            records = self.usage(wanted)
            return CustomerBatch(self.terms(records), records, no_balances())
        if batch_kind(self.store, batch) != "night":
            return self._rerated(accounts, wanted, batch)
        numbers = accounts["account_id"].to_list()
        where = f"rated_batch = ? AND account_id IN ({_marks(numbers)})"
        records = self.usage(self.read(tables.RATED_USAGE, where, (batch, *numbers)))
        return CustomerBatch(self.terms(records), records, self._found(customer_id, numbers, batch, records))

    def _rerated(self, accounts: pl.DataFrame, wanted: pl.DataFrame, batch: int) -> CustomerBatch:
        """Gather what a re-rating priced anew or a basis booked apart: whole periods, and months for monthly caps."""
        numbers = accounts["account_id"].to_list()
        day = wanted["started_on"].to_list()
        periods = (latest_billing_date(each, billing) for each in day for billing in accounts["billing_day"])
        since = min(*(each.replace(day=1) for each in day), *periods)
        where = f"started_on >= ? AND account_id IN ({_marks(numbers)})"
        records = self.usage(self.read(tables.RATED_USAGE, where, (since, *numbers)))
        grants = self._grants(numbers)
        uses = self._uses(grants).filter(pl.col("rated_batch") <= batch)
        before = replace(no_balances(), grants=open_grants(grants, uses.clear(), self.config()["allowance"]))
        return CustomerBatch(self.terms(records), records, before, uses)

    def terms(self, records: pl.DataFrame) -> Terms:
        """Make contracts and prices of that moment ready for USAGE rows."""
        operator, config = self.policy.operator, self.config()
        since, until = span_of(records)
        tariff = prepare_tariff(config, operator, self.policy.rating, since, until)
        return Terms(contract_spans(self.register(), config, operator), tariff, config, operator.zone)

    def usage(self, rated: pl.DataFrame) -> pl.DataFrame:
        """Read the USAGE rows of priced records, with the batch that priced them first."""
        files = self.store.read_matching(tables.SOURCE_FILE, rated.select("file_sha256"))["received_on"].to_list()
        nights = f"received_on BETWEEN DATE '{min(files)}' AND DATE '{max(files)}'"
        rows = self.store.read_matching(tables.USAGE, rated.select("usage_id", "file_sha256"), nights)
        return rows.join(rated.select("usage_id", "first_batch"), on="usage_id")

    def _has_order(self, accounts: pl.DataFrame) -> bool:
        """Tell whether what these accounts pay may depend on what was used before."""
        config, dependent = self.config(), (tables.ALLOWANCE, tables.DISCOUNT, tables.TIER)
        granted = self._grants(accounts["account_id"].to_list()).height
        return granted > 0 or any(config[table.name].height for table in dependent)

    def _found(self, customer_id: int, accounts: list[int], batch: int, records: pl.DataFrame) -> Balances:
        """Return what the batch found before its first record: grants less what earlier ones used and moved.

        What rolled over in the batch itself did so after its last record.
        """
        since = span_of(records)[0]
        grants = self._grants(accounts)
        used = self._uses(grants)
        earlier, later = used.filter(pl.col("rated_batch") < batch), used.filter(pl.col("rated_batch") >= batch)
        found = grants.filter(~pl.col("grant_id").is_in(later["usage_id"].implode()))
        return replace(
            self._counted(customer_id, accounts, batch, since),
            grants=open_grants(found, earlier, self.config()["allowance"]),
        )

    def _grants(self, accounts: list[int]) -> pl.DataFrame:
        return self.read(tables.ALLOWANCE_GRANT, f"account_id IN ({_marks(accounts)})", tuple(accounts))

    def _uses(self, grants: pl.DataFrame) -> pl.DataFrame:
        if grants.is_empty():
            return tables.ALLOWANCE_USE.empty()
        begun = grants["period_from"]
        where = f"period_from BETWEEN ? AND ? AND grant_id IN ({_marks(grants['grant_id'].to_list())})"
        return self.read(tables.ALLOWANCE_USE, where, (begun.min(), begun.max(), *grants["grant_id"]))

    def _counted(self, customer_id: int, accounts: list[int], batch: int, since: date) -> Balances:
        """Count the units of tiers and what capped discounts took in earlier batches."""
        empty = no_balances()
        held = self.read(tables.SUBSCRIPTION, f"account_id IN ({_marks(accounts)})", tuple(accounts))["subscription_id"]
        owners = [
            f"customer:{customer_id}",
            *(f"account:{a}" for a in accounts),
            *(f"subscription:{s}" for s in held.unique()),
        ]
        owner = pl.col("tier_key").str.split(":").list.slice(-2).list.join(":")
        tiers = self.read(tables.TIER_USE, "rated_batch < ? AND period_from >= ?", (batch, since - _BEFORE))
        taken = self.read(tables.DISCOUNT_USE, "rated_batch < ? AND customer_id = ?", (batch, customer_id))
        summed = taken.group_by("discount_code", "customer_id", "period_from").agg(pl.col("taken_amount").sum())
        return Balances(
            empty.grants,
            tiers.filter(owner.is_in(owners)).select(empty.tiers.columns),
            summed.select(pl.col(name).cast(dtype) for name, dtype in empty.discounts.schema.items()),
        )


def batch_kind(store: Store, batch: int) -> str:
    """Tell what a rating batch was: a night, a re-rating, or what a basis booked apart."""
    kinds = store.read(tables.RATING_BATCH, "rated_batch = ?", [batch])["batch_kind"]
    return str(kinds[0]) if kinds.len() else "night"


def span_of(records: pl.DataFrame) -> tuple[date, date]:
    """Return the days that a calendar must hold for USAGE rows: calls last into later days, UTC days are not local."""
    begun, longest = records["started_at"].dt.date().to_list(), max(records["duration_s"].to_list())
    return min(begun) - timedelta(days=1), max(begun) + timedelta(days=longest // _DAY_S + 2)


def _marks(values: list[object] | list[int]) -> str:
    return ", ".join("?" for _ in values) or "NULL"
