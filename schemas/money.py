"""Money: the decimal types and the only rounding functions.

Charges keep 6 decimals so that a second of a call is exact enough to add up; amounts on documents and in
the books keep the currency's 2. Rounding is half away from zero unless a price list says otherwise, and always
symmetric for negative amounts.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import polars as pl

CHARGE_DECIMALS = 6
AMOUNT_DECIMALS = 2
MICRO = 10**CHARGE_DECIMALS

CHARGE = pl.Decimal(18, CHARGE_DECIMALS)
AMOUNT = pl.Decimal(18, AMOUNT_DECIMALS)
PERCENT = pl.Decimal(9, 4)
RATE = pl.Decimal(18, 8)  # of exchange
PERCENT_UNITS = 10**PERCENT.scale

_WIDE = 38
_MICRO_OF_DECIMAL = {decimals: 10 ** (CHARGE_DECIMALS - decimals) for decimals in range(CHARGE_DECIMALS + 1)}
_HUNDREDTH = Decimal("0.01")
_MILLIONTH = Decimal("0.000001")


def round_to_amount(charge: pl.Expr) -> pl.Expr:
    """Round a charge (6 decimals) to an amount (2 decimals), half away from zero."""
    return charge.round(AMOUNT_DECIMALS, mode="half_away_from_zero").cast(AMOUNT)


def percent_of(amount: pl.Expr, percent: pl.Expr) -> pl.Expr:
    """Take a percentage of an amount, exact until it is rounded once to 2 decimals.

    2 decimals times 4 decimals times a hundredth is 8 decimals: the product is widened first, because polars
    rounds a product half to even at the larger scale of its factors.
    """
    exact = amount.cast(pl.Decimal(_WIDE, 8)) * percent.cast(PERCENT) * pl.lit(_HUNDREDTH)
    return exact.round(AMOUNT_DECIMALS, mode="half_away_from_zero").cast(AMOUNT)


def to_micro(charge: pl.Expr) -> pl.Expr:
    """Turn a charge into whole millionths (Int64), for exact integer arithmetic."""
    return charge.cast(pl.Decimal(_WIDE, CHARGE_DECIMALS)).to_physical().cast(pl.Int64)


def from_micro(micro: pl.Expr) -> pl.Expr:
    """Turn whole millionths (Int64) back into a charge with 6 decimals."""
    # A whole number of scale 0 times 0.000001 has scale 6: nothing is rounded, and little is multiplied.
    return (micro.cast(pl.Decimal(_WIDE, 0)) * pl.lit(_MILLIONTH)).cast(CHARGE)


def divide_half_away(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide Int64 by a positive whole number, rounded half away from zero (-1.5 becomes -2)."""
    quotient = (numerator.abs() * 2 + denominator) // (pl.lit(2, pl.Int64) * denominator)
    return quotient * numerator.sign()


def round_fraction(
    numerator: pl.Expr, denominator: pl.Expr | int, mode: pl.Expr | str, decimals: pl.Expr | int
) -> pl.Expr:
    """Round a fraction of millionths once, as a price list says, and return whole millionths (Int64).

    `numerator` and a `denominator` expression are whole numbers of one width (Int64 or Int128), the latter positive;
    `mode` is one of `schemas.codes.ROUNDING_MODES`, `decimals` 0 to 6. The fraction's magnitude is rounded, so that
    negative amounts mirror positive ones.
    """
    if isinstance(decimals, int):
        unit: pl.Expr | int = _MICRO_OF_DECIMAL[decimals]
    else:
        unit = decimals.replace_strict(_MICRO_OF_DECIMAL, return_dtype=pl.Int128)
    step = denominator * unit
    magnitude = numerator.abs()
    if isinstance(mode, str) and mode.startswith("half_") and mode != "half_even":
        rounded = (2 * magnitude + step) // (2 * step)
    else:
        whole = magnitude // step
        rest = magnitude - whole * step
        rounded = whole + _rounds_up(pl.lit(mode) if isinstance(mode, str) else mode, whole, rest, step)
    return (rounded * unit * numerator.sign()).cast(pl.Int64)


def _rounds_up(mode: pl.Expr, whole: pl.Expr, rest: pl.Expr, step: pl.Expr | int) -> pl.Expr:
    to_even = (mode == "half_even") & (whole % 2 == 0)
    return ((mode == "up") & (rest > 0)) | (
        (mode != "up") & (mode != "down") & ((2 * rest > step) | ((2 * rest == step) & ~to_even))
    )


def to_minor(amount: pl.Expr) -> pl.Expr:
    """Turn an amount into whole minor units (oere, Int64), for exact integer arithmetic."""
    return (amount.cast(pl.Decimal(_WIDE, AMOUNT_DECIMALS)) * pl.lit(Decimal(100))).cast(pl.Int64)


def from_minor(minor: pl.Expr) -> pl.Expr:
    """Turn whole minor units (Int64) back into an amount."""
    return (minor.cast(pl.Decimal(_WIDE, AMOUNT_DECIMALS)) * pl.lit(_HUNDREDTH)).cast(AMOUNT)


def sum_amounts(amount: pl.Expr) -> pl.Expr:
    """Add amounts; polars widens a sum, so it is brought back to 2 decimals (exact)."""
    return amount.sum().cast(AMOUNT)


def sum_charges(charge: pl.Expr) -> pl.Expr:
    """Add charges; brought back to 6 decimals (exact)."""
    return charge.sum().cast(CHARGE)


def in_home_currency(amount: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """Turn an amount of another currency into the operator's: times the rate, rounded once half away from zero."""
    # 2 decimals times 8 are 10: widened first, so that the product is exact before it is rounded.
    exact = amount.cast(pl.Decimal(_WIDE, 10)) * rate.cast(RATE)
    return exact.round(AMOUNT_DECIMALS, mode="half_away_from_zero").cast(AMOUNT)


def share(total: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return what of a total falls on a part of a whole, rounded half away from zero; all in minor units (Int64).

    The shares of parts laid end to end are the differences of those up to each end: they add up to the total exactly.
    """
    # Oere times oere passes 64 bits at a few million kronor.
    exact = divide_half_away(total.cast(pl.Int128) * part.cast(pl.Int128), whole.cast(pl.Int128))
    return pl.when((total == whole) | (whole == 0)).then(part).otherwise(exact).cast(pl.Int64)


def converted(minor: pl.Expr, rate: pl.Expr, other_rate: pl.Expr) -> pl.Expr:
    """Turn minor units of one currency into those of another: times the one's rate, divided by the other's, rounded."""
    one, other = (each.cast(pl.Decimal(_WIDE, RATE.scale)).to_physical().cast(pl.Int128) for each in (rate, other_rate))
    return divide_half_away(minor.cast(pl.Int128) * one, other).cast(pl.Int64)


def percent_units(percent: pl.Expr) -> pl.Expr:
    """Return a percentage in whole ten-thousandths (`PERCENT_UNITS` to a percent), for exact integer arithmetic."""
    return percent.cast(pl.Decimal(_WIDE, PERCENT.scale)).to_physical().cast(pl.Int64)


def krona_rounding(total: pl.Expr) -> pl.Expr:
    """Return what must be added so that a total ends on whole kronor (1-49 oere down, 50-99 up, SFS 1970:1029)."""
    whole = total.round(0, mode="half_away_from_zero").cast(AMOUNT)
    return (whole - total).cast(AMOUNT)


def to_amount(value: str | int | Decimal) -> Decimal:
    """Round one value to 2 decimals, half away from zero, for documents and single figures."""
    return Decimal(value).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
