"""One rating batch: pieces of usage are priced and written, and what they add up to is written at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain

import polars as pl

from pipelines.night import Night
from pipelines.ordered_pricing import OrderedPricing
from pipelines.work_ahead import ReadAhead
from rating.balances import Balances
from rating.charges import gathered_usage, usage_charges
from rating.contracts import Contracts, contract_spans
from rating.resale import resale
from rating.spend import daily_spend, limits_in_force, spend_events
from rating.tariff import Tariff, prepare_tariff
from rating.usage_charge import Rated
from schemas import tables
from schemas.coded_text import USAGE_CODES, coded
from schemas.money import CHARGE, sum_charges

PIECE_ROWS = 1_000_000
_READ_AHEAD = 2
REGISTER = (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT)
_USES = (tables.ALLOWANCE_USE, tables.TIER_USE, tables.DISCOUNT_USE)
_DAY_S = 86_400


@dataclass(frozen=True)
class NewUsage:
    """Usage to be priced: that of `files` (file_sha256, received_on) and what `waits`; days in `[since, until]`.

    `pieces`: all of it, in frames of up to `PIECE_ROWS` records with their codes as categories; reading has begun.
    """

    files: pl.DataFrame
    waits: pl.DataFrame
    pieces: Iterator[pl.DataFrame]
    since: date
    until: date

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to price."""
        return self.files.is_empty() and self.waits.is_empty()


def new_usage(night: Night) -> NewUsage:
    """Find what has not been priced yet."""
    store = night.store
    files = store.query(
        "SELECT file_sha256, received_on FROM source_file ANTI JOIN rated_file USING (file_sha256) "
        "WHERE file_kind = 'usage' AND file_state = 'archived' ORDER BY file_sha256"
    )
    waits = store.read(tables.WAITING_USAGE)
    pieces = coded(waits, *USAGE_CODES).iter_slices(PIECE_ROWS)
    moments, longest_s = [waits["started_at"]], [waits["duration_s"]]
    if files.height:
        where, parameters = _of_files(files)
        of_files = store.batches(tables.USAGE, where, parameters, rows=PIECE_ROWS, codes=USAGE_CODES)
        pieces = ReadAhead(chain(pieces, of_files), _READ_AHEAD)
        borders = "min(started_at) AS first, max(started_at) AS last, max(duration_s) AS longest"
        found = store.query(f"SELECT {borders} FROM usage WHERE {where}", parameters)  # noqa: S608 (names are ours)
        moments, longest_s = [*moments, found["first"], found["last"]], [*longest_s, found["longest"]]
    days = pl.concat(moments).drop_nulls().dt.date().to_list() or [night.on]
    # A call lasts into later days, and UTC days begin before or after local ones.
    lasting = max([0, *pl.concat(longest_s).drop_nulls()]) // _DAY_S + 2
    return NewUsage(files, waits, pieces, min(days) - timedelta(days=1), max(days) + timedelta(days=lasting))


def _of_files(files: pl.DataFrame) -> tuple[str, list[object]]:
    """Return the condition for the usage of some files; their nights let DuckLake pass over all others."""
    names, nights = ", ".join("?" for _ in range(files.height)), files["received_on"]
    condition = f"received_on BETWEEN ? AND ? AND file_sha256 IN ({names})"
    return condition, [nights.min(), nights.max(), *files["file_sha256"]]


@dataclass(frozen=True)
class Prepared:
    """Contracts and prices of a run."""

    contracts: Contracts
    tariff: Tariff


def prepared(night: Night, since: date, until: date) -> Prepared:
    """Read the register and make it and the configuration ready for records in `[since, until]`."""
    frames, policy = night.configuration.frames, night.policy
    with ThreadPoolExecutor(1) as beside:
        tariff = beside.submit(prepare_tariff, frames, policy.operator, policy.rating, since, until)
        register = {table.name: night.store.read(table) for table in REGISTER}
        return Prepared(contract_spans(register, frames, policy.operator), tariff.result())


@dataclass
class RatingBatch:
    """What one batch has done so far. Made and finished within one transaction of the lake."""

    night: Night
    prepared: Prepared
    number: int
    read: int = 0
    priced: int = 0
    rejected: list[pl.DataFrame] = field(default_factory=list)
    gathered: list[pl.DataFrame] = field(default_factory=list)
    margin: list[pl.DataFrame] = field(default_factory=list)
    uses: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {table.name: [] for table in _USES})
    _pricing: OrderedPricing = field(init=False)
    _beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _charging: Future[pl.DataFrame] | None = None

    def __post_init__(self) -> None:
        folder = self.night.home.lake / "rating"
        shutil.rmtree(folder, ignore_errors=True)  # what a killed run left: the home's lock keeps any other out
        folder.mkdir()
        self._pricing = OrderedPricing(self.prepared.contracts, self.prepared.tariff, folder)

    def price(self, pieces: Iterable[pl.DataFrame], balances: Balances) -> None:
        """Price pieces of usage and write them; then, whole accounts at a time, those whose price depends on others."""
        for piece, rated in self._pricing.price_all(pieces, balances):
            self.read += piece.height
            self._keep(piece, rated)
        for piece, rated in self._pricing.in_order(balances):
            self._keep(piece, rated)
        self._charging = self._beside.submit(usage_charges, self.gathered)
        self._beside.shutdown(wait=False)

    def _keep(self, usage: pl.DataFrame, rated: Rated) -> None:
        """Write priced records, and keep what they add up to."""
        self.rejected.append(rated.rejected)
        if rated.accepted.is_empty():
            return
        named = self._numbered(rated.accepted).with_columns(pl.col("rated_batch").alias("first_batch"))
        dated = named.with_columns(pl.lit(self.night.on).alias("rated_on"))
        self.night.store.append_file(tables.RATED_USAGE, dated.select(tables.RATED_USAGE.names))
        self.priced += named.height
        self.gathered.append(gathered_usage(named))
        for table in _USES:
            self.uses[table.name].append(getattr(rated, table.name))
        self._resell(usage, named)

    def _resell(self, usage: pl.DataFrame, rated: pl.DataFrame) -> None:
        resellers, rules = self.night.config(tables.RESELLER), self.prepared.tariff.rules
        if rules.wholesale_list or resellers["price_list"].null_count() < resellers.height:
            resold = self._numbered(resale(usage, rated, resellers, self.prepared.tariff))
            self.margin.append(resold.select("resale_role", "margin_amount"))
            self.night.store.append_file(tables.RESALE_USAGE, resold.select(tables.RESALE_USAGE.names))

    def _numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(pl.lit(self.number, pl.Int64).alias("rated_batch"))

    @property
    def charges(self) -> pl.DataFrame:
        """Charges of all pieces, made beside other work from when the last one is priced; see `usage_charges`."""
        return self._charging.result() if self._charging else usage_charges([])

    def write_charges(self) -> None:
        """Write what was charged; the batch is new, and so is every charge that bears its number."""
        charged = self.charges.with_columns(pl.lit(self.night.on).alias("charged_on"))
        self.night.store.append_file(tables.CHARGE, tables.CHARGE.complete(charged))

    @property
    def set_aside(self) -> pl.DataFrame:
        """USAGE rows that could not be priced, with their reasons."""
        none = tables.USAGE.empty().with_columns(pl.lit("").alias("reason_code"), pl.lit("").alias("reason_text"))
        return pl.concat([none, *self.rejected])

    def margin_summary(self) -> str:
        """Say what was earned on resale, and how many records were sold below cost."""
        rows = pl.concat([pl.DataFrame(schema={"resale_role": pl.String(), "margin_amount": CHARGE}), *self.margin])
        below = rows.group_by("resale_role").agg(
            sum_charges(pl.col("margin_amount")), (pl.col("margin_amount") < 0).sum().alias("below")
        )
        roles = below.sort("resale_role").rows()
        return "".join(f"; {role} margin {margin}, {count} records below cost" for role, margin, count in roles)

    def write_balances(self) -> None:
        """Write what was drawn on: allowances, tiers and capped discounts, and the spend with its events."""
        store = self.night.store
        for table in _USES:
            rows = pl.concat([table.empty().drop("rated_batch"), *self.uses[table.name]])
            keys = [key for key in table.key if key != "rated_batch"]
            if table is tables.ALLOWANCE_USE:  # a record is priced once, so its uses are single
                store.append_file(table, self._numbered(rows).select(table.names))
                continue
            quantities = [name for name in rows.columns if name.endswith(("_units", "_amount"))]
            summed = rows.group_by(keys).agg(pl.col(quantities).sum()).cast(rows.schema)
            store.append(table, self._numbered(summed.sort(keys)))
        if self.charges.is_empty():
            return
        spend = daily_spend(self.charges.rename({"service_from": "started_on"}))
        store.append(tables.DAILY_SPEND, self._numbered(spend))
        limits = limits_in_force(self.prepared.contracts.spans, self.night.config(tables.SPEND_LIMIT))
        if limits.height:
            store.append(tables.SPEND_EVENT, self._events(spend, limits))

    def _events(self, spend: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
        month = spend.select(pl.col("spend_on").dt.month_start().min()).item()
        known = self.night.store.read(tables.DAILY_SPEND, "spend_on >= ?", [month])
        touched = known.join(spend.select("subscription_id"), on="subscription_id", how="semi")
        raised = self.night.store.read(tables.SPEND_EVENT, "period_from >= ?", [month])
        return spend_events(touched, limits, raised, self.night.on)

    def write_record(self, files: pl.DataFrame) -> None:
        """Write the batch's own row, and which files it priced."""
        store, on = self.night.store, self.night.on
        rated = files.select("file_sha256", pl.lit(on).alias("rated_on"))
        store.append(tables.RATED_FILE, self._numbered(rated))
        row = {
            "rated_batch": self.number, "batch_kind": "night", "rated_on": on, "record_count": self.priced,
            "amount_ex_vat": self.charges.select(sum_charges(pl.col("amount_ex_vat"))).item(),
        }  # fmt: skip
        store.append(tables.RATING_BATCH, pl.DataFrame([row], schema=tables.RATING_BATCH.schema))
