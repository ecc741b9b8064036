"""One rating batch: pieces of usage are priced and written, and what they add up to is written at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain

import polars as pl

from pipelines.charging.ordered_pricing import OrderedPricing
from pipelines.night import Night
from pipelines.work_ahead import ReadAhead
from rating.balances import Balances
from rating.charges import gathered_again, gathered_usage, usage_charges
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
_GATHERED_ROWS = 3_000_000
# What is pending of earlier runs stands in two tables by date; neither is read further back than need be.
_UNRATED = """
    SELECT file_sha256, received_on, first_begun_at, last_ended_at
      FROM (SELECT * FROM source_file WHERE received_on >= $1)
      ANTI JOIN (SELECT file_sha256 FROM rated_file WHERE rated_on >= $1) USING (file_sha256)
     WHERE file_kind = 'usage' AND file_state = 'archived' ORDER BY file_sha256
"""
_STRANGERS = "stage = 'rate' AND reason_code = 'UNKNOWN_A_NUMBER'"
REGISTER = (tables.CUSTOMER, tables.ACCOUNT, tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT)
# What contracts are made of: names and addresses play no part in a price.
_OF_CONTRACTS = {
    tables.CUSTOMER.name: ("customer_id", "customer_category"),
    tables.ACCOUNT.name: ("account_id", "account_bucket", "customer_id", "billing_day", "reseller_code"),
}
_COUNTED = (tables.TIER_USE, tables.DISCOUNT_USE)


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


def new_usage(night: Night, waits: pl.DataFrame) -> NewUsage:
    """Find what has not been priced yet, beside what `waits` (WAITING_USAGE rows)."""
    store = night.store
    files = store.query(_UNRATED, [night.not_done_since])
    waits = waits if night.is_whole or waits.is_empty() else _owned_now(night, waits)
    pieces = coded(waits, USAGE_CODES).iter_slices(PIECE_ROWS)
    if files.height:
        of_files = store.batches(tables.USAGE, *_of_files(files), rows=PIECE_ROWS, codes=USAGE_CODES)
        pieces = ReadAhead(chain(pieces, of_files), _READ_AHEAD)
    ended = waits.select(pl.col("started_at") + pl.duration(seconds="duration_s")).to_series()
    moments = pl.concat([files["first_begun_at"], files["last_ended_at"], waits["started_at"], ended], how="vertical")
    days = moments.drop_nulls().dt.date().to_list() or [night.on]
    # UTC days begin before or after local ones.
    return NewUsage(files, waits, pieces, min(days) - timedelta(days=1), max(days) + timedelta(days=2))


def _owned_now(night: Night, waits: pl.DataFrame) -> pl.DataFrame:
    """Find what waited for an owner of its number and has one now; other causes are seldom gone within the day."""
    keys = waits.select("file_sha256", "record_no")
    strangers = night.store.read_matching(tables.REJECTED, keys, _STRANGERS).select("usage_id")
    asked = waits.join(strangers, on="usage_id", how="semi")
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, asked.select("a_number"))
    lasts = pl.col("owned_to").is_null() | (pl.col("owned_to") > pl.col("started_at"))
    owned = asked.join(held, on="a_number").filter((pl.col("owned_from") <= pl.col("started_at")) & lasts)
    return asked.join(owned, on="usage_id", how="semi")


def _of_files(files: pl.DataFrame) -> tuple[str, list[object]]:
    """Return the condition for the usage of some files; their nights let DuckLake pass over all others."""
    names, nights = ", ".join("?" for _ in range(files.height)), files["received_on"]
    condition = f"received_on BETWEEN ? AND ? AND file_sha256 IN ({names})"
    return condition, [nights.min(), nights.max(), *files["file_sha256"]]


@dataclass(frozen=True)
class Prepared:
    """Contracts and prices of a run, made ready by threads: who asks for them waits until they are."""

    _contracts: Future[Contracts]
    _tariff: Future[Tariff]

    @property
    def contracts(self) -> Contracts:
        """Who pays, for every number."""
        return self._contracts.result()

    @property
    def tariff(self) -> Tariff:
        """Prices, zones and days."""
        return self._tariff.result()


def prepared(night: Night, since: date, until: date, numbers: pl.DataFrame | None = None) -> Prepared:
    """Read the register, and begin to make it and the configuration ready for records in `[since, until]`.

    `numbers`: for a run by day, the `a_number`s that its records have at either end; None for the whole register.
    """
    frames, policy = night.rating_frames(), night.policy
    beside = ThreadPoolExecutor(2)
    tariff = beside.submit(prepare_tariff, frames, policy.operator, policy.rating, since, until)
    contracts = beside.submit(contract_spans, register_of(night, numbers), frames, policy.operator)
    beside.shutdown(wait=False)
    return Prepared(contracts, tariff)


def numbers_of(night: Night, usage: NewUsage) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the calling numbers of new usage, and those at either end, each once as `a_number`."""
    condition, parameters = _of_files(usage.files) if usage.files.height else ("false", [])
    found = night.store.query(f"SELECT DISTINCT a_number, b_number FROM usage WHERE {condition}", parameters)  # noqa: S608 (ours)
    pairs = pl.concat([found, usage.waits.select("a_number", "b_number")])
    calling = pairs.select("a_number").unique()
    return calling, pl.concat([calling, pairs.select(pl.col("b_number").alias("a_number"))]).unique()


def accounts_of(night: Night, numbers: pl.DataFrame) -> pl.DataFrame:
    """Find the accounts (`account_id`) that ever held some numbers (`a_number`)."""
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, numbers).select("subscription_id")
    return night.store.read_matching(tables.SUBSCRIPTION, held).select("account_id").unique()


def register_of(night: Night, numbers: pl.DataFrame | None) -> dict[str, pl.DataFrame]:
    """Read the register: of some numbers, everything of the accounts that ever held them; of None, all contracts.

    Everything of an account, because its subscriptions share allowances; other customers do not matter to a price.
    """
    store = night.store
    if numbers is None:
        return {table.name: store.read(table, columns=_OF_CONTRACTS.get(table.name)) for table in REGISTER}
    owners = accounts_of(night, numbers)
    accounts = store.read_matching(tables.ACCOUNT, owners)
    subscriptions = store.read_matching(tables.SUBSCRIPTION, owners)
    rows = {
        tables.CUSTOMER: store.read_matching(tables.CUSTOMER, accounts.select("customer_id")),
        tables.ACCOUNT: accounts,
        tables.SUBSCRIPTION: subscriptions,
        tables.NUMBER_ASSIGNMENT: store.read_matching(
            tables.NUMBER_ASSIGNMENT, subscriptions.select("subscription_id")
        ),
    }
    return {table.name: rows[table] for table in REGISTER}


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
    uses: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {table.name: [] for table in _COUNTED})
    _pricing: OrderedPricing = field(init=False)
    _beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _charging: Future[pl.DataFrame] | None = None
    _most_gathered: int = _GATHERED_ROWS

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
        self._gather(named)
        if rated.allowance_use.height:  # a record is priced once, so its uses are single
            used = self._numbered(rated.allowance_use).select(tables.ALLOWANCE_USE.names)
            self.night.store.append_file(tables.ALLOWANCE_USE, used)
        for table in _COUNTED:
            self.uses[table.name].append(getattr(rated, table.name))
        self._resell(usage, named)

    def _gather(self, rated: pl.DataFrame) -> None:
        """Add up what is one charge, and at times what many pieces came to: memory does not follow the usage."""
        self.gathered.append(gathered_usage(rated))
        if sum(part.height for part in self.gathered) > self._most_gathered:
            self.gathered = [gathered_again(self.gathered)]
            self._most_gathered = max(_GATHERED_ROWS, 2 * self.gathered[0].height)

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
        """Write what was counted in tiers and capped discounts, and the spend with its events."""
        store = self.night.store
        for table in _COUNTED:
            rows = pl.concat([table.empty().drop("rated_batch"), *self.uses[table.name]])
            keys = [key for key in table.key if key != "rated_batch"]
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
        month, spent = spend.select(pl.col("spend_on").dt.month_start().min()).item(), spend.select("subscription_id")
        known = self.night.store.read_matching(tables.DAILY_SPEND, spent, "spend_on >= ?", [month])
        raised = self.night.store.read_matching(tables.SPEND_EVENT, spent, "period_from >= ?", [month])
        return spend_events(known, limits, raised, self.night.on)

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
