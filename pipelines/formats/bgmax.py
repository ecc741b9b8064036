"""BgMax (Bankgiro Inbetalningar), layout 01: Bankgirot's file of deposits, in archives and the changeover of 2026.

Source: Bankgirot's technical manual of November 2019. Records the reader does not know are passed over, as the manual
asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.formats.bgmax_records import OERE, BgmaxPayment, BgmaxSection, sections_of
from pipelines.formats.file_faults import not_for_posting, unreadable
from pipelines.formats.fixed_lines import FixedLine, first_record, fixed_lines
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault, number_alike, parsed_payments


@dataclass(frozen=True)
class Bgmax:
    """The layout of BgMax files."""

    name: str = "bgmax"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first record is a BgMax opening."""
        return first_record(head).startswith(b"01BGMAX ")

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the payments (TK20), less what their payers deduct (TK21).

        Rows are rejected as UNCOVERED_DEDUCTION, BAD_TIME (no date, or one before 2000), BAD_AMOUNT or BAD_CURRENCY.
        Raises `FileFaultError`: NOT_FOR_POSTING (test file), WRONG_TOTALS, or UNREADABLE for a record out of place or
        missing. `bank_file_id` is the file's time stamp and first payee.
        """
        lines = fixed_lines(content)
        opening = _opening(lines)
        sections = sections_of(lines[1:])
        for section in sections:
            section.check()
        rows = [_row(section, payment, context) for section in sections for payment in section.net_payments()]
        payee = sections[0].payee_account if sections else ""
        number_alike(rows)
        return parsed_payments(rows, f"bgmax:{opening.at(25, 44)}:{payee}")


BGMAX = Bgmax()


def _opening(lines: list[FixedLine]) -> FixedLine:
    opening = lines[0]
    version, purpose = opening.at(23, 24), opening.at(45, 45)
    if version != "01":
        raise unreadable(f"line {opening.line_no}: layout version {version!r}, known is 01")
    if purpose == "T":
        raise not_for_posting("TK01 position 45 is T: a test file")
    if purpose != "P":
        raise unreadable(f"line {opening.line_no}: position 45 is {purpose!r}, neither P (production) nor T (test)")
    opening.figure(25, 44, "the time stamp")
    return opening


def _row(section: BgmaxSection, payment: BgmaxPayment, context: ReadContext) -> dict[str, Any]:
    head, serial = payment.head, payment.head.at(58, 69)
    payer_account, payer_name = payment.payer
    row: dict[str, Any] = {
        "line_no": head.line_no,
        "record": "\n".join(line.text for line in payment.lines),
        "payment_record_id": f"bgmax:{section.payee_account}:{serial}:{section.booked_on}:{head.at(1, 2)}",
        "bank_reference": serial or None,
        "payee_account": section.payee_account,
        "booked_on": section.booked_on,
        "amount": payment.left_oere / OERE,
        "currency": section.opening.at(23, 25),
        "reference_text": payment.reference_text,
        "parts": payment.parts,
        "free_text": payment.free_text,
        "payer_name": payer_name or None,
        "payer_account": payer_account or None,
        "payer_registration_no": _registration_no(payment),
    }
    row["reason_code"], row["reason_text"] = _judge(section, payment, row, context)
    return row


def _registration_no(payment: BgmaxPayment) -> str | None:
    """Return the payer's organisation number (TK29), ten digits without what stands before them."""
    found = [line.at(3, 14) for line in payment.of("29")]
    return found[0][-10:] or None if found else None


def _judge(section: BgmaxSection, payment: BgmaxPayment, row: dict[str, Any], context: ReadContext) -> Judgement:
    """Judge a payment; one that deductions take all of is sound, and brings no money."""
    foreign = context.currency_fault(row["currency"], row["booked_on"])
    uncovered = f"TK21 deducts {abs(row['amount'])}, more than the payments of the same payer in this deposit"
    return first_fault(
        (payment.head.at(1, 2) == "21", "UNCOVERED_DEDUCTION", uncovered),
        (row["booked_on"] is None, "BAD_TIME", f"{section.closing.at(38, 45)} in positions 38-45 cannot be a date"),
        (row["amount"] <= 0 and not payment.deducted, "BAD_AMOUNT", f"{row['amount']} is not above zero"),
        (foreign is not None, "BAD_CURRENCY", foreign or ""),
    )
