"""How long a price list takes to be read and checked, as a multiple of what polars needs to read the same file.

Run `python -m benchmarks.configuration_check [ROWS]`. It makes a home in a temporary folder: the demo's configuration
and so many more price rows (five lists, two bands, a price change each, names with commas) and their zones.
In one process, in turn: `load_configuration` of the whole home, and `pl.read_csv` of its prices.csv.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median

import polars as pl

from pipelines.configuration.reading import Configuration, load_configuration
from pipelines.home import Home, starter_config

ROUNDS = 5
ROWS = 100_000
LISTS = ("private", "business", "vip", "wholesale", "resale")
_ROWS_OF_A_ZONE = len(LISTS) * 2 * 2  # two bands, two periods
_SEED = 20261122


def write_home(root: Path, rows: int) -> Home:
    """Write the demo's configuration with `rows` more price rows, for zones of their own."""
    home = Home(root)
    shutil.copytree(starter_config(), home.config)
    zones = pl.DataFrame({"zone": pl.int_range(-(-rows // _ROWS_OF_A_ZONE), eager=True)}).select(
        pl.format("z{}", "zone").alias("zone_code"),
        (pl.col("zone") + 10_000_000).cast(pl.String).alias("prefix"),
        pl.format("Land {}, mobil", "zone").alias("zone_name"),
    )
    _append(home.config / "zones.csv", zones)
    _append(home.config / "prices.csv", price_rows(zones).head(rows))
    return home


def _append(path: Path, more: pl.DataFrame) -> None:
    """Add rows to a file; columns are those of both."""
    own = pl.read_csv(path, infer_schema=False)
    pl.concat([own, more.cast(pl.String)], how="diagonal").write_csv(path)


def price_rows(zones: pl.DataFrame) -> pl.DataFrame:
    """Make price rows for each zone, list, band and period; prices and costs vary, no check has anything to tell."""
    lists = pl.DataFrame({"price_list": LISTS})
    bands = pl.DataFrame({"time_band": ["day", "evening"]})
    periods = pl.DataFrame({"valid_from": ["2025-01-01", "2026-10-01"], "valid_to": ["2026-10-01", ""]})
    spelt = zones.join(lists, how="cross").join(bands, how="cross").join(periods, how="cross")
    ten_thousandths = spelt.select("zone_code", "price_list", "time_band").hash_rows(_SEED) % 90_000 + 10_000
    price = ten_thousandths.cast(pl.Int64).cast(pl.Decimal(18, 4)) * pl.lit(Decimal("0.0001"))
    return spelt.select(
        "price_list",
        pl.lit("1008").alias("article_no"),
        pl.col("zone_name").alias("description"),
        "zone_code",
        "time_band",
        "valid_from",
        "valid_to",
        pl.lit("SEK").alias("currency"),
        pl.lit("0.39").alias("connect_fee"),
        price.alias("price_per_unit"),
        pl.lit(60).alias("price_unit"),
        pl.lit(60).alias("first_increment"),
        pl.lit(1).alias("increment"),
        pl.lit("0.5").alias("cost_per_unit"),
    )


def seconds(work: Callable[[], object]) -> float:
    """Measure one piece of work."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measure, and print the ratio of medians."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        home = write_home(Path(folder), rows)
        loaded: Configuration = load_configuration(home)
        rounds = [
            (
                seconds(lambda: load_configuration(home)),
                seconds(lambda: pl.read_csv(home.config / "prices.csv")),
            )
            for _ in range(ROUNDS)
        ]
    checked, read = (median(column) for column in zip(*rounds, strict=True))
    sys.stdout.write(
        f"{rows} price rows: read and checked in {checked:.3f} s, read by polars alone in {read:.3f} s: "
        f"{checked / read:.1f} (medians of {ROUNDS}; {len(loaded.warnings)} warnings)\n"
    )


if __name__ == "__main__":
    main()
