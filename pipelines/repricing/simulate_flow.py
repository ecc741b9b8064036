"""`nightbill simulate`: usage of the past priced by the configuration in force and by one on trial, beside the night.

Both sides are priced by the engine of the night (`charge_usage`). Nothing is written but reports: the lake is opened
read only and the home is not held, so a night may run meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import progress
from pipelines.charging.ordered_pricing import OrderedPricing
from pipelines.charging.rating_batch import PIECE_ROWS, REGISTER
from pipelines.configuration.fault import Fault
from pipelines.configuration.reading import Configuration
from pipelines.configuration.trial import Trial, load_trial
from pipelines.home import Home, write_whole
from pipelines.lake.store import Store, open_store
from rating.allowance_grants import group_spans, new_grants, with_left
from rating.balances import Balances, no_balances, open_grants
from rating.contracts import contract_spans
from rating.simulation import (
    compared,
    comparison,
    effects,
    merged_cells,
    no_cells,
    revenue_cells,
    top,
    unpriced,
    unpriced_only,
)
from rating.tariff import prepare_tariff
from rating.time_bands import local_midnight
from rating.usage_charge import Rated
from schemas import tables

_DAY_S = 86_400
_CHARGED = """
    SELECT count(*)::BIGINT AS records, coalesce(sum(amount_ex_vat), 0)::DECIMAL(18,6) AS revenue
    FROM rated_usage WHERE started_on BETWEEN ? AND ?
"""
_RERATED = """
    SELECT coalesce(sum(difference_amount), 0)::DECIMAL(18,6) AS revenue
    FROM rerated_usage WHERE started_on BETWEEN ? AND ?
"""
Register = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Period:
    """Local days, the last one included."""

    since: date
    until: date

    def usage(self, time_zone: str) -> tuple[str, list[object]]:
        """Return the condition for the usage that began in these days on the operator's clock."""
        days = [self.since, self.until + timedelta(days=1)]
        moments = pl.DataFrame({"day": days}).select(local_midnight(pl.col("day"), time_zone))
        return "started_at >= ? AND started_at < ?", moments.to_series().to_list()


@dataclass(frozen=True)
class Simulation:
    """What other prices would have done to the usage of a period; amounts exclude VAT.

    `comparison`: as `rating.simulation.comparison`. `customers`: its figures per `customer_id`. `lost`, `gained`:
    records that only the one or the other side prices, per reason. `charged`: what stands in the books for the same
    days, differences of re-ratings included. `reports`: the two files written.
    """

    period: Period
    currency: str
    files: tuple[str, ...]
    warnings: tuple[Fault, ...]
    comparison: pl.DataFrame
    customers: pl.DataFrame
    lost: pl.DataFrame
    gained: pl.DataFrame
    charged_records: int
    charged: Decimal
    reports: tuple[Path, Path]

    @property
    def total(self) -> dict[str, Any]:
        """The figures of all usage."""
        return self.comparison.filter(pl.col("part") == "total").drop("part", "code").row(0, named=True)

    @property
    def effects(self) -> pl.DataFrame:
        """How many customers win, lose, or pay the same."""
        return effects(self.customers)

    def top(self, effect: str) -> pl.DataFrame:
        """The ten customers who win or lose most."""
        return top(self.customers, effect)


@dataclass
class _Side:
    """One pricing of the period: what it has added up to so far."""

    pricing: OrderedPricing
    balances: Balances
    payers: pl.DataFrame
    groups: pl.DataFrame
    cells: pl.DataFrame = field(default_factory=no_cells)
    rejected: list[pl.DataFrame] = field(default_factory=list)

    def price(self, usage: pl.DataFrame) -> pl.DataFrame:
        """Price a piece of usage; returns what it could not price."""
        rated = self.pricing.price(usage, self.balances)
        self._count(rated)
        return unpriced(rated.rejected)

    def finish(self) -> None:
        """Price what waits for its account."""
        for _, rated in self.pricing.in_order(self.balances):
            self._count(rated)
            self.rejected.append(unpriced(rated.rejected))

    def _count(self, rated: Rated) -> None:
        self.cells = merged_cells([self.cells, revenue_cells(rated.accepted, self.payers, self.groups)])

    @property
    def unpriced(self) -> pl.DataFrame:
        return pl.concat([unpriced(tables.REJECTED.empty()), *self.rejected])


def simulate(home: Home, folder: Path, since: date, until: date) -> Simulation:
    """Price the usage of `[since, until]` (local days) by `config/` and with the files of `folder` laid over it.

    Writes `reports/simulation_<since>_<until>.csv` and one with the customers. Raises `ConfigurationError` with every
    fault of the files, each with its line.
    """
    trial, period = load_trial(home.require(), folder), Period(since, until)
    operator = trial.before.policy.operator
    with open_store(home, trial.before.policy.store, read_only=True) as store:
        before, after = _priced(home, store, trial, period)
        charged = store.query(_CHARGED, [since, until]).row(0, named=True)
        rerated = store.query(_RERATED, [since, until])["revenue"][0]
    whole = comparison(before.cells, after.cells)
    customers = compared(before.cells, after.cells, "customer_id")
    return Simulation(
        period=period,
        currency=operator.currency,
        files=trial.files,
        warnings=trial.new_warnings,
        comparison=whole,
        customers=customers,
        lost=unpriced_only(after.unpriced, before.unpriced),
        gained=unpriced_only(before.unpriced, after.unpriced),
        charged_records=charged["records"],
        charged=charged["revenue"] + rerated,
        reports=_written(home, period, whole, customers),
    )


def _priced(home: Home, store: Store, trial: Trial, period: Period) -> tuple[_Side, _Side]:
    register = {table.name: store.read(table) for table in REGISTER}
    orders = store.read(tables.ALLOWANCE_ORDER)
    condition = period.usage(trial.before.policy.operator.time_zone)
    last_day = period.until + timedelta(days=_longest_s(store, condition) // _DAY_S + 2)
    before, after = (
        _side(home, register, configuration, trial.before.frame(tables.CUSTOMER_GROUP), period, last_day)
        for configuration in (trial.before.with_orders(orders), trial.after.with_orders(orders))
    )
    read = 0
    try:
        for piece in store.batches(tables.USAGE, *condition, rows=PIECE_ROWS):
            failed, failed_after = before.price(piece), after.price(piece)
            # What neither side prices need not be remembered.
            before.rejected.append(failed.join(failed_after, on="usage_id", how="anti"))
            after.rejected.append(failed_after.join(failed, on="usage_id", how="anti"))
            read += piece.height
            progress.announce(f"{read} records read")
        for side in (before, after):
            side.finish()
    finally:
        for side in (before, after):
            side.pricing.discard()
    return before, after


def _longest_s(store: Store, condition: tuple[str, list[object]]) -> int:
    where, parameters = condition
    sql = f"SELECT coalesce(max(duration_s), 0)::BIGINT AS longest FROM usage WHERE {where}"  # noqa: S608 (names are ours)
    return int(store.query(sql, parameters)["longest"][0])


def _side(
    home: Home, register: Register, configuration: Configuration, groups: pl.DataFrame, period: Period, last_day: date
) -> _Side:
    """Make one side ready; `groups` are those in force, so that a customer stands in one group on both sides."""
    operator, frames = configuration.policy.operator, configuration.frames
    contracts = contract_spans(register, frames, operator)
    tariff = prepare_tariff(frames, operator, configuration.policy.rating, period.since, last_day)
    payers = register["account"].select("account_id", "customer_id").join(
        register["customer"].select("customer_id", "customer_category"), on="customer_id", how="left"
    )  # fmt: skip
    pricing = OrderedPricing(contracts, tariff, home.lake)
    return _Side(pricing, _fresh_balances(register, configuration, period), payers, groups)


def _fresh_balances(register: Register, configuration: Configuration, period: Period) -> Balances:
    """Grant what the configuration gives in the period, whole and unused; tiers and caps begin at zero.

    Without rollover: what is left of a grant is known only when its period has been priced.
    """
    empty, allowances = no_balances(), configuration.frame(tables.ALLOWANCE)
    if allowances.is_empty():
        return empty
    unused = tables.ALLOWANCE_USE.empty()
    grants = new_grants(
        register["subscription"],
        register["account"],
        group_spans(register["customer"], configuration.frame(tables.CUSTOMER_GROUP)),
        allowances,
        configuration.frame(tables.ALLOWANCE_LINK),
        with_left(tables.ALLOWANCE_GRANT.empty(), unused),
        period.since,
        period.until,
    )
    return Balances(open_grants(grants, unused, allowances), empty.tiers, empty.discounts)


def _written(home: Home, period: Period, whole: pl.DataFrame, customers: pl.DataFrame) -> tuple[Path, Path]:
    name = f"simulation_{period.since}_{period.until}"
    paths = home.reports / f"{name}.csv", home.reports / f"{name}_customers.csv"
    for path, rows in zip(paths, (whole, customers), strict=True):
        write_whole(path, rows.write_csv().encode())
    return paths
