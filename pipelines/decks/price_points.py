"""Prices from a date on, laid over the rows of a price list: the row in force ends, a new one begins."""

from __future__ import annotations

import polars as pl

TERMS = ("price_micro", "price_unit", "first_increment", "increment", "fee_micro", "currency")
POINT = pl.Schema({"zone_code": pl.String, "valid_from": pl.Date, "terms": pl.String, "line_no": pl.Int64})


def terms_key() -> pl.Expr:
    """Return one text for all that a deck says of a price, so that two prices are compared at once."""
    return pl.concat_str(pl.col(TERMS).cast(pl.String), separator="|").alias("terms")


def in_force(items: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add the terms that hold for each item's zone on its date: `old_terms`, null where no row is in force.

    `items` has zone_code (may be null) and valid_from; `rows` zone_code, valid_from, valid_to and terms. The order of
    items is kept. `old_from` is the first date of the row found.
    """
    found = rows.select("zone_code", "valid_from", "valid_to", pl.col("terms").alias("old_terms"),
                        pl.col("valid_from").alias("old_from")).sort("valid_from")  # fmt: skip
    joined = (
        items.with_row_index("_row")
        .sort("valid_from")
        .join_asof(found, on="valid_from", by="zone_code", strategy="backward", check_sortedness=False)
        .sort("_row")
    )
    ended = (pl.col("valid_to") <= pl.col("valid_from")).fill_null(value=False)
    return joined.with_columns(
        pl.when(~ended).then(name).alias(name) for name in ("old_terms", "old_from")
    ).drop("_row", "valid_to")  # fmt: skip


def lay_over(rows: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """Lay points over the rows of one key of a price list.

    `rows`: zone_code, valid_from, valid_to, terms, `row_id`; `points`: zone_code, valid_from, terms (null: the price
    ends), one per zone and date. Returns zone_code, valid_from, valid_to, terms, row_id (null where a row is new) and
    `like`, the row_id of the row before it in its zone. A point with the terms already in force changes nothing; a
    row that begins later stays, and the new one ends there.
    """
    every = pl.concat(
        [rows.select("zone_code", "valid_from", "valid_to", "terms", "row_id", pl.lit(value=False).alias("point")),
         points.select("zone_code", "valid_from", pl.lit(None, pl.Date).alias("valid_to"), "terms",
                       pl.lit(None, pl.Int64).alias("row_id"), pl.lit(value=True).alias("point"))]
    ).sort("zone_code", "valid_from", "point")  # fmt: skip
    before = pl.col("row_id").forward_fill().over("zone_code").alias("like")
    every = every.filter(~_is_superfluous()).with_columns(before).filter(~_is_replaced())
    next_from = pl.col("valid_from").shift(-1).over("zone_code")
    return (
        every.with_columns(
            pl.when("point").then(next_from).otherwise(pl.min_horizontal("valid_to", next_from)).alias("valid_to")
        )
        .filter(~pl.col("point") | pl.col("terms").is_not_null())
        .select("zone_code", "valid_from", "valid_to", "terms", "row_id", "like")
    )


def _is_superfluous() -> pl.Expr:
    """A point that says what holds already: the entry before it, if still in force, has its terms."""
    last = pl.col("terms").shift(1).over("zone_code")
    ended = (pl.col("valid_to").shift(1).over("zone_code") <= pl.col("valid_from")).fill_null(value=False)
    holds = pl.when(~ended).then(last)
    return pl.col("point") & holds.eq_missing(pl.col("terms"))


def _is_replaced() -> pl.Expr:
    """A row that begins on the date of a point: the point stands in its place."""
    same = pl.col("valid_from").shift(-1).over("zone_code") == pl.col("valid_from")
    return ~pl.col("point") & same.fill_null(value=False)
