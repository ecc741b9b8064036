"""What a payer says a payment is for, taken apart: one reference, several in one field, or words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TypedDict

import polars as pl

from schemas.money import AMOUNT
from schemas.ocr_reference import has_valid_check_digit

PART = pl.Struct({"reference_text": pl.String(), "reference_kind": pl.String(), "amount": AMOUNT})
PARTS = pl.List(PART)
NO_ID = frozenset({"", "NOTPROVIDED"})  # what banks write where the payer gave no end-to-end id
_RF = re.compile(r"RF[0-9]{3,23}", re.IGNORECASE)
_ONE = r"(?:[0-9]+|RF[0-9]{2}[0-9]+)"
_SEVERAL = re.compile(rf"{_ONE}(?:[\s,;/+&]+{_ONE})*", re.IGNORECASE)
_LONGEST = 25  # positions of Bankgirot's reference field


class Part(TypedDict):
    """One reference of a payment; `amount` only where the file gives one."""

    reference_text: str
    reference_kind: str
    amount: Decimal | None


def part(text: str, kind: str, amount: Decimal | None = None) -> Part:
    """Return one reference."""
    return {"reference_text": text, "reference_kind": kind, "amount": amount}


def field_parts(text: str | None, amount: Decimal | None = None) -> list[Part]:
    """Take a reference field apart.

    Digits parted by blanks, commas, `/`, `+` and the like are references of their own, unless their blanks merely
    group one OCR reference. A field that holds words is one free text.
    """
    written = " ".join((text or "").split())
    if not written:
        return []
    if _RF.fullmatch(written.replace(" ", "")):  # printed in groups of four
        return [part(written.replace(" ", ""), "ocr", amount)]
    if not _SEVERAL.fullmatch(written):
        return [part(written, "free_text", amount)]
    tokens = _tokens(written)
    return [part(token, _kind_of_token(token), amount if len(tokens) == 1 else None) for token in tokens]


def _tokens(written: str) -> list[str]:
    tokens = re.split(r"[\s,;/+&]+", written)
    whole = written.replace(" ", "")
    grouped = len(tokens) > 1 and len(whole) <= _LONGEST and has_valid_check_digit(whole)
    return [whole] if grouped and not all(map(has_valid_check_digit, tokens)) else tokens


def _kind_of_token(token: str) -> str:
    return "ocr" if _RF.fullmatch(token) or has_valid_check_digit(token) else "invoice_no"


def end_to_end_parts(end_to_end_id: str | None) -> list[Part]:
    """Return the id that the payer's order carries, where it carries one."""
    return [part(end_to_end_id, "end_to_end_id")] if end_to_end_id and end_to_end_id not in NO_ID else []
