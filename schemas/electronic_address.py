"""Addresses of e-invoices: a scheme of the EAS code list and an identifier, as `0007:5566778899`."""

from __future__ import annotations

import re
from typing import NamedTuple

from schemas.ocr_reference import has_valid_check_digit

SWEDISH_ORGANISATION = "0007"
NO_ELECTRONIC_ADDRESS = "give electronic_address, or the organisation number of a Swedish company"
_FORM = re.compile(r"(0[0-9]{3}|99[0-9]{2}):([0-9A-Za-z][0-9A-Za-z:+._-]{1,49})")
_ORGANISATION_DIGITS = re.compile(r"[0-9]{2}[2-9][0-9]{7}")


class ElectronicAddress(NamedTuple):
    """Where an e-invoice goes to or comes from (BT-34, BT-49)."""

    scheme: str
    identifier: str


def electronic_address(text: str) -> ElectronicAddress:
    """Read an address as customers give it. Raises ValueError, which says what is wrong, not whose it is."""
    found = _FORM.fullmatch(text)
    if found is None:
        message = f"{text[:7]!r}... is no electronic address: write scheme:identifier, for example 0007:5566778899"
        raise ValueError(message)
    scheme, identifier = found.groups()
    if scheme == SWEDISH_ORGANISATION and organisation_digits(identifier) is None:
        message = "scheme 0007 wants the ten digits of a Swedish organisation number, with the right check digit"
        raise ValueError(message)
    return ElectronicAddress(scheme, identifier)


def organisation_digits(number: str | None) -> str | None:
    """Return the ten digits of a Swedish organisation number, or None for any other number.

    The third digit tells it from a person's number, which is nobody's electronic address (Skatteverket).
    """
    digits = (number or "").replace("-", "")
    return digits if _ORGANISATION_DIGITS.fullmatch(digits) and has_valid_check_digit(digits) else None
