"""Telephone numbers as switches write them, in one form: international digits without +."""

from __future__ import annotations

import polars as pl

_LONGEST_SHORT_NUMBER = 6
_DIGITS = r"^[0-9]{1,20}$"
_INT64_DIGITS = 18


def international(number: pl.Expr, country: str, national_prefix: str, international_prefix: str) -> pl.Expr:
    """Normalise numbers in +, 00-prefixed, national, short and plain international form.

    `+46 8-123 45`, `0046812 345`, `0812345` and `46812345` are all `46812345` for country 46. A number of at most six
    digits without prefix is a short number of the operator's own country. Null where what remains is not digits.
    """
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


def international_numbers(
    numbers: pl.Series, country: str, national_prefix: str, international_prefix: str
) -> pl.Series:
    """Normalise a column of numbers as `international` does; most are in that form already, which a glance tells."""
    number = pl.col(numbers.name)
    plain = numbers.to_frame().select(_is_plain(number, national_prefix, international_prefix)).to_series()
    return _rewritten(numbers, ~plain, international(number, country, national_prefix, international_prefix))


def network_prefixes(numbers: pl.Series, international_prefix: str) -> pl.Series:
    """Bring a column of network numbers, most of which are absent, to the form of `network_prefix`."""
    return _rewritten(numbers, numbers.is_not_null(), network_prefix(pl.col(numbers.name), international_prefix))


def network_prefix(number: pl.Expr, international_prefix: str) -> pl.Expr:
    """Bring the leading digits of a network, such as `+47`, `0047` or `47`, to international digits.

    Null where what remains is not digits.
    """
    return _without_punctuation(number).str.extract(rf"^(?:\+|{international_prefix})?([1-9][0-9]{{0,19}})$")


def _without_punctuation(number: pl.Expr) -> pl.Expr:
    return number.str.replace_all(r"\(0\)|[\s()./-]", "")


def _is_plain(number: pl.Expr, national_prefix: str, international_prefix: str) -> pl.Expr:
    """Tell numbers that are sure to be in international form: 7 to 18 digits without a prefix, the first not 0.

    No regular expression: what the cast reads beside digits are signs, and they sort before digits.
    """
    length = number.str.len_bytes().is_between(_LONGEST_SHORT_NUMBER + 1, _INT64_DIGITS)
    plain = (number >= "1") & length & number.cast(pl.Int64, strict=False).is_not_null()
    for prefix in (national_prefix, international_prefix):
        if prefix.strip("0"):
            plain &= ~number.str.starts_with(prefix)
    return plain.fill_null(value=False)


def _rewritten(numbers: pl.Series, marked: pl.Series, form: pl.Expr) -> pl.Series:
    """Put what `form` makes of the marked numbers in their place."""
    if not marked.any():
        return numbers
    others = numbers.filter(marked).to_frame().lazy().select(form).collect(engine="in-memory").to_series()
    return numbers.clone().scatter(marked.arg_true(), others)
