"""Work done ahead of its turn by threads, in order: polars and file reading leave Python's lock to others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def worked_ahead(
    items: Iterable[_Item], work: Callable[[_Item], _Result], most: int
) -> Generator[tuple[_Item, _Result]]:
    """Work on items in their order, and on up to `most` of the next while the caller is busy with one.

    What the work raises is raised in the item's turn.
    """
    with ThreadPoolExecutor(most) as pool:
        begun: deque[tuple[_Item, Future[_Result]]] = deque()
        for item in items:
            begun.append((item, pool.submit(work, item)))
            if len(begun) > most:
                done, result = begun.popleft()
                yield done, result.result()
        for done, result in begun:
            yield done, result.result()


class ReadAhead(Iterator[_Item]):
    """An iterator whose next items a thread takes before they are asked for, from the moment that it is made."""

    def __init__(self, items: Iterator[_Item], most: int) -> None:
        self._items = items
        self._pool = ThreadPoolExecutor(1)
        self._coming = deque(self._pool.submit(self._take) for _ in range(most))

    def _take(self) -> list[_Item]:
        for item in self._items:
            return [item]
        return []

    def __next__(self) -> _Item:
        taken = self._coming.popleft().result() if self._coming else []
        if not taken:
            self._pool.shutdown(cancel_futures=True)
            self._coming.clear()
            raise StopIteration
        self._coming.append(self._pool.submit(self._take))
        return taken[0]
