"""Money poured from pots into others, to the oere, in one currency or between two.

A pot's money and what it is worth in the books are laid on a line; where a piece of the line goes elsewhere, its worth
goes with it. Both are cut at the same places and rounded there, so that the pieces of a pot add up to it exactly and a
pot that is emptied leaves nothing behind, not even an oere of worth. Amounts are whole minor units (oere, Int64) here.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from schemas.money import share

PIECE = ("amount", "home", "paid", "paid_home")


def poured(
    sources: pl.DataFrame,
    sinks: pl.DataFrame,
    *,
    by: str,
    source: str,
    sink: str,
    of_source: Sequence[str] = ("paid", "paid_home"),
    of_sink: Sequence[str] = ("home",),
) -> pl.DataFrame:
    """Pour sources into sinks of the same `by`, in the order of their rows, until either is exhausted.

    Both have `by`, their key and `line`, what they hold in one currency; and further totals that are the same in
    another currency, or what it is worth in the books: `of_source` and `of_sink`. Returns `by`, `source`, `sink`,
    `amount` (what flows, above zero) and the piece of each total that goes with it.
    """
    laid, into = _laid_out(sources, by, "source"), _laid_out(sinks, by, "sink")
    begins, ends = pl.max_horizontal("source_begins", "sink_begins"), pl.min_horizontal("source_ends", "sink_ends")
    return (
        laid.join(into, on=by)
        .with_columns(begins.alias("_begins"), ends.alias("_ends"))
        .filter(pl.col("_ends") > pl.col("_begins"))
        .with_columns(
            (pl.col("_ends") - pl.col("_begins")).alias("amount"),
            *(_piece(name, "source") for name in of_source),
            *(_piece(name, "sink") for name in of_sink),
        )
        .select(by, source, sink, "amount", *of_sink, *of_source)
        .sort(by, source, sink)
    )


def _laid_out(frame: pl.DataFrame, by: str, side: str) -> pl.DataFrame:
    ends = pl.col("line").cum_sum().over(by)
    begins = (ends - pl.col("line")).alias(f"{side}_begins")
    return frame.with_columns(ends.alias(f"{side}_ends"), begins).rename({"line": f"{side}_line"})


def _piece(total: str, side: str) -> pl.Expr:
    """What a piece of the line is of a total that stretches over the whole of its pot."""
    begins, whole = pl.col(f"{side}_begins"), pl.col(f"{side}_line")
    upto, before = (share(pl.col(total), pl.col(name) - begins, whole) for name in ("_ends", "_begins"))
    return (upto - before).alias(total)
