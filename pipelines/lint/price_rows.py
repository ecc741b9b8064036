"""Price rows: by themselves, from one date to the next, and against what the same call costs us."""

from __future__ import annotations

from decimal import Decimal
from math import lcm

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, collected, findings
from pipelines.lint.periods import hashed, in_words, neighbours, overlaps, uneven
from rating.price_book import LAST_DATE
from rating.price_steps import STEP_PATTERN
from schemas.money import to_micro
from schemas.policy import Rating

FILE = "prices.csv"
CELL = ("price_list", "usage_kind", "service", "origin_zone", "zone_code", "time_band")
DAY_S = 86_400
LARGEST_MULTIPLE = 10**12
_STEP = STEP_PATTERN.strip("^$")
_PERCENT_PARTS = 1_000_000  # a percentage of the policy, exact to 6 decimals
_EXACT = pl.Int128()


def price_faults(frames: Frames, rating: Rating | None) -> list[Fault]:
    """Tell everything that price rows show when they are read together; `rating` is None when the policy has faults."""
    prices = frames["price"]
    cells = hashed(prices.select("line", *CELL, "valid_from", "valid_to", "price_per_unit", "price_unit"), CELL)
    pairs = neighbours(cells, CELL)
    broken = uneven(cells, pairs, CELL)
    return [
        *overlaps(FILE, broken),
        *_gaps(broken),
        *_far_ahead(prices),
        *_limits(prices),
        *_steps(prices),
        *_units(prices, frames["tier"]),
        *_below_cost(prices),
        *(_changes(cells, pairs, rating.price_change_percent) if rating else ()),
        *(_below_wholesale(prices, rating.wholesale_list) if rating and rating.wholesale_list else ()),
    ]


def _gaps(rows: pl.DataFrame) -> list[Fault]:
    rows = rows.filter(pl.col("covered") < pl.col("valid_from"))
    problem = "no price for {what} from {covered} until {valid_from}"
    remedy = "end the earlier row on the date the later one begins"
    return findings(rows, FILE, "valid_from", problem, remedy, severity="warning")


def _far_ahead(prices: pl.DataFrame) -> list[Fault]:
    """Find rows that would never be in force: the price book counts days up to a last one, which stands for open."""
    rows = prices.filter(pl.col("valid_from") >= LAST_DATE)
    problem = f"valid_from must be before {LAST_DATE}: prices are kept by day up to that one"
    return findings(rows, FILE, "valid_from", problem, "correct the date, or leave the row out")


def _limits(prices: pl.DataFrame) -> list[Fault]:
    limited = prices.select("line", "minimum_charge", "maximum_charge").drop_nulls()
    crossed = limited.filter(pl.col("minimum_charge") > pl.col("maximum_charge"))
    problem = "minimum_charge is over the maximum_charge {maximum_charge}"
    return findings(crossed, FILE, "minimum_charge", problem, "let the minimum be at most the maximum")


def _steps(prices: pl.DataFrame) -> list[Fault]:
    """Check the grammar of `steps`, that they ascend, and that no step sells below cost."""
    rows = prices.select("line", "steps", "cost_per_unit").drop_nulls("steps")
    if rows.is_empty():
        return []
    written = pl.col("steps").str.contains(rf"^{_STEP}(?:\s+{_STEP})*$")
    steps = (
        rows.filter(written)
        .with_columns(pl.col("steps").str.extract_all(r"\S+").alias("step"))
        .explode("step")
        .with_columns(
            pl.col("step").str.extract(STEP_PATTERN, 1).cast(pl.Int64).alias("unit"),
            pl.col("step").str.extract(STEP_PATTERN, 2).cast(pl.Decimal(18, 6)).alias("price"),
        )
        .with_columns(pl.col("unit").shift(1).over("line").fill_null(0).alias("before"))
    )
    cheap = steps.filter(pl.col("price") < pl.col("cost_per_unit"))
    return [
        *findings(
            rows.filter(~written),
            FILE,
            "steps",
            "steps must be unit:price/increment, separated by blanks, prices with at most 6 decimals",
            "write them as 600:0.10/60 1800:0/60",
        ),
        *findings(
            steps.filter(pl.col("unit") <= pl.col("before")),
            FILE,
            "step",
            "the units of steps must ascend from 1",
            "begin with the first unit of a call, and put each step after the one before it",
        ),
        *findings(
            cheap,
            FILE,
            "step",
            "the step sells below the cost {cost_per_unit}",
            "raise the price, or mend the cost",
            severity="warning",
        ),
    ]


def _units(prices: pl.DataFrame, tiers: pl.DataFrame) -> list[Fault]:
    """Check that the prices of one unit have a common denominator: seconds in at most a day, anything within bounds.

    A price for more than a day of seconds is one for bytes, so it cannot price calls.
    """
    shared, shared_s, faults = 1, 1, []
    for file, rows in ((FILE, prices), ("tiers.csv", tiers)):
        units = rows.group_by("price_unit").agg(pl.col("line").min()).sort("line")
        for unit, line in units.iter_rows():
            with_s = lcm(shared_s, unit) if unit <= DAY_S else shared_s
            with_unit = lcm(shared, unit)
            if with_s > DAY_S or with_unit > LARGEST_MULTIPLE:
                problem = "with the price units above, amounts would not stay exact: the least common multiple is "
                told = (with_s, DAY_S) if with_s > DAY_S else (with_unit, LARGEST_MULTIPLE)
                remedy = "use units that divide one another, such as 1, 60 and 3600, or 1000 and 1000000"
                faults.append(Fault(file, line, str(unit), f"{problem}{told[0]}, over {told[1]}", remedy))
            else:
                shared, shared_s = with_unit, with_s
    return faults


def _below_cost(prices: pl.DataFrame) -> list[Fault]:
    priced = prices.select("line", "price_per_unit", "cost_per_unit", "tier_code").drop_nulls("cost_per_unit")
    rows = priced.filter((pl.col("price_per_unit") < pl.col("cost_per_unit")) & pl.col("tier_code").is_null())
    problem = "price_per_unit is below the cost {cost_per_unit}"
    remedy = "raise the price, or mend the cost"
    return findings(rows, FILE, "price_per_unit", problem, remedy, severity="warning")


def _changes(cells: pl.DataFrame, pairs: pl.LazyFrame, percent: Decimal) -> list[Fault]:
    """Tell each row whose price differs from the row before it in its cell by more than so many percent."""
    now, was = _per_unit("price_per_unit", "old_price_unit"), _per_unit("old_price_per_unit", "price_unit")
    rows = pairs.filter(
        (pl.col("price_per_unit") != pl.col("old_price_per_unit")) | (pl.col("price_unit") != pl.col("old_price_unit"))
    ).filter((now - was).abs() * (100 * _PERCENT_PARTS) > was * int(percent * _PERCENT_PARTS))
    told = collected(rows).join(cells.select("line", *CELL), on="line").with_columns(in_words(CELL).alias("what"))
    problem = f"the price for {{what}} changes by more than {percent} percent, from {{old_price_per_unit}}"
    remedy = "mend a slip; the limit is rating.price_change_percent"
    return findings(told, FILE, "price_per_unit", problem, remedy, severity="warning")


def _below_wholesale(prices: pl.DataFrame, wholesale: str) -> list[Fault]:
    """Tell each row that is cheaper than some row of the wholesale list for its zone, band and days."""
    names = ("zone_code", "time_band", "origin_zone", "valid_from", "valid_to", "price_per_unit", "price_unit")
    columns = prices.lazy().select(
        "line", "price_list", "tier_code", *names, pl.col("origin_zone").fill_null("home").alias("origin")
    )
    bought = columns.filter(pl.col("price_list") == wholesale).select(
        "zone_code", pl.exclude("zone_code").name.prefix("their_")
    )
    sold = columns.filter((pl.col("price_list") != wholesale) & pl.col("tier_code").is_null())
    cheaper = collected(
        sold.join(bought, on="zone_code")
        .filter(
            _meet("time_band"),
            _meet("origin"),
            pl.col("their_valid_to").is_null() | (pl.col("valid_from") < pl.col("their_valid_to")),
            pl.col("valid_to").is_null() | (pl.col("their_valid_from") < pl.col("valid_to")),
            _per_unit("price_per_unit", "their_price_unit") < _per_unit("their_price_per_unit", "price_unit"),
        )
        .sort("line", "their_line")
        .unique("line", keep="first", maintain_order=True)
    )
    problem = (
        f"{{zone_code}} is sold in {{price_list}} below the price of {wholesale}, {{their_price_per_unit}} for "
        "{their_price_unit} units on line {their_line}"
    )
    return findings(cheaper, FILE, "price_per_unit", problem, "raise the price", severity="warning")


def _meet(name: str) -> pl.Expr:
    """Tell whether both rows can hold for one call: they name the same, or one of them all."""
    mine, theirs = pl.col(name), pl.col(f"their_{name}")
    return (mine == theirs) | (mine == "*") | (theirs == "*")


def _per_unit(price: str, other_unit: str) -> pl.Expr:
    """Bring a price over the product of both units, so that two prices compare as whole numbers."""
    return to_micro(pl.col(price)).cast(_EXACT) * pl.col(other_unit).cast(_EXACT)
