"""Shares of a whole amount that add up to it: each rounded down, and what is left to the largest remainders.

A unit is the smallest there is of the amount, such as an öre. Equal remainders are served in the order of the rows, so
a caller sorts them by their keys first.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def shares(total: pl.Expr, weight: pl.Expr, over: Sequence[str]) -> pl.Expr:
    """Share a whole number of units by weight: `total` (one per group, not negative) x weight / sum of weights.

    Weights are whole numbers, none negative; a group without any weight shares nothing. A share is never larger than
    its weight when the total is not larger than the weights together. Returns Int64.
    """
    whole = weight.sum().over(over).cast(pl.Int128)
    wanted = total.cast(pl.Int128) * weight.cast(pl.Int128)
    base = pl.when(whole > 0).then(wanted // pl.max_horizontal(whole, pl.lit(1, pl.Int128))).otherwise(0)
    rest = wanted - base * whole
    return handed_out(base.cast(pl.Int64), rest, pl.when(whole > 0).then(total).otherwise(0), over)


def handed_out(base: pl.Expr, rest: pl.Expr, total: pl.Expr, over: Sequence[str]) -> pl.Expr:
    """Add one unit to the shares with the largest `rest`, until the `base` shares of a group come to its `total`."""
    left = total.cast(pl.Int64) - base.sum().over(over)
    place = rest.rank("ordinal", descending=True).over(over).cast(pl.Int64)
    return (base + (place <= left).cast(pl.Int64)).cast(pl.Int64)
