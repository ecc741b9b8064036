"""OCR payment references: digits, a length digit and a Luhn check digit (Bankgirot's 10-modul)."""

from __future__ import annotations

from itertools import cycle

import polars as pl

_LONGEST = 18  # digits of a number with its length digit: what Int64 holds
_LARGEST_DIGIT = 9
_SHORTEST_FINNISH = 3  # digits, of at least 4 with the check digit
_RF_00 = 271500  # the letters RF as numbers, and two zeros in place of the check digits


def luhn_digit(base: str) -> str:
    """Return the check digit of a string of digits: weights 2, 1 from the right, digits of the products added."""
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(reversed(base), cycle((2, 1))))
    return str(-total % 10)


def ocr_reference(number: int, *, length_digit: bool = True) -> str:
    """Return the OCR reference of an invoice number, with its check digit and, if wanted, a length digit before it.

    The length digit is the whole reference's length modulo 10: `1000234` gives `100023498`, without it `10002343`.
    """
    base = str(number)
    with_length = base + str((len(base) + 2) % 10) if length_digit else base
    return with_length + luhn_digit(with_length)


def ocr_references(numbers: pl.Expr, *, length_digit: bool = True) -> pl.Expr:
    """Return the OCR references of invoice numbers (Int64), as `ocr_reference`."""
    base = numbers.cast(pl.String)
    with_length = base + ((base.str.len_chars() + 2) % 10).cast(pl.String) if length_digit else base
    return with_length + _luhn_digits(with_length)


def _luhn_digits(base: pl.Expr) -> pl.Expr:
    number = base.cast(pl.Int64)
    digits = [number // 10**place % 10 for place in range(_LONGEST)]
    doubled = [2 * digit for digit in digits[::2]]
    total = pl.sum_horizontal(*digits[1::2], *(each - 9 * (each > _LARGEST_DIGIT) for each in doubled))
    return ((10 - total % 10) % 10).cast(pl.String)


def rf_references(ocr: pl.Expr) -> pl.Expr:
    """Return the ISO 11649 references of OCR references: RF, two check digits (modulo 97), the same digits."""
    remainder = (ocr.cast(pl.Int64) % 97 * 1_000_000 + _RF_00) % 97
    return pl.lit("RF") + (98 - remainder).cast(pl.String).str.zfill(2) + ocr


def without_rf(reference: pl.Expr) -> pl.Expr:
    """Return a reference as its payer gave it without the RF and check digits that may stand before its own digits."""
    return reference.str.replace(r"(?i)^\s*RF\s*[0-9]\s*[0-9]", "")


def numbers_in(references: pl.Series) -> pl.Series:
    """Return the invoice numbers (Int64) that OCR references, in digits alone, may stand for.

    They may have a length digit or none. References that are too short or too long stand for none.
    """
    read = [references.str.head(-added).cast(pl.Int64, strict=False) for added in (1, 2)]
    return pl.concat(read).drop_nulls().unique()


def has_valid_check_digit(reference: str) -> bool:
    """Tell whether the last digit of a reference is its Luhn check digit."""
    is_number = reference.isascii() and reference.isdigit()  # isdigit alone also takes ² and other scripts' digits
    return is_number and len(reference) > 1 and luhn_digit(reference[:-1]) == reference[-1]


def has_valid_modulus_11(reference: str) -> bool:
    """Tell whether the last character of a Norwegian KID is its check digit of MOD11: weights 2 to 7, `-` for ten."""
    base, given = reference[:-1], reference[-1:]
    if not (base.isascii() and base.isdigit()):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(reversed(base), cycle(range(2, 8))))
    return given == {10: "-", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def has_valid_finnish_digit(reference: str) -> bool:
    """Tell whether the last digit of a Finnish reference is its check digit: weights 7, 3, 1 from the right."""
    digits = reference.lstrip("0")
    if not (digits.isascii() and digits.isdigit() and len(digits) > _SHORTEST_FINNISH):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits[:-1]), cycle((7, 3, 1))))
    return str(-total % 10) == digits[-1]
