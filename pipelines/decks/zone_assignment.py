"""Which zone each prefix of a deck lies in.

A zone has one price, and prefixes have no dates in the numbering plan. So a prefix whose price parts from that of its
zone gets a zone of its own, which begins with the prices of the zone it came from: calls before the deck's date cost
what they cost.
"""

from __future__ import annotations

import polars as pl

_LONGEST_PREFIX = 15
_NUMBER = r"-([0-9]+)$"


def longest_enclosing(prefixes: pl.Series, plan: pl.DataFrame, column: str, *, itself: bool = True) -> pl.Series:
    """Return, per prefix, `column` of the longest prefix of `plan` that it begins with, null without one."""
    frame = pl.DataFrame({"prefix": prefixes})
    known = plan.select(pl.col("prefix").alias("_head"), pl.col(column).alias("_value"))
    found = pl.Series("_value", [None] * frame.height, dtype=plan.schema[column])
    for digits in range(1, _LONGEST_PREFIX + 1):  # the longest comes last and stands
        fits = pl.col("prefix").str.len_bytes() >= digits + (not itself)
        heads = frame.select(pl.when(fits).then(pl.col("prefix").str.head(digits)).alias("_head"))
        hit = heads.join(known, on="_head", how="left", maintain_order="left")["_value"]
        found = pl.select(pl.coalesce(hit, found)).to_series()
    return found


def assign_zones(items: pl.DataFrame, unlisted: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Give every prefix its zone.

    `items`, one per prefix of the deck: prefix, base_code (the zone it asks for), zone_code (that of the prefix in
    the plan, null when new), former (the same, or that of the enclosing prefix, null where none was), outcome
    (what changes in price and when; empty: nothing). `unlisted`: zone_code of plan prefixes that the deck leaves
    alone. `taken`: zone codes in use. Adds `to_zone`.

    A zone keeps the outcome of prefixes that nothing changes, else that of most. A prefix of another outcome, and a
    new one under another name, gets a new zone together with those that share name, outcome and former zone.
    """
    decided = items.join(_outcomes(items, unlisted), on="former", how="left", maintain_order="left")
    named = (pl.col("base_code") == pl.col("former")) | (
        pl.col("base_code") == pl.col("former").str.replace(_NUMBER, "")
    )
    fits = pl.col("outcome").eq_missing(pl.col("kept")) & (pl.col("zone_code").is_not_null() | named)
    stays = pl.col("former").is_not_null() & fits.fill_null(value=False)
    marked = decided.with_columns(stays.alias("stays"))
    codes = _new_codes(marked.filter(~pl.col("stays")), taken)
    return (
        marked.join(codes, on=["base_code", "outcome", "former"], how="left", maintain_order="left", nulls_equal=True)
        .with_columns(pl.when("stays").then("former").otherwise("new_code").alias("to_zone"))
        .drop("kept", "stays", "new_code")
    )


def _outcomes(items: pl.DataFrame, unlisted: pl.DataFrame) -> pl.DataFrame:
    """Return what each former zone's outcome is: `former`, `kept`."""
    own = items.filter(pl.col("zone_code").is_not_null()).select(former="zone_code", outcome="outcome", prefix="prefix")
    still = unlisted.select(former="zone_code", outcome=pl.lit(""), prefix=pl.lit(""))
    return (
        pl.concat([own, still])
        .group_by("former", "outcome")
        .agg(pl.len().alias("count"), pl.col("prefix").min())
        .sort(pl.col("outcome") != "", -pl.col("count").cast(pl.Int64), "prefix")
        .unique("former", keep="first", maintain_order=True)
        .select("former", kept="outcome")
    )


def _new_codes(leaving: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Number new zones above those of their name: name, name-2, name-3; the largest first."""
    groups = (
        leaving.group_by("base_code", "outcome", "former")
        .agg(pl.len().alias("count"), pl.col("prefix").min())
        .sort("base_code", -pl.col("count").cast(pl.Int64), "prefix")
        .with_columns((pl.int_range(pl.len()).over("base_code") + 1).alias("rank"))
    )
    codes = pl.DataFrame({"code": taken.unique()})
    numbered = codes.select(
        pl.col("code").str.replace(_NUMBER, "").alias("base_code"),
        pl.col("code").str.extract(_NUMBER).str.slice(0, 9).cast(pl.Int64).alias("number"),
    ).drop_nulls()
    whole = codes.select(pl.col("code").alias("base_code"), pl.lit(1, pl.Int64).alias("number"))
    highest = pl.concat([numbered, whole]).group_by("base_code").agg(pl.col("number").max())
    number = pl.col("number").fill_null(0) + pl.col("rank")
    return groups.join(highest, on="base_code", how="left").select(
        "base_code", "outcome", "former",
        pl.when(number == 1).then("base_code").otherwise(pl.format("{}-{}", "base_code", number)).alias("new_code"),
    )  # fmt: skip
