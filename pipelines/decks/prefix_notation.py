"""The ways in which carriers write prefixes: one, a list, a range, with `00` or `+`, country and areas apart."""

from __future__ import annotations

import polars as pl

from pipelines.decks.deck_definition import DeckError, Prefixes

LARGEST_RANGE = 10_000
MOST_PREFIXES = 5_000_000
_TOKEN = r"^(?:\+|00)?([0-9]+)$"  # noqa: S105 (a part of a cell, no secret)
_RANGE = r"^(?:\+|00)?([0-9]+)-(?:\+|00)?([0-9]+)$"
_PREFIX = r"^[1-9][0-9]{0,14}$"
_LONGEST_NUMBER = 15


def expand_prefixes(cells: pl.DataFrame, form: Prefixes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Spell out the prefixes of every line.

    `cells` has line_no, `prefix` (the cell), and `country` (null where the cell holds whole prefixes). Returns
    (line_no, prefix), one row per prefix, and (line_no, reason_code, reason_text, value) of lines that cannot be
    read: one wrong prefix condemns its line. Raises `DeckError` when there would be more than `MOST_PREFIXES`.
    """
    tokens = _tokens(cells, form)
    bounds = _bounds(tokens, form)
    wrong = _wrong(bounds)
    sound = bounds.join(wrong, on="line_no", how="anti")
    total = sound.select((pl.col("last") - pl.col("first") + 1).sum()).item() or 0
    if total > MOST_PREFIXES:
        raise DeckError(
            f"the deck's ranges stand for {total} prefixes, more than {MOST_PREFIXES}: ask for it by prefix"
        )
    spelt = (
        sound.with_columns(pl.int_ranges("first", pl.col("last") + 1).alias("number"))
        .explode("number")
        .select(
            "line_no", (pl.col("lead") + pl.col("number").cast(pl.String).str.zfill(pl.col("width"))).alias("prefix")
        )
        .unique(maintain_order=True)
    )
    unfit = spelt.filter(~pl.col("prefix").str.contains(_PREFIX)).select(
        "line_no",
        pl.lit("BAD_PREFIX").alias("reason_code"),
        pl.lit("a prefix has 1 to 15 digits and does not begin with 0; correct it in the deck").alias("reason_text"),
        pl.col("prefix").alias("value"),
    )
    wrong = pl.concat([wrong, unfit]).unique("line_no", keep="first", maintain_order=True)
    return spelt.join(wrong, on="line_no", how="anti"), wrong


def _tokens(cells: pl.DataFrame, form: Prefixes) -> pl.DataFrame:
    """One row per part of a list: line_no, token (no blanks), lead (digits of the country, or empty)."""
    bare = pl.col("prefix").fill_null("").str.replace_all(r"[\s()\u{a0}]", "")
    parts = bare
    for mark in form.list_separators:
        parts = parts.str.replace_all(mark, "\n", literal=True)
    parts = parts.str.replace_all(r"\n+", "\n").str.strip_chars("\n")  # an empty part is only a stray separator
    country = pl.col("country").fill_null("").str.replace_all(r"[\s()\u{a0}]", "").str.replace(r"^(?:\+|00)", "")
    return (
        cells.select("line_no", parts.str.split("\n").alias("token"), country.alias("lead"))
        .explode("token")
        .with_columns(  # a country without areas is a prefix itself
            pl.when((pl.col("token") == "") & (pl.col("lead") != "")).then("lead").otherwise("token").alias("token"),
            pl.when(pl.col("token") == "").then(pl.lit("")).otherwise("lead").alias("lead"),
        )
    )


def _bounds(tokens: pl.DataFrame, form: Prefixes) -> pl.DataFrame:
    """Add first and last number of each token and its width in digits; null where it is neither prefix nor range."""
    single = pl.col("token").str.extract(_TOKEN)
    low, high = (pl.col("token").str.extract(_RANGE, group) if form.ranges else pl.lit(None) for group in (1, 2))
    texts = tokens.with_columns(
        pl.coalesce(single, low).cast(pl.String).alias("low"), pl.coalesce(single, high).cast(pl.String).alias("high")
    ).with_columns(  # 4670-73 is 4670-4673
        pl.when(pl.col("high").str.len_bytes() < pl.col("low").str.len_bytes())
        .then(pl.col("low").str.head(pl.col("low").str.len_bytes() - pl.col("high").str.len_bytes()) + pl.col("high"))
        .otherwise("high")
        .alias("high")
    )
    lengths = pl.col("low").str.len_bytes()
    even = (lengths == pl.col("high").str.len_bytes()) & (lengths <= _LONGEST_NUMBER)
    return texts.with_columns(
        pl.when(even).then("low").cast(pl.Int64).alias("first"),
        pl.when(even).then("high").cast(pl.Int64).alias("last"),
        lengths.alias("width"),
    )


def _wrong(bounds: pl.DataFrame) -> pl.DataFrame:
    """Give the lines with a token that cannot be read, or a range that is reversed or too large."""
    unreadable = pl.col("first").is_null()
    reversed_ = pl.col("last") < pl.col("first")
    large = pl.col("last") - pl.col("first") >= LARGEST_RANGE
    text = (
        pl.when(unreadable)
        .then(pl.lit("neither a prefix of digits nor a range of equally long ones; correct it in the deck"))
        .when(reversed_)
        .then(pl.lit("the range ends before it begins; correct it in the deck"))
        .otherwise(pl.lit(f"the range has more than {LARGEST_RANGE} prefixes; write it with shorter ones"))
    )
    return (
        bounds.filter(unreadable | reversed_ | large)
        .unique("line_no", keep="first", maintain_order=True)
        .select(
            "line_no",
            pl.lit("BAD_PREFIX").alias("reason_code"),
            text.alias("reason_text"),
            pl.col("token").alias("value"),
        )
    )
