"""Norwegian OCR giro: payments with KID, as Mastercard Payment Services (once Nets) delivers them.

Layout: OCR giro system specification; a file has assignments (agreement and account), each with transactions of two or
three records. Positions are 1-based and inclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pipelines.formats.file_faults import unreadable
from pipelines.formats.fixed_lines import FixedLine, agree, first_record, fixed_lines
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault, number_alike, parsed_payments
from pipelines.formats.reference_parts import Part, part
from schemas.ocr_reference import has_valid_check_digit, has_valid_modulus_11

_OERE = Decimal(100)
_NOK = "NOK"
_REVERSALS = {"18", "20"}  # transaction types: money of a card purchase given back
_START, _OPEN, _FIRST, _SECOND, _TEXT, _CLOSE, _END = "10", "20", "30", "31", "32", "88", "89"


@dataclass
class _Transaction:
    """Amount item 1 with the items that follow it."""

    first: FixedLine
    account: str
    items: dict[str, FixedLine] = field(default_factory=dict)

    @property
    def oere(self) -> int:
        amount = self.first.figure(33, 49, "the amount")
        is_negative = self.first.at(32, 32) == "-" or self.first.at(5, 6) in _REVERSALS
        return -amount if is_negative else amount

    @property
    def kid(self) -> str:
        return self.first.at(50, 74)

    def item(self, code: str, begin: int, end: int) -> str | None:
        """Return a field of a later record, None where that is missing or the field empty or zeros."""
        found = self.items[code].at(begin, end) if code in self.items else ""
        return found if found.strip("0 ") else None


@dataclass(frozen=True)
class OcrGiro:
    """The layout of OCR giro files."""

    name: str = "ocr_giro"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first record starts a transmission of OCR giro."""
        return first_record(head).startswith(b"NY000010")

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the payments, and what was given back as reversals.

        Rows are rejected as BAD_TIME, BAD_AMOUNT or BAD_CURRENCY. Raises `FileFaultError`: WRONG_TOTALS where counts
        and sums of an assignment or the transmission do not agree, UNREADABLE for a record out of place.
        """
        lines = fixed_lines(content)
        transactions = _transactions(lines)
        rows = [_row(each, context) for each in transactions]
        number_alike(rows)
        return parsed_payments(rows, f"ocr_giro:{lines[0].at(9, 16)}:{lines[0].at(17, 23)}")


OCR_GIRO = OcrGiro()


def _transactions(lines: list[FixedLine]) -> list[_Transaction]:
    every: list[_Transaction] = []
    own: list[_Transaction] = []
    opened_at, account = 0, ""
    for place, line in enumerate(lines):
        match line.at(7, 8):
            case "20" if not account:
                opened_at, account, own = place, line.at(25, 35), []
            case "30" if account:
                own.append(_Transaction(line, account))
            case "31" | "32" if own and line.at(9, 15) == own[-1].first.at(9, 15):
                own[-1].items[line.at(7, 8)] = line
            case "88" if account:
                _check(line, own, place - opened_at + 1)
                every, account = every + own, ""
            case "89" if not account and place == len(lines) - 1:
                _check(line, every, len(lines))
                return every
            case "10" if place == 0:
                pass
            case code:
                raise unreadable(f"line {line.line_no}: record type {code} in positions 7-8 is out of place")
    raise unreadable("the file has no end record (NY000089): it is cut short")


def _check(end: FixedLine, transactions: list[_Transaction], records: int) -> None:
    place = f"end record on line {end.line_no}"
    agree(f"{place}: transactions", end.figure(9, 16, "the number of transactions"), len(transactions))
    agree(f"{place}: records", end.figure(17, 24, "the number of records"), records)
    found = abs(sum(each.oere for each in transactions))
    agree(f"{place}: amount", end.figure(25, 41, "the amount") / _OERE, found / _OERE)


def _row(transaction: _Transaction, context: ReadContext) -> dict[str, Any]:
    first, day = transaction.first, transaction.first.day(16, 21, "%d%m%y")
    number = f"{first.at(22, 23)}{first.at(24, 25)}{first.at(26, 26)}{first.at(27, 31)}"
    words = transaction.item(_TEXT, 16, 55)
    row: dict[str, Any] = {
        "line_no": first.line_no,
        "record": "\n".join(line.text for line in (first, *transaction.items.values())),
        "payment_record_id": f"ocr_giro:{transaction.account}:{day}:{number}:{first.at(9, 15)}",
        "payment_kind": "reversal" if transaction.oere < 0 else "received",
        "bank_reference": transaction.item(_SECOND, 26, 34),
        "payee_account": transaction.account,
        "booked_on": day,
        "amount": transaction.oere / _OERE,
        "currency": _NOK,
        "reference_text": transaction.kid or words,
        "parts": _parts(transaction.kid, words),
        "free_text": words,
        "payer_account": transaction.item(_SECOND, 48, 58),
    }
    row["reason_code"], row["reason_text"] = _judge(row, context, first)
    return row


def _parts(kid: str, words: str | None) -> list[Part]:
    is_checked = has_valid_check_digit(kid) or has_valid_modulus_11(kid)
    named = [part(kid, "ocr" if is_checked else "invoice_no")] if kid else []
    return [*named, *([part(words, "free_text")] if words else [])]


def _judge(row: dict[str, Any], context: ReadContext, first: FixedLine) -> Judgement:
    foreign = context.currency_fault(_NOK, row["booked_on"])
    return first_fault(
        (row["booked_on"] is None, "BAD_TIME", f"{first.at(16, 21)!r} in positions 16-21 is not a date"),
        (row["amount"] == 0, "BAD_AMOUNT", "the amount in positions 33-49 is 0"),
        (foreign is not None, "BAD_CURRENCY", foreign or ""),
    )
