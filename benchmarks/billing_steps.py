"""Steps of the billing benchmark, each in a process of its own: a home full of unbilled charges, the run, the copy."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.draws import drawn
from benchmarks.large_operator import ACCOUNT_BUCKETS, Size, make_home
from pipelines.billing.bill_flow import bill
from pipelines.home import Home
from pipelines.night import opened_lake
from pipelines.nightly_flow import night_at
from schemas import tables

ON = date(2026, 10, 1)
_FILES = 10
_ARTICLES = ("1001", "1002", "1006")
Outcome = tuple[float, int]


def make(root: Path, accounts: int, charges: int) -> Outcome:
    """Make a home whose accounts are all billed on the 1st, and a month of charges on no invoice yet.

    Each account has a fee of the month to come; the other charges are usage of three articles on the days of September.
    """
    begun = time.perf_counter()
    make_home(root, Size(accounts * 5 // 4), billing_day=1)
    with opened_lake(Home(root), read_only=False) as store, store.transaction("a month of charges"):
        store.append_file(tables.CHARGE, _fees(accounts))
        usage = charges - accounts
        for part in range(_FILES):
            first, last = usage * part // _FILES, usage * (part + 1) // _FILES
            store.append_file(tables.CHARGE, _usage(first, last, accounts))
    return time.perf_counter() - begun, charges


def _fees(accounts: int) -> pl.DataFrame:
    position = pl.int_range(accounts, dtype=pl.Int64)
    columns = {
        "charge_id": pl.format("recurring:{}:2026-10-01", position + 500_001),
        "charge_kind": pl.lit("recurring"), "article_no": pl.lit("2002"), "service_from": pl.lit(ON),
        "service_to": pl.lit(date(2026, 11, 1)), "used_days": pl.lit(31), "full_days": pl.lit(31),
        "amount_ex_vat": pl.lit(99), "charged_on": pl.lit(ON), "usage_kind": pl.lit(None),
    }  # fmt: skip
    return _charges(position, position, columns)


def _usage(first: int, last: int, accounts: int) -> pl.DataFrame:
    position = pl.int_range(first, last, dtype=pl.Int64)
    account, day = position % accounts, position // accounts % 30
    article = pl.lit(list(_ARTICLES)).list.get(drawn(position, 41) % len(_ARTICLES))
    since = pl.lit(date(2026, 9, 1)) + pl.duration(days=day)
    columns = {
        "charge_id": pl.format("usage:{}:{}:{}:{}", account + 500_001, article, since, position),
        "charge_kind": pl.lit("usage"), "article_no": article, "service_from": since,
        "service_to": since + pl.duration(days=1), "used_days": pl.lit(None), "full_days": pl.lit(None),
        "amount_ex_vat": (drawn(position, 42) % 20_000_000).cast(pl.Decimal(38, 0)) / 1_000_000,
        "charged_on": since + pl.duration(days=1), "usage_kind": pl.lit("call"),
    }  # fmt: skip
    return _charges(position, account, columns)


def _charges(position: pl.Expr, account: pl.Expr, columns: dict[str, pl.Expr]) -> pl.DataFrame:
    common = {
        "account_bucket": account % ACCOUNT_BUCKETS, "account_id": account + 20_001,
        "subscription_id": account + 500_001, "quantity": pl.lit(1), "volume_bytes": pl.lit(0),
        "duration_s": drawn(position, 43) % 600, "included_units": pl.lit(0), "currency": pl.lit("SEK"),
        "vat_class": pl.lit("standard"), "revenue_account": pl.lit("3041"),
    }  # fmt: skip
    schema = tables.CHARGE.schema
    given = common | columns
    return pl.select(
        position.alias("_position"),
        *(given.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema.items()),
    ).drop("_position")


def bill_night(root: Path) -> Outcome:
    """Make the invoices, from reading the charges to the commit."""
    with night_at(Home(root), ON) as night:
        begun = time.perf_counter()
        report = bill(night)
        return time.perf_counter() - begun, report.rows_out


def copy_charges(root: Path) -> Outcome:
    """Copy the charges from Parquet to Parquet, as they are."""
    with opened_lake(Home(root)) as store:
        files = store.query("SELECT data_file FROM ducklake_list_files('lake', 'charge')")["data_file"].to_list()
    target = root / "copy.parquet"
    begun = time.perf_counter()
    pl.scan_parquet(files).sink_parquet(target)
    seconds = time.perf_counter() - begun
    count = int(pl.scan_parquet(target).select(pl.len()).collect().item())
    target.unlink()
    return seconds, count


STEPS: dict[str, Callable[..., Outcome]] = {step.__name__: step for step in (make, bill_night, copy_charges)}


def main() -> None:
    """Run the step named by the first argument on the home named by the second; print what it took as JSON."""
    name, root, *arguments = sys.argv[1:]
    begun = time.process_time()
    seconds, rows = STEPS[name](Path(root), *(int(each) for each in arguments))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    outcome = {
        "seconds": seconds, "cpu_seconds": time.process_time() - begun, "rows": rows, "peak_bytes": peak
    }  # fmt: skip
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    main()
