"""Usage priced a piece at a time, with what depends on earlier use put aside and priced in order at the end.

Records of a customer share allowances, tiers and caps, so they are priced together in order of their start. They wait
in memory while they are few, then on disk by groups of customers: memory grows with a group, not with the usage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.lake_files import count_rows
from pipelines.work_ahead import worked_ahead
from rating.balances import Balances
from rating.contracts import Contracts
from rating.tariff import Tariff
from rating.usage_charge import Rated, charge_usage
from schemas.tables import USAGE

PIECE_ROWS = 500_000  # priced while the piece before is written
_HELD_ROWS = 3_000_000  # half a gigabyte
_GROUPS = 64
_AHEAD = 3  # pieces: much of what polars does in a step keeps one core


@dataclass
class OrderedPricing:
    """Prices usage by one register and one tariff. `folder`: where records wait, on a disk of the home."""

    contracts: Contracts
    tariff: Tariff
    folder: Path
    held_rows: int = _HELD_ROWS
    _held: list[pl.DataFrame] = field(default_factory=list)
    _waiting: Path | None = None
    _spills: int = 0

    def __post_init__(self) -> None:
        self.contracts = self.contracts.on_lists(self.tariff.book.numbers.lists)

    def price(self, usage: pl.DataFrame, balances: Balances) -> Rated:
        """Price what can be priced in any order, and put the rest aside. `usage`: USAGE rows."""
        ((_, rated),) = self.price_all([usage], balances)
        return rated

    def price_all(self, pieces: Iterable[pl.DataFrame], balances: Balances) -> Iterator[tuple[pl.DataFrame, Rated]]:
        """Price pieces of usage as `price`, some ahead of the one that is given back."""

        def unordered(usage: pl.DataFrame) -> Rated:
            return charge_usage(usage, self.contracts, self.tariff, balances, in_order=False)

        for usage, rated in worked_ahead(pieces, unordered, _AHEAD):
            self._put_aside(rated.deferred)
            yield usage, rated

    def in_order(self, balances: Balances) -> Iterator[tuple[pl.DataFrame, Rated]]:
        """Price what was put aside, whole customers at a time; gives its USAGE rows and what became of them."""

        def ordered(records: pl.DataFrame) -> Rated:
            accounts = self.contracts.spans["account_id"].gather(records["span_no"]).unique()
            own = balances.grants.filter(pl.col("account_id").is_in(accounts.implode()))
            usage, found = records.select(USAGE.names), replace(balances, grants=own)
            return charge_usage(usage, self.contracts, self.tariff, found, spans=records["span_no"])

        try:
            for records, rated in worked_ahead(self._whole_customers(), ordered, _AHEAD):
                yield records.select(USAGE.names), rated
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget what waits, and remove it from the disk."""
        self._held = []
        if self._waiting is not None:
            shutil.rmtree(self._waiting)
            self._waiting = None

    def _put_aside(self, deferred: pl.DataFrame) -> None:
        if deferred.is_empty():
            return
        self._held.append(deferred)
        if sum(records.height for records in self._held) > self.held_rows:
            self._spill()

    def _spill(self) -> None:
        """Move what is held to the disk, a file for each group of customers."""
        if self._waiting is None:
            self._waiting = Path(tempfile.mkdtemp(prefix="rate_", dir=self.folder))
        self._spills += 1
        for (group,), records in _grouped(pl.concat(self._held)).partition_by("_group", as_dict=True).items():
            waiting = self._waiting / f"{group:05}"
            waiting.mkdir(exist_ok=True)
            records.drop("_group").write_parquet(waiting / f"{self._spills:05}.parquet", compression="lz4")
        self._held = []

    def _whole_customers(self) -> Iterator[pl.DataFrame]:
        """Give what waits by groups of customers, put together to pieces of about `PIECE_ROWS`."""
        if self._waiting is None:
            if self._held:
                yield from _of_memory(_grouped(pl.concat(self._held)))
            return
        if self._held:
            self._spill()
        yield from _of_disk(self._waiting)


def _grouped(records: pl.DataFrame) -> pl.DataFrame:
    return records.with_columns((pl.col("customer_id") % _GROUPS).alias("_group"))


def _of_memory(held: pl.DataFrame) -> Iterator[pl.DataFrame]:
    sizes = held.group_by("_group").len().sort("_group")
    # A piece takes groups until it has its rows; one larger group stays whole.
    pieces = sizes.select((pl.col("len").cum_sum() - 1) // PIECE_ROWS).to_series().cast(pl.Int64)
    piece = pl.col("_group").replace_strict(sizes["_group"], pieces, return_dtype=pl.Int64)
    yield from held.with_columns(piece.alias("_group")).partition_by("_group", maintain_order=True, include_key=False)


def _of_disk(waiting: Path) -> Iterator[pl.DataFrame]:
    held: list[Path] = []
    rows = 0
    for folder in sorted(waiting.iterdir()):
        files = sorted(folder.iterdir())
        more = sum(count_rows(str(file)) for file in files)
        if held and rows + more > PIECE_ROWS:
            yield pl.concat([pl.read_parquet(file) for file in held])
            held, rows = [], 0
        held, rows = [*held, *files], rows + more
    yield pl.concat([pl.read_parquet(file) for file in held])
