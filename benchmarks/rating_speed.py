"""Measure the night's way from usage to rated usage against plain copies of the same data, and how it grows.

    python -m benchmarks.rating_speed --rows 10000000 --table table.md

Each measurement is the median of several runs, each run a process of its own; the two sides of a ratio take turns, so
that a busy machine slows both. This process imports nothing large: a child's peak memory would begin with its parent's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_GIB = 2**30
_CHECKOUT = Path(__file__).resolve().parents[1]
_counter = itertools.count(1)


@dataclass
class Measured:
    """Runs of one thing."""

    seconds: list[float] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)
    rows: int = 0

    def add(self, outcome: dict[str, float]) -> None:
        """Keep one run."""
        self.seconds.append(outcome["seconds"])
        self.peaks.append(int(outcome["peak_bytes"]))
        self.rows = int(outcome["rows"])

    @property
    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        """Largest peak memory, in GiB."""
        return max(self.peaks) / _GIB

    def __str__(self) -> str:
        return f"{self.median:.2f} s ({min(self.seconds):.2f} to {max(self.seconds):.2f}), {self.peak:.1f} GiB"


@dataclass(frozen=True)
class Line:
    """One line of the table of results."""

    what: str
    sides: str
    ratio: str
    target: str


@dataclass(frozen=True)
class Bench:
    """What was asked for, and where to work."""

    folder: Path
    rows: int
    subscriptions: int
    repeats: int
    days: int

    def step(self, name: str, root: Path, *arguments: object) -> dict[str, float]:
        """Run one step in a process of its own. Raises `CalledProcessError`, with what it wrote, when it fails."""
        command = [sys.executable, "-m", "benchmarks.measured_step", name, str(root), *map(str, arguments)]
        done = subprocess.run(command, cwd=_CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own)
        outcome: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        os.sync()  # what one step left to be written must not slow the next
        what = " ".join([name, *map(str, arguments)])
        _say(f"{what}: {outcome['seconds']:.2f} s, {outcome['peak_bytes'] / _GIB:.2f} GiB")
        return outcome

    def home(self, name: str) -> Path:
        """Make a home without usage."""
        root = self.folder / name
        self.step("make", root, self.subscriptions)
        return root

    def write(self, root: Path, rows: int, day: int = 1) -> None:
        """Write a day's files into a home's inbox."""
        self.step("write", root, rows, day, self.subscriptions)

    @contextmanager
    def copy_of(self, root: Path) -> Iterator[Path]:
        """Lend a copy of a home."""
        copy = self.folder / f"copy-{next(_counter)}"
        self.step("snapshot", root, copy)
        try:
            yield copy
        finally:
            shutil.rmtree(copy)

    def on_copy(self, step: str, root: Path, *arguments: object) -> Callable[[], dict[str, float]]:
        """Return a run of a step that leaves its home as it was."""

        def run() -> dict[str, float]:
            with self.copy_of(root) as copy:
                return self.step(step, copy, *arguments)

        return run

    def in_turns(self, *runs: Callable[[], dict[str, float]]) -> list[Measured]:
        """Run things in turns, each as often as asked."""
        measured = [Measured() for _ in runs]
        for _ in range(self.repeats):
            for kept, run in zip(measured, runs, strict=True):
                kept.add(run())
        return measured


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


def _million(rows: int) -> str:
    return f"{rows / 1_000_000:g} M"


def _against_copies(bench: Bench, rows: int) -> tuple[list[Line], Measured, Measured]:
    """Measure rating against a Parquet copy, and a night against CSV to Parquet."""
    fresh = bench.home(f"fresh-{rows}")
    bench.write(fresh, rows)
    night, csv, dated = bench.in_turns(
        bench.on_copy("whole_night", fresh, 1),
        lambda: bench.step("copy_csv", fresh),
        lambda: bench.step("copy_csv_with_times", fresh),
    )
    bench.step("ingest_day", fresh, 1)
    rating, copy = bench.in_turns(bench.on_copy("rate_day", fresh, 1), lambda: bench.step("copy_usage", fresh))
    shutil.rmtree(fresh)
    lines = [
        _ratio(f"rate {_million(rows)} of usage, against a Parquet copy of it", rating, copy, 4),
        _ratio(f"CSV to rated, {_million(rows)}, against CSV to Parquet, times read as times", night, dated, 4),
        _ratio("the same, against CSV to Parquet, times left as text", night, csv, 4),
        Line(
            "records a second: rate; CSV to rated", f"{rows / rating.median:,.0f}; {rows / night.median:,.0f}", "", ""
        ),
    ]
    return lines, rating, night


def _ratio(what: str, ours: Measured, other: Measured, target: float) -> Line:
    return Line(what, f"{ours} : {other}", f"{ours.median / other.median:.2f}", f"<= {target:g}")


def _size_growth(bench: Bench, rating: Measured) -> Line:
    """Compare rating with rating a tenth."""
    tenth = bench.rows // 10
    fresh = bench.home("tenth")
    bench.write(fresh, tenth)
    bench.step("ingest_day", fresh, 1)
    (small,) = bench.in_turns(bench.on_copy("rate_day", fresh, 1))
    shutil.rmtree(fresh)
    return _ratio(f"rate {_million(bench.rows)} against {_million(tenth)}", rating, small, 11)


def _history_growth(bench: Bench) -> Line:
    """Compare the night of the last day of the month with that of day 1, with the same number of calls each day."""
    daily = bench.rows // bench.days
    empty = bench.home("first")
    full = bench.folder / "last"
    bench.step("snapshot", empty, full)
    bench.step("load_days", full, 1, bench.days - 1, daily, bench.subscriptions)
    bench.write(empty, daily, 1)
    bench.write(full, daily, bench.days)
    last, first = bench.in_turns(bench.on_copy("whole_night", full, bench.days), bench.on_copy("whole_night", empty, 1))
    for root in (full, empty):
        shutil.rmtree(root)
    return _ratio(f"CSV to rated, day {bench.days} against day 1, {_million(daily)} a day", last, first, 1.2)


def _memory(bench: Bench, rating: Measured, night: Measured) -> Line:
    """Measure three times the rows once: memory must not follow."""
    rows = 3 * bench.rows
    fresh = bench.home("threefold")
    bench.write(fresh, rows)
    large_night, large_rating = Measured(), Measured()
    large_night.add(bench.on_copy("whole_night", fresh, 1)())
    bench.step("ingest_day", fresh, 1)
    large_rating.add(bench.step("rate_day", fresh, 1))
    shutil.rmtree(fresh)
    sides = f"{large_rating.peak:.1f}; {large_night.peak:.1f} GiB : {rating.peak:.1f}; {night.peak:.1f} GiB"
    ratios = f"{large_rating.peak / rating.peak:.2f}; {large_night.peak / night.peak:.2f}"
    return Line(
        f"peak memory: rate; CSV to rated, {_million(rows)} against {_million(bench.rows)}",
        sides,
        ratios,
        "< 6 GiB, flat",
    )


def measure(bench: Bench, parts: set[str]) -> list[Line]:
    """Measure the parts asked for."""
    lines, rating, night = _against_copies(bench, bench.rows)
    if "growth" in parts:
        lines.append(_size_growth(bench, rating))
    if "history" in parts:
        lines.append(_history_growth(bench))
    if "memory" in parts:
        lines.append(_memory(bench, rating, night))
    return lines


def table_of(lines: list[Line]) -> str:
    """Write the results as a table of RESULTS.md."""
    rows = [f"| {line.what} | {line.sides} | {line.ratio} | {line.target} |" for line in lines]
    return "\n".join(["| what | medians, spread, peak memory | ratio | target |", "|---|---|---|---|", *rows, ""])


def main() -> None:
    """Measure, print the table, and write it to a file when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--subscriptions", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--days", type=int, default=30, help="nights that the growth by history takes, at most 30")
    parser.add_argument("--parts", nargs="*", default=["growth", "history", "memory"], help="beside the speed itself")
    parser.add_argument("--table", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rating_speed_") as folder:
        bench = Bench(Path(folder), asked.rows, asked.subscriptions, asked.repeats, asked.days)
        table = table_of(measure(bench, set(asked.parts)))
    sys.stdout.write(table)
    if asked.table:
        asked.table.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
