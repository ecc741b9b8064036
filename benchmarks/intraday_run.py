"""Measure a run by day against the size of the register and of the history.

    python -m benchmarks.intraday_run --table table.md

Homes of 20,000 and 200,000 customers take turns, with a year of history and without. Each run is a process of its own
and gets 10,000 new calls in one file and, where there are invoices, 200 payments; the first of each home, which loads
the configuration, does not count. Beside seconds the processor's seconds are told: other work on the machine does not
change them. Homes stay as the runs leave them, so the last has the files of the earlier ones in its lake.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.rating_speed import Bench, Line, Measured, table_of

CUSTOMERS = (20_000, 200_000)
_RECORDS_EACH = 15  # usage records of a customer in the year of history
_TARGET = 2


@dataclass
class Side:
    """One home, and what its runs took."""

    name: str
    root: Path
    bench: Bench
    records: int
    days: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    wall: Measured = field(default_factory=Measured)
    processor: Measured = field(default_factory=Measured)

    def make(self) -> None:
        """Make the home and its history, and let its first run by day load the configuration."""
        self.bench.step("make", self.root, self.bench.subscriptions)
        if self.records:
            self.bench.step("history", self.root, self.records, self.bench.subscriptions)
        self.outcome()

    def outcome(self) -> dict[str, float]:
        """Run once by day, with calls of the next day in the inbox."""
        day = next(self.days)
        self.bench.step("arrive", self.root, self.bench.rows, day, self.bench.subscriptions)
        return self.bench.step("by_day", self.root, day)

    def run(self) -> None:
        """Run once more and keep what it took."""
        outcome = self.outcome()
        self.wall.add(outcome)
        self.processor.add({**outcome, "seconds": outcome["cpu_seconds"]})


def _lines(small: Side, large: Side) -> list[Line]:
    measures: list[tuple[str, Callable[[Side], Measured]]] = [
        ("seconds", lambda side: side.wall),
        ("processor seconds", lambda side: side.processor),
    ]
    return [
        Line(
            f"run by day, {large.name} against {small.name}, {what}",
            f"{of(large)} : {of(small)}",
            f"{of(large).median / of(small).median:.2f}",
            f"<= {_TARGET}",
        )
        for what, of in measures
    ]


def measure(folder: Path, rows: int, repeats: int, customers: tuple[int, ...]) -> list[Line]:
    """Make the homes, run them in turns, and compare the largest with the smallest, with history and without."""
    lines = []
    for has_history in (False, True):
        after = "after a year" if has_history else "without history"
        sides = [
            Side(
                f"{count:,} customers {after}", folder / f"{count}-{has_history}",
                Bench(folder, rows, count * 5 // 4, repeats, 1), count * _RECORDS_EACH * has_history,
            )
            for count in customers
        ]  # fmt: skip
        for side in sides:
            side.make()
        for _ in range(repeats):
            for side in sides:
                side.run()
        lines += _lines(sides[0], sides[-1])
    return lines


def main() -> None:
    """Measure, print the table, and write it to a file when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--customers", type=int, nargs=2, default=CUSTOMERS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="intraday_run_") as folder:
        table = table_of(measure(Path(folder), asked.rows, asked.repeats, tuple(asked.customers)))
    sys.stdout.write(table)
    if asked.table:
        asked.table.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
