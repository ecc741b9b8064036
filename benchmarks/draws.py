"""Drawn numbers that are the same on every machine and with every version of polars: splitmix64 of a row's number."""

from __future__ import annotations

import polars as pl

_GAMMA, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _word(value: int) -> pl.Expr:
    return pl.lit(value % 2**64, pl.UInt64)


def drawn(number: pl.Expr, stream: int) -> pl.Expr:
    """Draw a whole number below 2^53 for each row number; each `stream` is independent of the others."""
    mixed = number.cast(pl.UInt64) * _word(_GAMMA) + _word(stream * _SECOND + _GAMMA)  # wraps, as it should
    mixed = (mixed ^ (mixed // _word(2**30))) * _word(_FIRST)
    mixed = (mixed ^ (mixed // _word(2**27))) * _word(_SECOND)
    return ((mixed ^ (mixed // _word(2**31))) // _word(2**11)).cast(pl.Int64)


def share(number: pl.Expr, stream: int) -> pl.Expr:
    """Draw a number in (0, 1] for each row number."""
    return (drawn(number, stream) + 1).cast(pl.Float64) / float(2**53)
