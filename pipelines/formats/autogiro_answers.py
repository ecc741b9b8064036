"""Bankgirot's answers in Autogiro: payment specification, rejected payment orders, advice of mandates.

Layouts of Bankgirot's technical manual of Autogiro, the present and the older one; positions are 1-based and inclusive.
Records that the reader does not know are passed over, as with BgMax.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.formats.answer_rows import parsed_answers
from pipelines.formats.autogiro_codes import MANDATES, PAYMENTS, REFUNDS, REJECTIONS
from pipelines.formats.file_faults import unreadable
from pipelines.formats.fixed_lines import FixedLine, agree, first_record, fixed_lines
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.reference_parts import end_to_end_parts

_OERE = Decimal(100)
_SEK = "SEK"
_OPENING = re.compile(rb"01(?:AUTOGIRO {14}[0-9]|[0-9]{8}(?:AUTOGIRO|9900[0-9]{10}AG-MEDAVI))")
_SPECIFICATION, _REJECTION, _MANDATES = "BET. SPEC & STOPP TK", "AVVISADE BET UPPDR", "AG-MEDAVI"
_OLD_REJECTION = "FELLISTA REG.KONTRL"
_SECTIONS = {"15": "82", "16": "32", "17": "77"}  # section head: the transaction code of its records

Answers = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Autogiro:
    """The layout of Bankgirot's answers."""

    name: str = "autogiro"
    kind: str = "direct_debit_answers"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first record opens an answer of Autogiro."""
        return _OPENING.match(first_record(head)) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (Autogiro is in kronor)
        """Read the answers, and payments of what was paid or given back.

        Raises `FileFaultError`: WRONG_TOTALS where counts or sums do not agree with the records, UNREADABLE for an
        opening, a date or a code that is unknown, with its line.
        """
        opening, *records = fixed_lines(content)
        title = opening.text.upper()
        if not records or records[-1].at(1, 2) != "09":
            raise unreadable("the file has no TK09 at its end: it is cut short")
        *body, end = records
        if _MANDATES in title:
            answers, payments = _mandates(body, end, opening.day(25, 32) or _day(opening, 3, 10))
        elif _REJECTION in title or _OLD_REJECTION in title:
            answers, payments = _rejections(body, end)
        elif _SPECIFICATION in title:
            answers, payments = _specification(body, end)
        elif "AUTOGIRO9900" in title:
            answers, payments = _old_specification(body, end)
        else:
            raise unreadable(f"line {opening.line_no}: {opening.at(45, 64)!r} in positions 45-64 is no known answer")
        return parsed_answers(answers, payments, f"autogiro:{' '.join(opening.text.split())}")


AUTOGIRO = Autogiro()


def _specification(body: list[FixedLine], end: FixedLine) -> Answers:
    """Read sections of payments in (TK15), out (TK16) and refunds (TK17); only what was carried out is counted."""
    sections: list[tuple[FixedLine, list[FixedLine]]] = []
    for line in body:
        code = line.at(1, 2)
        if code in _SECTIONS:
            sections.append((line, []))
        elif code in _SECTIONS.values():
            if not sections or _SECTIONS[sections[-1][0].at(1, 2)] != code:
                raise unreadable(f"line {line.line_no}: TK{code} is out of place")
            sections[-1][1].append(line)
    for head, lines in sections:
        done = [line for line in lines if line.at(1, 2) == "77" or _status(line) == "0"]
        place = f"TK{head.at(1, 2)} on line {head.line_no}"
        agree(f"{place}: records", head.figure(72, 79, "the number of records"), len(done))
        agree(f"{place}: amount", head.figure(51, 68, "the amount") / _OERE, sum(map(_oere, done)) / _OERE)
    for code, begin in (("15", 15), ("16", 33), ("17", 51)):
        own = [(head, lines) for head, lines in sections if head.at(1, 2) == code]
        counted = sum(head.figure(72, 79, "the number of records") for head, _ in own)
        agree(f"TK09: sections TK{code}", end.figure(begin, begin + 5, "the number of sections"), len(own))
        agree(f"TK09: records of TK{code}", end.figure(begin + 6, begin + 17, "the number of records"), counted)
    return _answers_and_payments([line for _, lines in sections for line in lines])


def _old_specification(body: list[FixedLine], end: FixedLine) -> Answers:
    lines = [line for line in body if line.at(1, 2) in {"82", "32"}]
    for code, counts, sums in (("82", (47, 52), (58, 69)), ("32", (41, 46), (29, 40))):
        own = [line for line in lines if line.at(1, 2) == code]
        agree(f"TK09: records TK{code}", end.figure(*counts, "the number of records"), len(own))
        agree(f"TK09: amount of TK{code}", end.figure(*sums, "the amount") / _OERE, sum(map(_oere, own)) / _OERE)
    return _answers_and_payments(lines)


def _answers_and_payments(lines: list[FixedLine]) -> Answers:
    answers = [_answer(line) for line in lines]
    carried_out = zip(lines, answers, strict=True)
    return answers, [_payment(line, row) for line, row in carried_out if row["answer"] in {"paid", "refunded"}]


def _status(line: FixedLine) -> str:
    status = line.at(80, 80) or "0"  # the older layout leaves it blank
    if status not in PAYMENTS:
        raise unreadable(f"line {line.line_no}: {status!r} in position 80 is no known status")
    return status


def _oere(line: FixedLine) -> int:
    return line.figure(32, 43, "the amount")


def _day(line: FixedLine, begin: int, end: int) -> date:
    day = line.day(begin, end)
    if day is None:
        raise unreadable(f"line {line.line_no}: {line.at(begin, end)!r} in positions {begin}-{end} is not a date")
    return day


def _answer(line: FixedLine) -> dict[str, Any]:
    if line.at(1, 2) == "77":
        code = line.at(78, 79)
        answer, text, day = "refunded", REFUNDS.get(code), _day(line, 70, 77)
    else:
        code = _status(line)
        (answer, text), day = PAYMENTS[code], _day(line, 3, 10)
    return _row(line, answer, code, text, payer=line.at(16, 31), oere=_oere(line), reference=line.at(54, 69), day=day)


def _row(
    line: FixedLine,
    answer: str,
    code: str,
    text: str | None,
    *,
    payer: str,
    oere: int | None,
    reference: str,
    day: date,
) -> dict[str, Any]:
    amount = None if oere is None else oere / _OERE
    payer_no, reference = payer.lstrip("0") or None, reference.lstrip("0")
    return {
        "line_no": line.line_no,
        "record": line.text,
        "answer_id": f"autogiro:{payer_no}:{day}:{reference or '-'}:{amount}:{answer}:{code}",
        "scheme": "autogiro",
        "answer": answer,
        "answer_code": code,
        "answer_text": text,
        "payer_no": payer_no,
        "direct_debit_id": reference or None,
        "amount": amount,
        "currency": None if amount is None else _SEK,
        "answered_on": day,
    }


def _payment(line: FixedLine, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the payment (`PAYMENT_RECORDS`) of money collected, given back (TK77) or paid out (TK32)."""
    kind = {"82": "received", "32": "paid_out", "77": "reversal"}[line.at(1, 2)]
    reference = answer["direct_debit_id"]
    return {
        "line_no": line.line_no,
        "record": line.text,
        "payment_record_id": answer["answer_id"],
        "payment_kind": kind,
        "end_to_end_id": reference,
        "payee_account": line.at(44, 53).lstrip("0"),
        "booked_on": answer["answered_on"],
        "amount": answer["amount"] if kind == "received" else -answer["amount"],
        "currency": _SEK,
        "reference_text": reference,
        "parts": end_to_end_parts(reference),
        "payer_account": answer["payer_no"],
        "return_code": answer["answer_code"] if kind == "reversal" else None,
    }


def _rejections(body: list[FixedLine], end: FixedLine) -> Answers:
    """Read payment orders that Bankgirot did not take: counts and sums of each direction stand in TK09."""
    lines = [line for line in body if line.at(1, 2) in {"82", "32"}]
    for code, counts, sums in (("32", (15, 20), (21, 32)), ("82", (33, 38), (39, 50))):
        own = [line.figure(31, 42, "the amount") for line in lines if line.at(1, 2) == code]
        agree(f"TK09: records TK{code}", end.figure(*counts, "the number of records"), len(own))
        agree(f"TK09: amount of TK{code}", end.figure(*sums, "the amount") / _OERE, sum(own) / _OERE)
    rows = [
        _row(
            line, "rejected", line.at(59, 60), REJECTIONS.get(line.at(59, 60)), payer=line.at(15, 30),
            oere=line.figure(31, 42, "the amount"), reference=line.at(43, 58), day=_day(line, 3, 10),
        )
        for line in lines
    ]  # fmt: skip
    return rows, []


def _mandates(body: list[FixedLine], end: FixedLine, made_on: date) -> Answers:
    lines = [line for line in body if line.at(1, 2) == "73"]
    agree("TK09: records TK73", end.figure(15, 21, "the number of records"), len(lines))
    return [_mandate(line, made_on) for line in lines], []


def _mandate(line: FixedLine, made_on: date) -> dict[str, Any]:
    information, status = line.at(62, 63), line.at(64, 65)
    if status not in MANDATES:
        raise unreadable(f"line {line.line_no}: {status!r} in positions 64-65 is no known status of a mandate")
    answer, text = MANDATES[status]
    day = line.day(66, 73) or made_on  # the older layout leaves it out where nothing changed
    code = f"{information}/{status}"
    return _row(line, answer, code, text, payer=line.at(13, 28), oere=None, reference="", day=day)
