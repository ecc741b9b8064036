"""OCR payment references: digits, a length digit and a Luhn check digit (Bankgirot's 10-modul)."""

from __future__ import annotations

from itertools import cycle

import polars as pl

_ADDED = 2  # length digit and check digit


def luhn_digit(base: str) -> str:
    """Return the check digit of a string of digits: weights 2, 1 from the right, digits of the products added."""
    total = sum(sum(divmod(int(digit) * weight, 10)) for digit, weight in zip(reversed(base), cycle((2, 1))))
    return str(-total % 10)


def ocr_reference(number: int) -> str:
    """Return the OCR reference of an invoice number, with length digit and check digit.

    The length digit is the whole reference's length modulo 10: `1000234` gives `100023498`.
    """
    base = str(number)
    with_length = base + str((len(base) + 2) % 10)
    return with_length + luhn_digit(with_length)


def numbers_in(references: pl.Expr) -> pl.Expr:
    """Return the invoice numbers (Int64) that OCR references, written in digits alone, stand for if they are valid.

    Null for those that are too short or too long.
    """
    return references.str.head(-_ADDED).cast(pl.Int64, strict=False)


def has_valid_check_digit(reference: str) -> bool:
    """Tell whether the last digit of a reference is its Luhn check digit."""
    is_number = reference.isascii() and reference.isdigit()  # isdigit alone also takes ² and other scripts' digits
    return is_number and len(reference) > 1 and luhn_digit(reference[:-1]) == reference[-1]
