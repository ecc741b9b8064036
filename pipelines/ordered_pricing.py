"""Usage priced a piece at a time, with what depends on earlier use put aside and priced in order at the end.

Records of an account share allowances, tiers and caps, so they are priced together in order of their start. They wait
on disk by account bucket meanwhile: memory grows with a bucket, not with the usage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from pipelines.lake_files import count_rows
from rating.balances import Balances, after
from rating.contracts import Contracts
from rating.tariff import Tariff
from rating.usage_charge import Rated, charge_usage

PIECE_ROWS = 1_000_000
_AHEAD = 2
Piece = TypeVar("Piece")


@dataclass
class OrderedPricing:
    """Prices usage by one register and one tariff. `folder`: where records wait, on a disk of the home."""

    contracts: Contracts
    tariff: Tariff
    folder: Path
    _waiting: Path | None = None
    _pieces: int = 0

    def price(self, usage: pl.DataFrame, balances: Balances) -> Rated:
        """Price what can be priced in any order, and put the rest aside. `usage`: USAGE rows."""
        rated = charge_usage(usage, self.contracts, self.tariff, balances, in_order=False)
        self._put_aside(rated.deferred)
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
        if self._waiting is None:
            return
        state = balances

        def ordered(piece: tuple[list[int], pl.DataFrame]) -> Rated:
            grants = state.grants.filter(pl.col("account_bucket").is_in(piece[0]))
            return charge_usage(piece[1], self.contracts, self.tariff, replace(state, grants=grants))

        capped = self.tariff.discounts["monthly_cap"].null_count() < self.tariff.discounts.height
        ahead = 0 if capped or self.tariff.tiers.height else _AHEAD
        try:
            for (_, usage), rated in _ahead(_whole_buckets(self._waiting), ordered, ahead):
                state = after(state, rated.tier_use, rated.discount_use)
                yield usage, rated
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what waits from the disk."""
        if self._waiting is not None:
            shutil.rmtree(self._waiting)
            self._waiting = None

    def _put_aside(self, deferred: pl.DataFrame) -> None:
        if deferred.is_empty():
            return
        if self._waiting is None:
            self._waiting = Path(tempfile.mkdtemp(prefix="rate_", dir=self.folder))
        self._pieces += 1
        for (bucket,), records in deferred.partition_by("account_bucket", as_dict=True).items():
            waiting = self._waiting / f"{bucket:05}"
            waiting.mkdir(exist_ok=True)
            records.drop("account_bucket").write_parquet(waiting / f"{self._pieces:05}.parquet", compression="lz4")


def _whole_buckets(waiting: Path) -> Iterator[tuple[list[int], pl.DataFrame]]:
    """Read the records of account buckets, put together to pieces of about a million."""
    held: list[Path] = []
    rows = 0
    for folder in sorted(waiting.iterdir()):
        files = sorted(folder.iterdir())
        more = sum(count_rows(str(file)) for file in files)
        if held and rows + more > PIECE_ROWS:
            yield _read(held)
            held, rows = [], 0
        held, rows = [*held, *files], rows + more
    yield _read(held)


def _read(files: list[Path]) -> tuple[list[int], pl.DataFrame]:
    return [int(file.parent.name) for file in files], pl.concat([pl.read_parquet(file) for file in files])


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
