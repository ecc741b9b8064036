"""Usage priced a piece at a time, with what depends on earlier use put aside and priced in order at the end.

Records of an account share allowances, tiers and caps, so they are priced together in order of their start. They wait
in memory while they are few, then on disk by account bucket: memory grows with a bucket, not with the usage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.lake_files import count_rows
from rating.balances import Balances, after
from rating.contracts import Contracts
from rating.tariff import Tariff
from rating.usage_charge import Rated, charge_usage
from schemas.tables import USAGE

PIECE_ROWS = 1_000_000
_HELD_ROWS = 3_000_000  # half a gigabyte
_AHEAD = 2
Piece = TypeVar("Piece")


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

    def price(self, usage: pl.DataFrame, balances: Balances) -> Rated:
        """Price what can be priced in any order, and put the rest aside. `usage`: USAGE rows."""
        ((_, rated),) = self.price_all([usage], balances)
        return rated

    def price_all(self, pieces: Iterable[pl.DataFrame], balances: Balances) -> Iterator[tuple[pl.DataFrame, Rated]]:
        """Price pieces of usage as `price`, some ahead of the one that is given back."""

        def unordered(usage: pl.DataFrame) -> Rated:
            return charge_usage(usage, self.contracts, self.tariff, balances, in_order=False)

        for usage, rated in _ahead(pieces, unordered):
            self._put_aside(rated.deferred)
            yield usage, rated

    def in_order(self, balances: Balances) -> Iterator[tuple[pl.DataFrame, Rated]]:
        """Price what was put aside, whole account buckets at a time; gives its USAGE rows and what became of them.

        A customer may have accounts in several buckets: what one bucket used of tiers and caps counts in the next.
        """
        state = balances

        def ordered(records: pl.DataFrame) -> Rated:
            buckets = records["account_bucket"].unique()
            grants = state.grants.filter(pl.col("account_bucket").is_in(buckets.implode()))
            left = replace(state, grants=grants)
            usage = records.select(USAGE.names)
            return charge_usage(usage, self.contracts, self.tariff, left, spans=records["span_no"])

        capped = self.tariff.discounts["monthly_cap"].null_count() < self.tariff.discounts.height
        ahead = 0 if capped or self.tariff.tiers.height else _AHEAD
        try:
            for records, rated in _ahead(self._whole_buckets(), ordered, ahead):
                state = after(state, rated.tier_use, rated.discount_use)
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
        """Move what is held to the disk, a file for each bucket."""
        if self._waiting is None:
            self._waiting = Path(tempfile.mkdtemp(prefix="rate_", dir=self.folder))
        self._spills += 1
        for (bucket,), records in pl.concat(self._held).partition_by("account_bucket", as_dict=True).items():
            waiting = self._waiting / f"{bucket:05}"
            waiting.mkdir(exist_ok=True)
            records.write_parquet(waiting / f"{self._spills:05}.parquet", compression="lz4")
        self._held = []

    def _whole_buckets(self) -> Iterator[pl.DataFrame]:
        """Give what waits by account buckets, put together to pieces of about a million."""
        if self._waiting is None:
            if self._held:
                yield from _of_memory(pl.concat(self._held))
            return
        if self._held:
            self._spill()
        yield from _of_disk(self._waiting)


def _of_memory(held: pl.DataFrame) -> Iterator[pl.DataFrame]:
    sizes = held.group_by("account_bucket").len().sort("account_bucket")
    # A piece takes buckets until it has its rows; one larger bucket stays whole.
    begun = sizes.with_columns(((pl.col("len").cum_sum() - 1) // PIECE_ROWS).alias("piece"))
    for piece in begun.partition_by("piece", maintain_order=True):
        yield held.filter(pl.col("account_bucket").is_in(piece["account_bucket"].implode()))


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


def _ahead(
    pieces: Iterable[Piece], work: Callable[[Piece], Rated], ahead: int = _AHEAD
) -> Iterator[tuple[Piece, Rated]]:
    """Work on pieces in their order, and on up to `ahead` of the next while the caller is busy with one.

    Much of what polars does in a step keeps one core; two pieces at a time keep two busy, and memory to three pieces.
    """
    with ThreadPoolExecutor(max(ahead, 1)) as pool:
        begun: deque[tuple[Piece, Future[Rated]]] = deque()
        for piece in pieces:
            begun.append((piece, pool.submit(work, piece)))
            if len(begun) > ahead:
                done, result = begun.popleft()
                yield done, result.result()
        for done, result in begun:
            yield done, result.result()
