"""Numbers that look random and depend on nothing but their key: in polars for calls, in Python for customers.

A drawn number belongs to its key (customer, day, call), so more customers or another order change none of the
others, and no library's random generator can change them with a new version.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import polars as pl

_STEP = 0x9E3779B97F4A7C15  # splitmix64 (Steele, Lea and Flood 2014)
_MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31


def mixed(*keys: pl.Expr | int) -> pl.Expr:
    """Mix whole, non-negative keys into one UInt64; whole columns at a time, fixed keys first."""
    start = 0
    for key in keys:
        if isinstance(key, int):
            start = _one_mixed(start, key)
    columns = [key for key in keys if isinstance(key, pl.Expr)]
    return pl.map_batches(columns, lambda series: _columns_mixed(start, series), return_dtype=pl.UInt64())


def _one_mixed(state: int, key: int) -> int:
    mixed_once = ((state ^ key) * _STEP + _STEP) % 2**64
    for shift, factor in _MIXERS:
        mixed_once = (mixed_once ^ (mixed_once >> shift)) * factor % 2**64
    return mixed_once ^ (mixed_once >> _LAST_SHIFT)


def _columns_mixed(start: int, keys: Sequence[pl.Series]) -> pl.Series:
    """Do what `_one_mixed` does, on columns: their multiplications wrap at 64 bits by themselves."""
    step = _whole(_STEP)
    state = pl.repeat(start, keys[0].len(), dtype=pl.UInt64(), eager=True)
    for key in keys:
        state = (state ^ key.cast(pl.UInt64)) * step + step
        for shift, factor in _MIXERS:
            state = (state ^ (state // _whole(2**shift))) * _whole(factor)
        state = state ^ (state // _whole(2**_LAST_SHIFT))
    return state


def _whole(number: int) -> pl.Series:
    return pl.Series([number], dtype=pl.UInt64)


def drawn(below: int, *keys: pl.Expr | int) -> pl.Expr:
    """Draw an Int64 from 0 up to but not including `below`."""
    return (mixed(*keys) % _whole(below)).cast(pl.Int64)


def keyed_random(*keys: int) -> random.Random:
    """Return a generator that belongs to its keys."""
    state = 0
    for key in keys:
        state = state * 1_000_003 + key
    return random.Random(state)  # noqa: S311 (invents customers, guards no secret)
