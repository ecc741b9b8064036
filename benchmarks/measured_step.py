"""One measured step, in a process of its own: prints its seconds, its rows and the process's peak memory as JSON.

What makes the step ready (imports, reading the configuration, opening the lake) is not timed on either side of a
comparison.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from benchmarks.customer_history import write_history, write_payments
from benchmarks.generate_usage import call_day, calls, write_day
from benchmarks.large_operator import Size, make_home
from pipelines.charging.rate_flow import rate
from pipelines.home import Home
from pipelines.intake.ingest_flow import ingest
from pipelines.night import Night, StageReport, opened_lake
from pipelines.nightly_flow import intraday, night_at

Outcome = tuple[float, int]


def night_of(day: int) -> date:
    """Return the business date that reads a day's calls."""
    return call_day(day) + timedelta(days=1)


def _stages(root: Path, on: date, *stages: Callable[[Night], StageReport]) -> Outcome:
    with night_at(Home(root), on) as night:
        begun = time.perf_counter()
        reports = [stage(night) for stage in stages]
        return time.perf_counter() - begun, reports[-1].rows_out


def make(root: Path, subscriptions: int) -> Outcome:
    """Make a home; its recurring fees up to 1 September are charged, so that no measured night has them to do."""
    make_home(root, Size(subscriptions))
    return _stages(root, call_day(1), rate)


def write(root: Path, rows: int, day: int, subscriptions: int) -> Outcome:
    """Write a day's files into the inbox."""
    begun = time.perf_counter()
    write_day(root / "inbox", rows, day, Size(subscriptions))
    return time.perf_counter() - begun, rows


def ingest_day(root: Path, day: int) -> Outcome:
    """Read a day's files into the lake."""
    return _stages(root, night_of(day), ingest)


def rate_day(root: Path, day: int) -> Outcome:
    """Price a day's usage."""
    return _stages(root, night_of(day), rate)


def whole_night(root: Path, day: int) -> Outcome:
    """Read a day's files and price them."""
    return _stages(root, night_of(day), ingest, rate)


def load_days(root: Path, first: int, last: int, rows: int, subscriptions: int) -> Outcome:
    """Take a home through the nights of some days."""
    begun = time.perf_counter()
    for day in range(first, last + 1):
        write(root, rows, day, subscriptions)
        whole_night(root, day)
    return time.perf_counter() - begun, (last - first + 1) * rows


def history(root: Path, records: int, subscriptions: int) -> Outcome:
    """Give a home a year of history."""
    begun = time.perf_counter()
    write_history(root, records, Size(subscriptions))
    return time.perf_counter() - begun, records


def arrive(root: Path, rows: int, day: int, subscriptions: int) -> Outcome:
    """Let a file of calls reach the inbox and, where last month's invoices are open, one of payments."""
    begun = time.perf_counter()
    calls(0, rows, day, Size(subscriptions)).write_csv(root / "inbox" / f"calls-{day:02}.csv", separator=";")
    write_payments(root, day, Size(subscriptions))
    return time.perf_counter() - begun, rows


def by_day(root: Path, day: int) -> Outcome:
    """Run by day, from the opening of the lake to the report."""
    begun = time.perf_counter()
    run = intraday(Home(root), night_of(day))
    return time.perf_counter() - begun, next(each.report.rows_out for each in run.stages if each.name == "rate")


def copy_usage(root: Path) -> Outcome:
    """Copy the lake's usage from Parquet to Parquet, as it is."""
    with opened_lake(Home(root)) as store:
        files = store.query("SELECT data_file FROM ducklake_list_files('lake', 'usage')")["data_file"].to_list()
    return _sunk(pl.scan_parquet(files), root)


def copy_csv(root: Path) -> Outcome:
    """Copy the inbox's CSV files to Parquet, times left as text."""
    return _sunk(pl.scan_csv(sorted((root / "inbox").glob("*.csv")), separator=";"), root)


def copy_csv_with_times(root: Path) -> Outcome:
    """Copy the inbox's CSV files to Parquet, times read as times, as a night must."""
    files = sorted((root / "inbox").glob("*.csv"))
    return _sunk(pl.scan_csv(files, separator=";", try_parse_dates=True), root)


def _sunk(rows: pl.LazyFrame, root: Path) -> Outcome:
    target = root / "copy.parquet"
    begun = time.perf_counter()
    rows.sink_parquet(target)
    seconds = time.perf_counter() - begun
    count = int(pl.scan_parquet(target).select(pl.len()).collect().item())
    target.unlink()
    return seconds, count


def snapshot(root: Path, target: Path) -> Outcome:
    """Copy a home; what is never changed in place (data files, inbox, archive) is linked."""

    def linked(source: str, copy: str) -> None:
        if source.endswith((".parquet", ".csv")):
            Path(copy).hardlink_to(source)
        else:
            shutil.copy2(source, copy)

    begun = time.perf_counter()
    shutil.copytree(root, target, copy_function=linked)
    return time.perf_counter() - begun, 0


STEPS: dict[str, Callable[..., Outcome]] = {
    step.__name__: step
    for step in (
        make,
        write,
        ingest_day,
        rate_day,
        whole_night,
        load_days,
        history,
        arrive,
        by_day,
        copy_usage,
        copy_csv,
        copy_csv_with_times,
        snapshot,
    )
}


def main() -> None:
    """Run the step named by the first argument on the home named by the second; the others are its own."""
    name, root, *arguments = sys.argv[1:]
    begun = time.process_time()
    seconds, rows = STEPS[name](Path(root), *(int(a) if a.isdigit() else Path(a) for a in arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    cpu_seconds = time.process_time() - begun  # of the whole step, on all cores
    outcome = {"seconds": seconds, "cpu_seconds": cpu_seconds, "rows": rows, "peak_bytes": peak}
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
