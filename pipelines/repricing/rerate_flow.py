"""Re-rate: priced usage is priced again, as the configuration and the register say today; only differences are booked.

Records whose price depends on nothing but themselves are taken a piece at a time. Those of customers with allowances,
tiers, offers or discounts come first, a group of customers at a time and by whole billing periods: what they drew is
given back, and they are priced again in the order in which they were priced first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import polars as pl

from pipelines.charging.rating_batch import PIECE_ROWS, REGISTER, Prepared, prepared
from pipelines.charging.rating_state import next_batch
from pipelines.home import Home
from pipelines.night import Night, Stage, StageReport
from pipelines.nightly_flow import conduct, stages_named
from pipelines.repricing.rerate_booking import RerateBooking
from pipelines.repricing.rerate_report import RerateReport, write_report
from pipelines.repricing.rerate_selection import PricedUsage, Selection
from pipelines.runs.run_record import RunReport
from rating.allowance_grants import group_spans, new_grants, with_left
from rating.balances import Balances, after, no_balances, open_grants
from rating.rerating import drawable, drawn
from rating.rerating_scope import (
    capped_customers,
    given_back_caps,
    given_back_tiers,
    keeping_customers,
    ordered_customers,
    tier_owners,
    whole_periods,
)
from rating.usage_charge import charge_usage
from schemas import tables
from schemas.coded_text import plain

_DAY_S = 86_400
_LONGEST_PERIOD = timedelta(days=62)
_USES = (tables.ALLOWANCE_USE, tables.TIER_USE, tables.DISCOUNT_USE)


class _NothingToKeepError(Exception):
    """Nothing differs, or nothing is to be written: the transaction is undone. Its argument is the report."""


def rerate(night: Night, selection: Selection, *, dry_run: bool = False) -> RerateReport:
    """Price the selected records again and book the differences, in one transaction.

    Where nothing differs nothing is written; with `dry_run` only the report is. Raises `SelectionError`.
    """
    number = next_batch(night)
    selection.require(night)
    try:
        with night.store.transaction(f"rate batch {number}"):
            booking = _Rerating(night, PricedUsage(night, selection, number), number, writes=not dry_run).run()
            # Written before the commit: a run that is killed between the two does its work again, report included.
            return _kept(write_report(night, booking, selection, dry_run=dry_run))
    except _NothingToKeepError as nothing:
        report: RerateReport = nothing.args[0]
        return report


def _kept(report: RerateReport) -> RerateReport:
    if report.batch is None:
        raise _NothingToKeepError(report)
    return report


def _days_of(spans: pl.DataFrame) -> tuple[date, date]:
    """Return the first day of all spans, and the first day after them."""
    first, after_last = spans.select(pl.col("day_from").min(), pl.col("day_to").max()).row(0)
    return first, after_last


def stage_report(report: RerateReport) -> StageReport:
    """Tell what a re-rating did as a stage of a run."""
    return StageReport(report.read, report.changed, report.kept.height, report.sentence)


class _Priced(NamedTuple):
    """Records priced in order: as `Rated`; what they used `before`, and use `now`, by table name."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    before: dict[str, pl.DataFrame]
    now: dict[str, pl.DataFrame]


@dataclass
class _Rerating:
    """The steps of one re-rating."""

    night: Night
    source: PricedUsage
    number: int
    writes: bool

    def run(self) -> RerateBooking:
        booking = RerateBooking(self.night, self.prepared.tariff, self.number, self.writes)
        if self.touched.is_empty():
            return booking
        in_order = pl.col("account_id").is_in(self.spans["account_id"].implode())
        joining = pl.col("usage_id").is_in(self.joining["usage_id"].implode())
        for number, spans in enumerate(self._groups()):
            self._rerate_in_order(booking, spans, self.joining if number == 0 else self.joining.clear())
        for piece in self.source.pieces():
            self._rerate_piece(booking, piece.filter(~in_order & ~joining))
        if booking.is_found and self.writes:
            booking.write_totals()
        return booking

    @cached_property
    def register(self) -> dict[str, pl.DataFrame]:
        return {table.name: self.night.store.read(table) for table in REGISTER}

    @cached_property
    def touched(self) -> pl.DataFrame:
        """Accounts with selected records: `account_id`, `customer_id`, `first_day`, `last_day`."""
        payers = self.register["account"].select("account_id", "customer_id")
        day = pl.col("started_on")
        came = self.moved.select(
            pl.col("new_account_id").alias("account_id"), day.alias("first_day"), day.alias("last_day")
        )
        return pl.concat([self.source.accounts(), came]).join(payers, on="account_id")

    @cached_property
    def moved(self) -> pl.DataFrame:
        """Selected records that belong to another account than was charged (`PricedUsage.moved`)."""
        return self.source.moved(self.prepared.contracts)

    @cached_property
    def joining(self) -> pl.DataFrame:
        """Moved records that join customers priced in order, with the charges that they leave."""
        among = self.spans["account_id"].implode()
        joins = pl.col("new_account_id").is_in(among) & ~pl.col("account_id").is_in(among)
        return self.source.with_open_charges(self.moved.filter(joins).drop("new_account_id"))

    @cached_property
    def prepared(self) -> Prepared:
        """Contracts and prices, for the whole history: how far periods reach back is not known before."""
        first, last, longest = self._history
        return prepared(self.night, first - timedelta(days=1), last + timedelta(days=longest // _DAY_S + 2))

    @cached_property
    def _history(self) -> tuple[date, date, int]:
        """First and last local day of priced usage, and its longest record in seconds."""
        sql = "SELECT min(started_on) AS first, max(started_on) AS last, max(duration_s) AS longest FROM rated_usage"
        first, last, longest = self.night.store.query(sql).row(0)
        return first or self.night.on, last or self.night.on, int(longest or 0)

    @cached_property
    def nights(self) -> dict[int, date]:
        """The night of every batch."""
        return dict(self.night.store.read(tables.RATING_BATCH).select("rated_batch", "rated_on").iter_rows())

    @cached_property
    def ordered(self) -> pl.Series:
        """Customers whose records are priced in order."""
        store = self.night.store
        return ordered_customers(
            self.prepared.contracts,
            self.night.config(tables.PRICE),
            store.query("SELECT DISTINCT account_id FROM allowance_grant"),
            store.query("SELECT DISTINCT tier_key FROM tier_use"),
            store.query("SELECT DISTINCT customer_id FROM discount_use"),
            self.register,
        )

    @cached_property
    def spans(self) -> pl.DataFrame:
        """Days on which customers priced in order are priced again (`whole_periods`)."""
        store, discounts = self.night.store, self.night.config(tables.DISCOUNT)
        taken = store.query("SELECT DISTINCT customer_id FROM discount_use")
        capped = capped_customers(self.prepared.contracts, discounts, taken)
        of_customer = (
            self.touched.filter(pl.col("customer_id").is_in(self.ordered.implode()))
            .group_by("customer_id")
            .agg(pl.col("first_day").min(), pl.col("last_day").max())
        )
        return whole_periods(of_customer, self.register["account"], capped, *self._history[:2])

    def _groups(self) -> Iterator[pl.DataFrame]:
        """Give `spans` in groups of customers with about a million records together.

        Customers between whom records move are in the first one: what one of them draws counts for the other.
        """
        if self.spans.is_empty():
            return
        counts = self.night.store.query(
            "SELECT account_id, count(*)::BIGINT AS n FROM rated_usage WHERE started_on >= ? AND started_on < ? "
            "GROUP BY account_id",
            _days_of(self.spans),
        )
        accounts = pl.concat([self.moved["account_id"], self.moved["new_account_id"]])
        linked = self.register["account"].filter(pl.col("account_id").is_in(accounts.implode()))["customer_id"]
        sizes = (
            self.spans.join(counts, on="account_id", how="left")
            .group_by("customer_id")
            .agg(pl.col("n").fill_null(0).sum())
            .with_columns(pl.col("customer_id").is_in(linked.implode()).alias("_linked"))
            .with_columns(pl.when("_linked").then(0).otherwise("n").alias("n"))
            .sort(~pl.col("_linked"), "customer_id")
            .with_columns(((pl.col("n").cum_sum() - pl.col("n")) // PIECE_ROWS).alias("_group"))
        )
        grouped = self.spans.join(sizes.select("customer_id", "_group"), on="customer_id")
        for group in grouped.sort("_group", "account_id").partition_by("_group", maintain_order=True):
            yield group.drop("_group")

    def _rerate_piece(self, booking: RerateBooking, held: pl.DataFrame) -> None:
        usage = self.source.usage(held)
        rated = charge_usage(usage, self.prepared.contracts, self.prepared.tariff, no_balances())
        booking.book(held, usage, plain(rated.accepted), rated.rejected["usage_id"], rated.rejected)

    def _rerate_in_order(self, booking: RerateBooking, spans: pl.DataFrame, joining: pl.DataFrame) -> None:
        """Price all records of some customers again, and those that join them, one batch after the other."""
        payers = self.register["account"].select("account_id", "customer_id")
        held = pl.concat([self.source.of_accounts(spans), joining]).join(payers, on="account_id")
        if held.is_empty():
            return
        usage, before, due = self.source.usage(held), self._used(held, spans), self._new_grants(spans)
        balances = self._balances(spans, due, before)
        rolled, rated = self._rolled(balances.grants), []
        for batch, turn in self._turns(held, usage):
            found = drawable(balances, rolled, due, batch, self.nights[batch])
            rated.append(charge_usage(turn, self.prepared.contracts, self.prepared.tariff, found))
            balances = drawn(balances, rated[-1])
        priced = _Priced(
            accepted=plain(pl.concat(each.accepted for each in rated)),
            rejected=pl.concat(each.rejected for each in rated),
            before=before,
            now={table.name: pl.concat(getattr(each, table.name) for each in rated) for table in _USES},
        )
        self._book(booking, held, usage, priced, due)

    @staticmethod
    def _turns(held: pl.DataFrame, usage: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        """Give the usage in the order it was priced first: batch by batch, each with its number."""
        batches = usage.join(held.select("usage_id", "first_batch"), on="usage_id").sort("first_batch")
        for batch in batches.partition_by("first_batch", maintain_order=True):
            yield batch["first_batch"][0], batch.select(usage.columns)

    def _rolled(self, grants: pl.DataFrame) -> pl.DataFrame:
        """Tell in which batch grants rolled over: `grant_id`, `rated_batch`."""
        names = grants.filter(pl.col("rolled_from").is_not_null()).select(pl.col("grant_id").alias("usage_id"))
        moved = self.night.store.read_matching(tables.ALLOWANCE_USE, names)
        return moved.select(pl.col("usage_id").alias("grant_id"), "rated_batch")

    def _used(self, held: pl.DataFrame, spans: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Read what the records of whole periods have used, by table name."""
        store = self.night.store
        since, _ = _days_of(spans)
        tiers = store.read(tables.TIER_USE, "period_from >= ?", [since])
        caps = store.read(tables.DISCOUNT_USE, "period_from >= ?", [since.replace(day=1)])
        return {
            "allowance_use": store.read_matching(tables.ALLOWANCE_USE, held.select("usage_id")),
            "tier_use": given_back_tiers(tiers, spans, self.register),
            "discount_use": given_back_caps(caps, spans),
        }

    def _balances(self, spans: pl.DataFrame, due: pl.DataFrame, before: dict[str, pl.DataFrame]) -> Balances:
        """Tell what may be drawn on when all that these records used has been given back."""
        store, empty, (since, _) = self.night.store, no_balances(), _days_of(spans)
        grants = store.read_matching(tables.ALLOWANCE_GRANT, spans.select("account_id"))
        used = store.read_matching(tables.ALLOWANCE_USE, grants.select("grant_id"))
        others = used.join(before["allowance_use"], on=tables.ALLOWANCE_USE.key, how="anti")
        opened = open_grants(pl.concat([grants, due]), others, self.night.config(tables.ALLOWANCE))
        tiers, caps = (
            store.read(table, "period_from >= ?", [since - _LONGEST_PERIOD])
            .join(before[table.name], on=table.key, how="anti")
            .select(columns)
            for table, columns in (
                (tables.TIER_USE, empty.tiers.columns),
                (tables.DISCOUNT_USE, empty.discounts.columns),
            )
        )
        left = Balances(opened.filter(pl.col("left_quantity") > 0), tiers, empty.discounts)
        return after(left, empty.tiers, caps)

    def _new_grants(self, spans: pl.DataFrame) -> pl.DataFrame:
        """Make the grants that the configuration gives now; rollovers are the nights' to make, and stay as they are."""
        allowances, register = self.night.config(tables.ALLOWANCE), self.register
        if allowances.is_empty():
            return tables.ALLOWANCE_GRANT.empty()
        since, until = _days_of(spans)
        grants = self.night.store.read_matching(tables.ALLOWANCE_GRANT, spans.select("account_id"))
        due = new_grants(
            register["subscription"],
            register["account"].join(spans, on="account_id", how="semi"),
            group_spans(register["customer"], self.night.config(tables.CUSTOMER_GROUP)),
            allowances,
            self.night.rating_frames()[tables.ALLOWANCE_LINK.name],
            with_left(grants, tables.ALLOWANCE_USE.empty()),
            since,
            min(self.night.on, until - timedelta(days=1)),
        )
        within = (pl.col("period_from") < pl.col("day_to")) & (pl.col("period_to") > pl.col("day_from"))
        return due.join(spans, on="account_id").filter(within).select(due.columns)

    def _book(
        self, booking: RerateBooking, held: pl.DataFrame, usage: pl.DataFrame, priced: _Priced, due: pl.DataFrame
    ) -> None:
        """Book the differences of customers all of whose records can be priced; the others keep what they have."""
        payers = self.register["account"].select("account_id", pl.col("customer_id").alias("new_customer_id"))
        new = priced.accepted.select("usage_id", "account_id").join(payers, on="account_id").drop("account_id")
        owners = held.select("usage_id", "customer_id").join(new, on="usage_id", how="left")
        unpriced = owners.join(priced.rejected, on="usage_id", how="semi")["customer_id"]
        keeping = pl.col("customer_id").is_in(keeping_customers(owners, unpriced).implode())
        kept = owners.filter(keeping)["usage_id"]
        booking.book(held.drop("customer_id"), usage, priced.accepted, kept, priced.rejected)
        counters = pl.concat([priced.before["tier_use"].select("tier_key"), priced.now["tier_use"].select("tier_key")])
        kept_tiers = tier_owners(counters, self.register).filter(keeping)["tier_key"].unique()
        stays = {
            "allowance_use": pl.col("usage_id").is_in(kept.implode()),
            "tier_use": pl.col("tier_key").is_in(kept_tiers.implode()),
            "discount_use": keeping,
        }
        before, now = (
            {name: frame.filter(~stays[name]) for name, frame in uses.items()} for uses in (priced.before, priced.now)
        )
        if self.writes:
            used = due.join(now["allowance_use"], on="grant_id", how="semi")
            self.night.store.append(tables.ALLOWANCE_GRANT, used)
        booking.book_uses(before, now)


def conduct_rerate(home: Home, on: date | None, selection: Selection) -> tuple[RunReport, RerateReport]:
    """Re-rate as a run of its own, with the proof; what was taken in and waits is priced and settled before it."""
    reports: list[RerateReport] = []

    def stage(night: Night) -> StageReport:
        reports.append(rerate(night, selection))
        return stage_report(reports[-1])

    before, after_it = stages_named("configure", "rate"), stages_named("settle", "book", "prove")
    run = conduct(home, on, command="rerate", stages=(*before, Stage("rerate", stage), *after_it))
    return run, reports[-1]
