"""Telephone numbers as switches write them, in one form: international digits without +."""

from __future__ import annotations

import polars as pl

_LONGEST_SHORT_NUMBER = 6
_DIGITS = r"^[0-9]{1,20}$"
_PLAIN = rf"^[0-9]{{{_LONGEST_SHORT_NUMBER + 1},20}}$"


def international(number: pl.Expr, country: str, national_prefix: str, international_prefix: str) -> pl.Expr:
    """Normalise numbers in +, 00-prefixed, national, short and plain international form.

    `+46 8-123 45`, `0046812 345`, `0812345` and `46812345` are all `46812345` for country 46. A number of at most six
    digits without prefix is a short number of the operator's own country. Null where what remains is not digits.
    """
    plain = number.str.contains(_PLAIN) & ~number.str.starts_with(international_prefix)
    if national_prefix:
        plain &= ~number.str.starts_with(national_prefix)
    others = pl.when(plain).then(pl.lit(None, pl.String)).otherwise(number)  # few: what is null costs nothing below
    return pl.when(plain).then(number).otherwise(_rewritten(others, country, national_prefix, international_prefix))


def network_prefix(number: pl.Expr, international_prefix: str) -> pl.Expr:
    """Bring the leading digits of a network, such as `+47`, `0047` or `47`, to international digits.

    Null where what remains is not digits.
    """
    return _without_punctuation(number).str.extract(rf"^(?:\+|{international_prefix})?([1-9][0-9]{{0,19}})$")


def _without_punctuation(number: pl.Expr) -> pl.Expr:
    return number.str.replace_all(r"\(0\)|[\s()./-]", "")


def _rewritten(number: pl.Expr, country: str, national_prefix: str, international_prefix: str) -> pl.Expr:
    bare = _without_punctuation(number)
    digits = (
        pl.when(bare.str.starts_with("+"))
        .then(bare.str.slice(1))
        .when(bare.str.starts_with(international_prefix))
        .then(bare.str.slice(len(international_prefix)))
        .when(pl.lit(bool(national_prefix)) & bare.str.starts_with(national_prefix))
        .then(pl.lit(country) + bare.str.slice(len(national_prefix)))
        .when(bare.str.len_chars() <= _LONGEST_SHORT_NUMBER)
        .then(pl.lit(country) + bare)
        .otherwise(bare)
    )
    return pl.when(digits.str.contains(_DIGITS) & ~bare.is_in(["", national_prefix])).then(digits)
