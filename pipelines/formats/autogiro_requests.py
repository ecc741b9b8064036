"""Autogiro to Bankgirot: mandates (TK04, TK03) and payment requests (TK82), sealed if the payee has a key.

Layout: Bankgirot's technical manual of Autogiro; a file has a section of mandates and one of payments, each opened by
TK01.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.formats.fixed_width import digits, record, written
from schemas.money import to_minor

_ONCE = "0"  # interval of a single payment; one without repetitions
_CLEARING = 4
_PAYER_NO, _AMOUNT, _REFERENCE, _ACCOUNT = 16, 12, 16, 12
_REGISTRATION_NO = 12
_COMPANY = "00"  # before the ten digits of an organisation number
# ISO-8859-1 characters that the seal counts as another one; others outside ASCII count as 0xC3.
_SEALED_AS = dict(zip("ÉÄÖÅÜéäöåü", b"\x40\x5b\x5c\x5d\x5e\x60\x7b\x7c\x7d\x7e", strict=True))
_SEALED_OTHERWISE = 0xC3
_KEY_CHECK = b"00000000"


@dataclass(frozen=True)
class Payee:
    """Who collects: the customer number at Bankgirot and the Bankgiro number, digits only; the key of the seal."""

    customer_no: str
    bankgiro: str
    seal_key: bytes = field(default=b"", repr=False)


def write_autogiro(mandates: pl.DataFrame, payments: pl.DataFrame, payee: Payee, on: date) -> bytes:
    """Write a file of Autogiro.

    `mandates`: MANDATE rows with `mandate_action`; `payments`: DIRECT_DEBIT rows with the `payer_no` of their mandate.
    Each in the order given.
    """
    opening = record(
        "01", f"{on:%Y%m%d}", f"{'AUTOGIRO':<52}", digits(payee.customer_no, 6), digits(payee.bankgiro, 10), "  "
    )
    told = [_mandate(row, payee) for row in mandates.iter_rows(named=True)]
    in_oere = payments.with_columns(to_minor(pl.col("amount")).alias("oere"))
    asked = [_payment(row, payee) for row in in_oere.iter_rows(named=True)]
    records = [line for section in (told, asked) if section for line in (opening, *section)]
    return written(sealed(records, payee.seal_key, on) if payee.seal_key else records)


def _mandate(row: dict[str, str], payee: Payee) -> str:
    bankgiro, payer_no = digits(payee.bankgiro, 10), digits(row["payer_no"], _PAYER_NO)
    if row["mandate_action"] == "cancel":
        return record("03", bankgiro, payer_no)
    account = row["payer_account"][:_CLEARING] + digits(row["payer_account"][_CLEARING:], _ACCOUNT)
    return record("04", bankgiro, payer_no, account, _registration_no(row["registration_no"]))


def _registration_no(number: str) -> str:
    """Write a personal number with its century, or an organisation number after two zeros."""
    found = "".join(each for each in number if each.isdigit())
    return digits(found if len(found) == _REGISTRATION_NO else f"{_COMPANY}{found}", _REGISTRATION_NO)


def _payment(row: dict[str, str], payee: Payee) -> str:
    return record(
        "82",
        f"{row['collect_on']:%Y%m%d}",
        f"{_ONCE:<5}",
        digits(row["payer_no"], _PAYER_NO),
        digits(row["oere"], _AMOUNT),
        digits(payee.bankgiro, 10),
        f"{row['direct_debit_id']:<{_REFERENCE}}",
    )


def sealed(records: list[str], key: bytes, on: date) -> list[str]:
    """Put records between TK00 and TK99, which has the key's check value and the HMAC-SHA256 of all before it."""
    opened = [record("00", f"{on:%y%m%d}", "HMAC"), *records]
    content = bytes(_as_sealed(character) for line in opened for character in line)
    return [*opened, record("99", f"{on:%y%m%d}", _mac(key, _KEY_CHECK), _mac(key, content))]


def _as_sealed(character: str) -> int:
    is_printable_ascii = " " <= character <= "~"
    return ord(character) if is_printable_ascii else _SEALED_AS.get(character, _SEALED_OTHERWISE)


def _mac(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest().upper()[:32]
