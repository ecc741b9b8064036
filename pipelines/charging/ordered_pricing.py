"""Usage priced a piece at a time, with what depends on earlier use put aside and priced in order at the end.

Records of a customer share allowances, tiers and caps, so they are priced together in order of their start. They wait
in memory while they are few, then on disk by groups of customers: memory grows with a group, not with the usage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipelines.lake.lake_files import count_rows
from pipelines.work_ahead import worked_ahead
from rating.balances import Balances
from rating.contracts import Contracts
from rating.tariff import Tariff
from rating.usage_charge import Rated, charge_usage
from schemas.tables import USAGE

PIECE_ROWS = 500_000  # priced while the piece before is written
_HELD_ROWS = 2_000_000  # a third of a gigabyte
_GROUPS = 64
_MOVED_AT_ONCE = 8  # groups: what is moved is in memory twice
_AHEAD = 2  # pieces: much of what polars does in a step keeps one core


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
        contracts = self.contracts.with_grants(balances.grants)

        def unordered(usage: pl.DataFrame) -> Rated:
            return charge_usage(usage, contracts, self.tariff, balances, in_order=False)

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
        self._held.append(deferred.with_columns((pl.col("customer_id") % _GROUPS).alias("_group")))
        if sum(records.height for records in self._held) > self.held_rows:
            self._spill()

    def _spill(self) -> None:
        """Move what is held to the disk, a file for each group of customers."""
        if self._waiting is None:
            self._waiting = Path(tempfile.mkdtemp(prefix="rate_", dir=self.folder))
        self._spills += 1
        for first in range(0, _GROUPS, _MOVED_AT_ONCE):
            moved = self._held_of(range(first, first + _MOVED_AT_ONCE))
            for (group,), records in moved.partition_by("_group", as_dict=True).items():
                waiting = self._waiting / f"{group:05}"
                waiting.mkdir(exist_ok=True)
                records.write_parquet(waiting / f"{self._spills:05}.parquet", compression="lz4")
        self._held = []

    def _held_of(self, groups: Sequence[int]) -> pl.DataFrame:
        return pl.concat([each.filter(pl.col("_group").is_in(groups)) for each in self._held], rechunk=True)

    def _whole_customers(self) -> Iterator[pl.DataFrame]:
        """Give what waits by groups of customers, put together to pieces of about `PIECE_ROWS`."""
        if self._waiting is None:
            sizes: Counter[int] = Counter()
            for each in self._held:
                sizes.update(dict(each["_group"].value_counts().iter_rows()))
            yield from map(self._held_of, _packed(sizes))
            return
        if self._held:
            self._spill()
        files = {int(folder.name): sorted(folder.iterdir()) for folder in self._waiting.iterdir()}
        for groups in _packed({group: sum(map(_rows_of, paths)) for group, paths in files.items()}):
            yield pl.concat([pl.read_parquet(path) for group in groups for path in files[group]])


def _packed(sizes: dict[int, int]) -> Iterator[list[int]]:
    """Put groups together until they have their rows; one larger group stays whole."""
    pack: list[int] = []
    for group, rows in sorted(sizes.items()):
        if pack and sum(sizes[each] for each in pack) + rows > PIECE_ROWS:
            yield pack
            pack = []
        pack.append(group)
    if pack:
        yield pack


def _rows_of(path: Path) -> int:
    return count_rows(str(path))
