"""Finnish reference payments (KTL): credits with a reference, as Finnish banks deliver them in 90-character records.

Layout: Finance Finland, Incoming reference payments, version 2.1. Positions are 1-based and inclusive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipelines.formats.file_faults import unreadable
from pipelines.formats.fixed_lines import FixedLine, agree, first_record, fixed_lines
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault, number_alike, parsed_payments
from pipelines.formats.reference_parts import part
from schemas.ocr_reference import has_valid_finnish_digit

_CENTS = Decimal(100)
_EUR = "EUR"
_HEAD = re.compile(rb"0[0-9]{10}[0-9A-Z ]{2}[^\r\n]{9}1 *[\r\n]+[359]")
_CORRECTION = "1"


@dataclass(frozen=True)
class FinnishReferences:
    """The layout of KTL files."""

    name: str = "finnish_ktl"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first record is the header of a list of reference payments in euro."""
        return _HEAD.match(first_record(head)) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the payments, and corrections as reversals.

        Rows are rejected as BAD_TIME, BAD_AMOUNT or BAD_CURRENCY. Raises `FileFaultError`: WRONG_TOTALS where the
        summary does not agree, UNREADABLE for a record of an unknown kind.
        """
        lines = fixed_lines(content)
        records: list[FixedLine] = []
        batch: list[FixedLine] = []
        for line in lines:
            match line.at(1, 1):
                case "3" | "5":
                    batch.append(line)
                case "9":
                    _check(line, batch)
                    records, batch = records + batch, []
                case "0":
                    pass
                case kind:
                    raise unreadable(f"line {line.line_no}: {kind!r} in position 1 is no known record")
        if batch:
            raise unreadable(f"line {batch[-1].line_no}: no summary record follows; the file is cut short")
        rows = [_row(line, context) for line in records]
        number_alike(rows)
        return parsed_payments(rows, f"finnish_ktl:{' '.join(lines[0].text.split())}")


FINNISH_REFERENCES = FinnishReferences()


def _is_correction(line: FixedLine) -> bool:
    return line.at(88, 88) == _CORRECTION


def _check(summary: FixedLine, records: list[FixedLine]) -> None:
    place = f"summary on line {summary.line_no}"
    for name, begin, corrections in (("payments", 2, False), ("corrections", 19, True)):
        own = [line.figure(78, 87, "the amount") for line in records if _is_correction(line) is corrections]
        agree(f"{place}: {name}", summary.figure(begin, begin + 5, "the number"), len(own))
        declared = summary.figure(begin + 6, begin + 16, "the sum")
        agree(f"{place}: sum of {name}", declared / _CENTS, sum(own) / _CENTS)


def _row(line: FixedLine, context: ReadContext) -> dict[str, Any]:
    day, reference = line.day(16, 21, "%y%m%d"), line.at(44, 63).lstrip("0")
    cents = line.figure(78, 87, "the amount") * (-1 if _is_correction(line) else 1)
    row: dict[str, Any] = {
        "line_no": line.line_no,
        "record": line.text,
        "payment_record_id": f"finnish_ktl:{line.at(2, 15)}:{day}:{line.at(28, 43)}:{line.at(88, 88)}",
        "payment_kind": "reversal" if cents < 0 else "received",
        "bank_reference": line.at(28, 43) or None,
        "payee_account": line.at(2, 15),
        "booked_on": day,
        "amount": cents / _CENTS,
        "currency": _EUR,
        "reference_text": reference or None,
        "parts": [part(reference, "ocr" if has_valid_finnish_digit(reference) else "invoice_no")] if reference else [],
        "payer_name": line.at(64, 75) or None,
    }
    row["reason_code"], row["reason_text"] = _judge(row, context, line)
    return row


def _judge(row: dict[str, Any], context: ReadContext, line: FixedLine) -> Judgement:
    foreign = context.currency_fault(_EUR, row["booked_on"])
    return first_fault(
        (row["booked_on"] is None, "BAD_TIME", f"{line.at(16, 21)!r} in positions 16-21 is not a date"),
        (row["amount"] == 0, "BAD_AMOUNT", "the amount in positions 78-87 is 0"),
        (foreign is not None, "BAD_CURRENCY", foreign or ""),
    )
