"""Steps within one call: from some unit on, another price and another increment."""

from __future__ import annotations

import polars as pl

from rating.interval_lookup import gathered, keyed, last_begun

STEP_PATTERN = r"^([0-9]{1,12}):([0-9]{1,9}(?:\.[0-9]{1,6})?)/([1-9][0-9]{0,8})$"
STEP_BITS = 41
_STEPS = ["step_key", "step_cost", "step_increment", "step_ends"]


def price_steps(rows: pl.DataFrame, base: int) -> pl.DataFrame:
    """Read the `steps` of price rows (`600:0.10/60 1800:0/60`), beginning each with the row's own price.

    Returns `step_key` (row and unit, sorted), `step_cost` (Int128, price of one unit in `base`-ths of a millionth),
    `step_increment`, `step_ends` (unit at which the next step begins, null for the last).
    """
    stepped = rows.filter(pl.col("has_steps"))
    written = stepped.select("row_no", "price_unit", pl.col("steps").str.extract_all(r"\S+").alias("step")).explode(
        "step", empty_as_null=False
    )
    later = written.select(
        "row_no",
        "price_unit",
        pl.col("step").str.extract(STEP_PATTERN, 1).cast(pl.Int64).alias("from_unit"),
        pl.col("step").str.extract(STEP_PATTERN, 2).cast(pl.Decimal(18, 6)).alias("price"),
        pl.col("step").str.extract(STEP_PATTERN, 3).cast(pl.Int64).alias("step_increment"),
    )
    first = stepped.select(
        "row_no",
        "price_unit",
        pl.lit(0, pl.Int64).alias("from_unit"),
        pl.col("price_per_unit").cast(pl.Decimal(18, 6)).alias("price"),
        pl.col("increment").alias("step_increment"),
    )
    micro = (pl.col("price").cast(pl.Decimal(38, 6)) * pl.lit(1_000_000)).cast(pl.Int128)
    return (
        pl.concat([first, later])
        .sort("row_no", "from_unit")
        .select(
            keyed(pl.col("row_no"), pl.col("from_unit"), STEP_BITS).alias("step_key"),
            (micro * (pl.lit(base, pl.Int128) // pl.col("price_unit").cast(pl.Int128))).alias("step_cost"),
            "step_increment",
            pl.col("from_unit").shift(-1).over("row_no").alias("step_ends"),
        )
    )


def steps_at(steps: pl.DataFrame, rows: pl.Series, positions: pl.Series) -> pl.DataFrame:
    """Return `step_cost`, `step_increment` and `step_ends` of price rows with steps at some units of a call."""
    wanted = pl.select(keyed(pl.lit(rows), pl.lit(positions), STEP_BITS)).to_series()
    found = last_begun(steps["step_key"], wanted)
    return pl.DataFrame(gathered(steps, found, *_STEPS[1:]))
