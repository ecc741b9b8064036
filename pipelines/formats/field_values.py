"""Expressions that turn the text of a field into a value: seconds, bytes, instants, amounts. Null where it is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

import polars as pl

from schemas.money import AMOUNT, AMOUNT_DECIMALS

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,10})?")
_SMALLEST = Decimal(1).scaleb(-AMOUNT_DECIMALS)
_BILLION = 1_000_000_000
_INT64_DIGITS = 18
_WITH_UNITS = (
    r"(?i)^-?(?:(?<milliseconds>[0-9]{1,12}(?:\.[0-9]+)?)MS|"
    r"(?:PT)?(?:(?<hours>[0-9]{1,5})H)?(?:(?<minutes>[0-9]{1,7})M)?(?:(?<seconds>[0-9]{1,9}(?:\.[0-9]+)?)S)?)$"
)
_CLOCK_SLACK = pl.duration(seconds=2)


def whole_seconds(text: pl.Expr) -> pl.Expr:
    """Read seconds such as `65`, `65.2` or `-5`; a fraction is rounded up, away from zero (Int64)."""
    return _mostly(_digits(text, 9), text, lambda rest: _signed(rest, _magnitude(rest, 9)))


def whole_milliseconds(text: pl.Expr) -> pl.Expr:
    """Read milliseconds such as `1500` or `-1`, rounded up to seconds, away from zero (Int64 seconds)."""
    plain = (_digits(text, 12) + 999) // 1000
    return _mostly(plain, text, lambda rest: _signed(rest, (_magnitude(rest, 12) + 999) // 1000))


def clock_seconds(text: pl.Expr) -> pl.Expr:
    """Read a duration such as `00:01:05`, `1:01:05.2` or `-00:00:05`; a fraction is rounded up (Int64 seconds)."""
    sound = text.str.contains(r"^-?[0-9]{1,5}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?$")
    parts = pl.when(sound).then(text.str.strip_prefix("-")).str.split_exact(":", 2).struct
    hours, minutes = (parts.field(name).cast(pl.Int64) for name in ("field_0", "field_1"))
    return _signed(text, hours * 3600 + minutes * 60 + _magnitude(parts.field("field_2"), 2))


def unit_seconds(text: pl.Expr) -> pl.Expr:
    """Read a duration with units, as Go and ISO 8601 write it: `1m30s`, `1h0m0.5s`, `250ms`, `PT1H2M3S`.

    Fractions are rounded up, away from zero (Int64 seconds); years, months and days are not durations of usage.
    """
    parts = text.str.extract_groups(_WITH_UNITS).struct
    hours, minutes = (parts.field(name).cast(pl.Int64).fill_null(0) for name in ("hours", "minutes"))
    seconds = _magnitude(parts.field("seconds"), 9).fill_null(0)
    rest = (_magnitude(parts.field("milliseconds"), 12).fill_null(0) + 999) // 1000
    sound = text.str.contains(_WITH_UNITS) & text.str.contains("[0-9]")
    return pl.when(sound).then(_signed(text, hours * 3600 + minutes * 60 + seconds + rest))


def whole_count(text: pl.Expr) -> pl.Expr:
    """Read a whole number such as `1` or `-1` (Int64)."""
    sound = r"^-?[0-9]{1,9}$"
    return _mostly(_digits(text, 9), text, lambda rest: pl.when(rest.str.contains(sound)).then(rest).cast(pl.Int64))


def whole_bytes(text: pl.Expr, unit: int) -> pl.Expr:
    """Read a volume such as `17`, `1.5` or `-2` in units of so many bytes; a part of a byte is rounded up (Int64).

    Null where it has more than 9 significant decimals, or is beyond what 64 bits hold.
    """
    digits = _INT64_DIGITS - len(str(unit))
    return _mostly(_digits(text, digits) * unit, text, lambda rest: _broken_bytes(rest, unit, digits))


def _broken_bytes(text: pl.Expr, unit: int, digits: int) -> pl.Expr:
    sound = text.str.contains(rf"^-?[0-9]{{1,{digits}}}(\.[0-9]{{1,9}}0*)?$")
    whole, fraction = _parts(text)
    billionths = fraction.str.slice(0, 9).str.pad_end(9, "0").cast(pl.Int64, strict=False).fill_null(0)
    part = (billionths * unit + (_BILLION - 1)) // _BILLION  # below 2^63: no unit has more than 10 digits
    return pl.when(sound).then(_signed(text, whole * unit + part))


def _digits(text: pl.Expr, most: int) -> pl.Expr:
    """Read a text of at most so many digits and nothing else, without a regular expression (Int64).

    What the cast reads beside digits are signs, and they sort before digits.
    """
    sound = (text >= "0") & (text.str.len_bytes() <= most)
    return pl.when(sound).then(text.cast(pl.Int64, strict=False))


def _mostly(plain: pl.Expr, text: pl.Expr, careful: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Take what was read plainly, and read with care the texts for which that is null: few, or none."""
    return pl.coalesce(plain, careful(pl.when(plain.is_null()).then(text)))


def _magnitude(text: pl.Expr, digits: int) -> pl.Expr:
    """Read a number without its sign, rounded up to a whole one; numbers with a fraction are few."""
    sound = text.str.contains(rf"^-?[0-9]{{1,{digits}}}(\.[0-9]+)?$")
    whole, fraction = _parts(text)
    return pl.when(sound).then(whole + fraction.str.contains("[1-9]").fill_null(value=False).cast(pl.Int64))


def _parts(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the whole part without sign (Int64) and the digits of the fraction, null where there is none."""
    has_fraction = text.str.contains(".", literal=True)
    parts = pl.when(has_fraction).then(text).str.split_exact(".", 1).struct
    whole = pl.when(has_fraction).then(parts.field("field_0")).otherwise(text)
    return whole.cast(pl.Int64, strict=False).abs(), parts.field("field_1")


def _signed(text: pl.Expr, magnitude: pl.Expr) -> pl.Expr:
    return pl.when(text.str.starts_with("-")).then(-magnitude).otherwise(magnitude)


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
