"""Rows of prices.csv and zones.csv as a deck leaves them: changed cells where they stand, new rows in their place."""

from __future__ import annotations

import polars as pl

from pipelines.decks.config_sheet import Sheet
from pipelines.decks.deck_definition import Target
from pipelines.decks.price_points import TERMS, lay_over, terms_key
from schemas.money import CHARGE, from_micro, to_micro

_AT_THE_END = 2**62
_CELLS = ("price_per_unit", "price_unit", "first_increment", "increment", "connect_fee", "currency")


def numbered_prices(prices: Sheet) -> pl.DataFrame:
    """Return the cells of prices.csv with `row_id`, `terms` and `place` (where a row stands in the file)."""
    micro = [to_micro(pl.col(name).cast(CHARGE)) for name in ("price_per_unit", "connect_fee")]
    whole = [pl.col(name).cast(pl.Int64).alias(name) for name in ("price_unit", "first_increment", "increment")]
    figures = prices.cells.select(micro[0].alias("price_micro"), micro[1].alias("fee_micro"), *whole, "currency")
    terms = figures.select(terms_key())["terms"]
    return prices.cells.with_columns(terms, pl.col("line_no").alias("row_id"), pl.col("line_no").alias("place"))


def key_rows(rows: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Return the rows that a deck speaks of: its list, service, origin zone and time band."""
    days = [pl.col(name).str.to_date().alias(name) for name in ("valid_from", "valid_to")]
    return rows.filter(_of_key(target)).with_columns(days)


def _of_key(target: Target) -> pl.Expr:
    of_key: pl.Expr = (
        (pl.col("price_list") == target.price_list)
        & (pl.col("time_band") == target.time_band)
        & (pl.col("service").fill_null("") == target.service)
        & (pl.col("origin_zone").fill_null("home") == (target.origin_zone or "home"))
    )
    return of_key


def copied_rows(rows: pl.DataFrame, splits: pl.DataFrame, lists: set[str]) -> pl.DataFrame:
    """Copy the rows of every zone that a new one comes from (`former`, `to_zone`), in the lists given."""
    copies = rows.filter(pl.col("price_list").is_in(sorted(lists))).join(
        splits, left_on="zone_code", right_on="former", how="inner", maintain_order="left"
    )
    first = int(rows["row_id"].max() or 0) + 1  # type: ignore[arg-type]
    return copies.with_columns(
        pl.col("to_zone").alias("zone_code"),
        pl.lit(None, pl.String).alias("record"),
        (pl.int_range(pl.len(), dtype=pl.Int64) + first).alias("row_id"),
        pl.lit(_AT_THE_END).alias("place"),
    ).select(rows.columns)


def prices_with_points(rows: pl.DataFrame, points: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Return every row of prices.csv after the points (zone_code, valid_from, terms) are laid over its key's rows."""
    touched = rows.filter(_of_key(target) & pl.col("zone_code").is_in(points["zone_code"].unique().to_list()))
    laid = lay_over(key_rows(touched, target), points)
    kept = rows.join(touched.select("row_id"), on="row_id", how="anti")
    days = [pl.col(name).dt.to_string("%Y-%m-%d").alias(name) for name in ("valid_from", "valid_to")]
    laid = laid.with_columns(days)
    standing = touched.join(
        laid.drop_nulls("row_id").select("row_id", pl.col("valid_to").alias("ends")), on="row_id", how="inner"
    )
    moved = pl.col("ends").ne_missing(pl.col("valid_to"))
    standing = standing.with_columns(pl.when(~moved).then("record").alias("record"), pl.col("ends").alias("valid_to"))
    fresh = _fresh(laid.filter(pl.col("row_id").is_null()), touched, target)
    every = pl.concat([kept, standing.select(rows.columns), fresh.select(rows.columns)])
    return every.sort("place", pl.col("row_id").is_null() & (pl.col("place") != _AT_THE_END), "zone_code", "valid_from")


def _fresh(laid: pl.DataFrame, touched: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Write new rows: like the row before them in their zone, but for price, increments, fee and dates."""
    own = ["zone_code", "valid_from", "valid_to", "terms", "row_id", "record", *_CELLS]
    like = touched.drop(own).with_columns(touched["row_id"].alias("like"), pl.lit(value=True).alias("known"))
    joined = laid.drop("row_id").join(like, on="like", how="left", maintain_order="left")
    given = {"price_list": target.price_list, "article_no": target.article_no, "time_band": target.time_band,
             "service": target.service or None, "origin_zone": target.origin_zone or None}  # fmt: skip
    return joined.with_columns(
        *(pl.when("known").then(name).otherwise(pl.lit(text, pl.String)).alias(name) for name, text in given.items()),
        *_written_terms(),
        pl.col("place").fill_null(_AT_THE_END),
        pl.lit(None, pl.Int64).alias("row_id"),
        pl.lit(None, pl.String).alias("record"),
    )


def _written_terms() -> list[pl.Expr]:
    """Return the cells of a price from its terms: figures without trailing zeros."""
    part = {name: pl.col("terms").str.split("|").list.get(place) for place, name in enumerate(TERMS)}
    money = {
        cell: from_micro(part[name].cast(pl.Int64)).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")
        for cell, name in (("price_per_unit", "price_micro"), ("connect_fee", "fee_micro"))
    }
    cells = {**{name: part[name] for name in TERMS if name in _CELLS}, **money}
    return [text.alias(cell) for cell, text in cells.items()]


def zones_with_prefixes(zones: Sheet, moves: pl.DataFrame, target: Target) -> pl.DataFrame:
    """Return every row of zones.csv with the moved prefixes in their new zone and the new ones at the end."""
    to = moves.select("prefix", "to_zone", "zone_code", "destination").unique(
        "prefix", keep="first", maintain_order=True
    )
    own = pl.col("numbering_plan").fill_null("main") == target.numbering_plan
    moved = to.filter(pl.col("zone_code").is_not_null()).select("prefix", "to_zone")
    here = own & pl.col("to_zone").is_not_null()
    standing = zones.cells.join(moved, on="prefix", how="left", maintain_order="left").with_columns(
        pl.when(~here.fill_null(value=False)).then("record").alias("record"),
        pl.when(here).then("to_zone").otherwise("zone_code").alias("zone_code"),
    )
    named = target.numbering_plan if target.numbering_plan != "main" or "numbering_plan" in zones.header else None
    fresh = to.filter(pl.col("zone_code").is_null()).select(
        "prefix",
        pl.col("to_zone").alias("zone_code"),
        pl.col("destination").alias("zone_name"),
        pl.lit(named, pl.String).alias("numbering_plan"),
    )
    return pl.concat([standing.drop("to_zone"), fresh.sort("prefix")], how="diagonal")
