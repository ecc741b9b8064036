"""Generate a large operator's home and a day of its calls.

    python -m benchmarks.generate_usage HOME --rows 10000000 --day 1

writes ten CSV files into HOME/inbox. All is drawn from the row's number and the day, so the same call writes the same
bytes. Days are those of September 2026, which begins and ends on weekdays: only on those have calls a border to cross.
"""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from benchmarks.draws import drawn, share
from benchmarks.large_operator import HEADER, HOME_CODE, Size, a_number, make_home, numbering_plan

FILES = 10
_LONGEST_S = 7_200
_MEAN_S = 150
# The day's two borders, 08:00 and 18:00 in Stockholm, in UTC.
_BORDERS = (datetime(2026, 9, 1, 6, tzinfo=UTC), datetime(2026, 9, 1, 16, tzinfo=UTC))


def call_day(day: int) -> date:
    """Return the local date of a day's calls."""
    return date(2026, 9, day)


def _called(number: pl.Expr, own: pl.Series, abroad: pl.Series) -> pl.Expr:
    """Draw called numbers: nine of ten in the home country; one in twenty is written with a plus."""
    at_home = pl.lit(own.implode()).list.get(drawn(number, 11) % own.len())
    away = pl.lit(abroad.implode()).list.get(drawn(number, 12) % abroad.len())
    prefix = pl.when(drawn(number, 13) % 10 > 0).then(at_home).otherwise(away)
    digits = (prefix + (drawn(number, 14) % 10**9).cast(pl.String).str.zfill(9)).str.slice(0, 11)
    return pl.when(drawn(number, 15) % 20 == 0).then(pl.lit("+") + digits).otherwise(digits)


def _started(number: pl.Expr, seconds: pl.Expr, day: int) -> pl.Expr:
    """Draw starts over the day; one call in thirty begins so that it crosses a border of the time bands."""
    any_time = (
        pl.lit(datetime(2026, 9, day, tzinfo=UTC))
        - pl.duration(hours=2)
        + pl.duration(seconds=drawn(number, 16) % 86_400)
    )
    border = pl.when(drawn(number, 17) % 2 == 0).then(pl.lit(_BORDERS[0])).otherwise(pl.lit(_BORDERS[1]))
    before = drawn(number, 18) % pl.max_horizontal(seconds, pl.lit(1))
    crossing = border + pl.duration(days=day - 1) - pl.duration(seconds=before)
    return pl.when(drawn(number, 19) % 30 == 0).then(crossing).otherwise(any_time)


def calls(first: int, count: int, day: int, size: Size) -> pl.DataFrame:
    """Make calls `first` and after of a day, as the switch writes them; 2 % are not answered."""
    plan = numbering_plan()
    own, abroad = (plan.filter((pl.col("code") == HOME_CODE) == at_home)["prefix"] for at_home in (True, False))
    number = pl.col("number")
    answered = drawn(number, 20) % 50 > 0
    talked = (share(number, 21).log() * -_MEAN_S).ceil().cast(pl.Int64).clip(1, _LONGEST_S)
    seconds = pl.when(answered).then(talked).otherwise(pl.lit(0))
    fields = {
        "CallId": pl.format("{}-{}", pl.lit(f"{day:02}"), pl.col("position").cast(pl.String).str.zfill(9)),
        "Service": pl.lit("mobile"),
        "Kind": pl.lit("call"),
        "Caller": a_number(drawn(number, 22) % size.subscriptions),
        "Called": _called(number, own, abroad),
        "Visited": pl.lit(None, pl.String),
        "Start": _started(number, seconds, day).dt.strftime("%Y-%m-%d %H:%M:%S"),
        "Seconds": seconds,
        "Bytes": pl.lit(0),
        "Count": pl.lit(0),
        "Result": pl.when(answered).then(pl.lit("ok")).otherwise(pl.lit("busy")),
        "Node": pl.lit("switch1"),
    }
    positions = pl.select(pl.int_range(first, first + count, dtype=pl.Int64).alias("position"))
    return positions.with_columns((pl.col("position") + day * 10**9).alias("number")).select(**fields).select(HEADER)


def write_day(folder: Path, rows: int, day: int, size: Size) -> list[Path]:
    """Write a day's calls as ten files and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    borders = [rows * part // FILES for part in range(FILES + 1)]
    paths = [folder / f"calls-{day:02}-{part:02}.csv" for part in range(FILES)]
    for path, first, after in zip(paths, borders[:-1], borders[1:], strict=True):
        calls(first, after - first, day, size).write_csv(path, separator=";")
    return paths


def main() -> None:
    """Make a home with a day's files in its inbox."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--day", type=int, default=1, choices=range(1, 31), metavar="1..30")
    parser.add_argument("--subscriptions", type=int, default=100_000)
    asked = parser.parse_args()
    size = Size(asked.subscriptions)
    home = make_home(asked.home, size)
    write_day(home.inbox, asked.rows, asked.day, size)


if __name__ == "__main__":
    main()
