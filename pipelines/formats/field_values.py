"""Expressions that turn the text of a field into a value: seconds, instants, amounts. Null where it is none."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal

import polars as pl

from schemas.money import AMOUNT, AMOUNT_DECIMALS

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,10})?")
_SMALLEST = Decimal(1).scaleb(-AMOUNT_DECIMALS)
_CLOCK_SLACK = pl.duration(seconds=2)


def whole_seconds(text: pl.Expr) -> pl.Expr:
    """Read seconds such as `65` or `65.2`; a fraction is rounded up (Int64)."""
    sound = text.str.contains(r"^[0-9]{1,9}(\.[0-9]+)?$")
    fraction = text.str.contains(r"\.[0-9]*[1-9]").cast(pl.Int64)
    return pl.when(sound).then(text.str.extract(r"^([0-9]{1,9})").cast(pl.Int64) + fraction)


def clock_seconds(text: pl.Expr) -> pl.Expr:
    """Read a duration such as `00:01:05` or `1:01:05.2`; a fraction is rounded up (Int64 seconds)."""
    pattern = r"^([0-9]{1,5}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]+)?)$"
    hours, minutes = (text.str.extract(pattern, group).cast(pl.Int64) for group in (1, 2))
    return hours * 3600 + minutes * 60 + whole_seconds(text.str.extract(pattern, 3))


def amount_of(text: pl.Expr, decimal_separator: str = ".") -> pl.Expr:
    """Read an amount without sign, exactly: null for anything else, such as a third significant decimal.

    Blanks may part the thousands, as in `1 234,50`; `1.50000` is 1.50.
    """
    plain = text.str.replace_all(r"[ \u00a0\u202f]", "").str.replace(decimal_separator, ".", literal=True)
    sound = plain.str.contains(r"^[0-9]{1,16}(\.[0-9]{1,2}0*)?$")
    return pl.when(sound).then(plain.str.extract(r"^([0-9]+(?:\.[0-9]{1,2})?)")).cast(AMOUNT)


def decimal_of(text: str | None) -> Decimal | None:
    """Read a single number exactly, None where it is none or has more than 16 digits before the decimals."""
    plain = (text or "").strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def exact_amount(number: Decimal | None) -> Decimal | None:
    """Return a positive number with the 2 decimals of an amount, None where it needs more or is not positive."""
    if number is None or number <= 0:
        return None
    rounded = number.quantize(_SMALLEST, rounding=ROUND_DOWN)
    return rounded if rounded == number else None


def instant_on_clock(local: pl.Expr, time_zone: str, not_before: pl.Expr | None = None) -> pl.Expr:
    """Turn a naive local time into an instant in UTC, null where the clock skips it (the spring hour).

    In the autumn hour that the clock shows twice, `not_before` (UTC) decides: the first of the two instants that
    does not lie before it, two seconds of slack allowed. Without it the first is taken.
    """
    first, second = (
        local.dt.replace_time_zone(time_zone, ambiguous=which, non_existent="null").dt.convert_time_zone("UTC")
        for which in ("earliest", "latest")
    )
    if not_before is None:
        return first
    too_early = (first < not_before - _CLOCK_SLACK).fill_null(value=False)
    return pl.when(too_early).then(second).otherwise(first)
