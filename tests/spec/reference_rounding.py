"""Rounding of exact fractions, each mode as its sentence says."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor


def rounded(exact, mode, decimals):
    """Round a fraction to so many decimals; a negative amount mirrors the positive one."""
    if exact < 0:
        return -rounded(-exact, mode, decimals)
    scaled = Fraction(exact) * 10**decimals
    whole = floor(scaled)
    rest = scaled - whole
    half = Fraction(1, 2)
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= half,
        "half_away_from_zero": rest >= half,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
    }[mode]
    return Fraction(whole + up, 10**decimals)


def as_text(amount):
    """Write an amount of at most 6 decimals with all six."""
    with localcontext() as exact:
        exact.prec = 60
        text = str((Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(Decimal("0.000001")))
    return text.replace("-0.000000", "0.000000") if text == "-0.000000" else text
