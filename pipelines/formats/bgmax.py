"""BgMax (Bankgiro Inbetalningar), layout 01: Bankgirot's file of deposits, in archives and the changeover of 2026.

Source: Bankgirot's technical manual of November 2019. Positions there are 1-based and inclusive; `BgmaxLine.at`
takes them as the manual prints them. Records the reader does not know are passed over, as the manual asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pipelines.formats.file_faults import not_for_posting, unreadable, wrong_totals
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault, parsed_payments
from pipelines.formats.reference_parts import Part, field_parts, part

_WIDTH = 80
_FIRST_YEAR = 2000  # BgMax began later; a date before it is a fault of the sender
_OERE = Decimal(100)


@dataclass(frozen=True)
class BgmaxLine:
    """One 80-character record; the blanks that many systems strip from its end are put back."""

    line_no: int
    text: str

    def at(self, begin: int, end: int) -> str:
        """Return positions `begin` to `end` as the manual counts them, blanks stripped."""
        return self.text.ljust(_WIDTH)[begin - 1 : end].strip()

    def figure(self, begin: int, end: int, meaning: str) -> int:
        """Return a number; raises `FileFaultError` (UNREADABLE) where there is none."""
        digits = self.at(begin, end)
        if not re.fullmatch(r"[0-9]+", digits):
            raise unreadable(f"line {self.line_no}: {meaning} in positions {begin}-{end} is not a number")
        return int(digits)

    @property
    def code(self) -> str:
        """Transaction code."""
        return self.at(1, 2)


@dataclass
class BgmaxPayment:
    """A TK20 or TK21 with the records that belong to it."""

    head: BgmaxLine
    extra: list[BgmaxLine] = field(default_factory=list)

    @property
    def oere(self) -> int:
        """Amount as signed hundredths: a deduction (TK21) is positive in the file and subtracted."""
        amount = self.head.figure(38, 55, "the amount")
        return -amount if self.head.code == "21" else amount

    def of(self, code: str) -> list[BgmaxLine]:
        """Return the records of one transaction code."""
        return [line for line in self.extra if line.code == code]

    @property
    def reference_text(self) -> str | None:
        """Return the payer's reference, else the extra references, else the free text."""
        extra = " ".join(line.at(13, 37) for line in self.of("22"))
        return self.head.at(13, 37) or extra.strip() or self.free_text

    @property
    def free_text(self) -> str | None:
        """The payer's message."""
        return " ".join(line.at(3, 52) for line in self.of("25")).strip() or None

    @property
    def parts(self) -> list[Part]:
        """Return the references of the payment: its own, the extra ones with their amounts, and the message."""
        own = field_parts(self.head.at(13, 37))
        extra = [each for line in self.extra for each in _extra_parts(line)]
        words = [part(self.free_text, "free_text")] if self.free_text else []
        return [*own, *extra, *words]


@dataclass
class BgmaxSection:
    """A deposit on one account: TK05, payments, TK15."""

    opening: BgmaxLine
    payments: list[BgmaxPayment] = field(default_factory=list)
    deposit: BgmaxLine | None = None

    @property
    def payee_account(self) -> str:
        """Payee's Bankgiro number (Plusgiro number where it has none) without leading zeros."""
        bankgiro = self.opening.figure(3, 12, "the payee's Bankgiro number")
        return str(bankgiro or self.opening.figure(13, 22, "the payee's Plusgiro number"))

    @property
    def booked_on(self) -> date | None:
        """Payment date of the deposit, None where it cannot be one."""
        try:
            day = datetime.strptime(self._deposit.at(38, 45), "%Y%m%d").date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            return None
        return day if day.year >= _FIRST_YEAR else None

    @property
    def _deposit(self) -> BgmaxLine:
        if self.deposit is None:
            raise unreadable(f"line {self.opening.line_no}: the section has no TK15; the file is cut short")
        return self.deposit

    def check(self) -> None:
        """Hold the section against its TK15. Raises `FileFaultError` (WRONG_TOTALS) with both figures."""
        place = f"TK15 on line {self._deposit.line_no}"
        _agree(f"{place}: payments", self._deposit.figure(72, 79, "the number of payments"), len(self.payments))
        declared = self._deposit.figure(51, 68, "the deposit amount")
        found = sum(payment.oere for payment in self.payments)
        _agree(f"{place}: deposit amount", declared / _OERE, found / _OERE)
        for payment in self.payments:
            _check_extra_references(payment)


def _extra_parts(line: BgmaxLine) -> list[Part]:
    if line.code not in {"22", "23"}:
        return []
    oere = line.figure(38, 55, "the amount") * (1 if line.code == "22" else -1)
    return field_parts(line.at(13, 37), oere / _OERE if oere else None)


def _agree(place: str, declared: object, found: object) -> None:
    if declared != found:
        raise wrong_totals(place, declared, found)


def _check_extra_references(payment: BgmaxPayment) -> None:
    """Extra references that carry amounts must add up to their payment; most carry none."""
    amounts = [
        line.figure(38, 55, "the amount") * (1 if line.code == "22" else -1)
        for line in payment.extra
        if line.code in {"22", "23"}
    ]
    if any(amounts):
        place = f"payment on line {payment.head.line_no}: extra references"
        _agree(place, abs(payment.oere) / _OERE, sum(amounts) / _OERE)


@dataclass(frozen=True)
class Bgmax:
    """The layout of BgMax files."""

    name: str = "bgmax"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first record is a BgMax opening."""
        return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n").startswith(b"01BGMAX ")

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the payments (TK20) and deductions (TK21, rejected as UNCOVERED_DEDUCTION: settled by hand).

        Rows are also rejected as BAD_TIME (no date, or one before 2000), BAD_AMOUNT or BAD_CURRENCY. Raises
        `FileFaultError`: NOT_FOR_POSTING (test file), WRONG_TOTALS, or UNREADABLE for a record out of place or
        missing. `bank_file_id` is the file's time stamp and first payee.
        """
        lines = _lines(content)
        opening = _opening(lines)
        sections = _sections(lines[1:])
        for section in sections:
            section.check()
        rows = [_row(section, payment, context) for section in sections for payment in section.payments]
        payee = sections[0].payee_account if sections else ""
        return parsed_payments(rows, f"bgmax:{opening.at(25, 44)}:{payee}")


BGMAX = Bgmax()


def _lines(content: bytes) -> list[BgmaxLine]:
    """Part a file into records; Bankgirot writes ISO-8859-1, some systems re-encode it as UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("iso-8859-1")
    numbered = enumerate(re.split(r"\r\n|\n|\r", text), start=1)
    return [BgmaxLine(number, line) for number, line in numbered if line.strip()]


def _opening(lines: list[BgmaxLine]) -> BgmaxLine:
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


def _sections(lines: list[BgmaxLine]) -> list[BgmaxSection]:
    """Group the records after TK01 into sections and hold them against TK70."""
    sections: list[BgmaxSection] = []
    for position, line in enumerate(lines):
        current = sections[-1] if sections and sections[-1].deposit is None else None
        match line.code:
            case "05" if current is None:
                sections.append(BgmaxSection(line))
            case "20" | "21" if current is not None:
                current.payments.append(BgmaxPayment(line))
            case "22" | "23" | "25" | "26" | "27" | "28" | "29" if current is not None and current.payments:
                current.payments[-1].extra.append(line)
            case "15" if current is not None:
                current.deposit = line
            case "70" if current is None and position == len(lines) - 1:
                _check_end(line, sections)
                return sections
            case "01" | "05" | "15" | "20" | "21" | "22" | "23" | "25" | "26" | "27" | "28" | "29" | "70":
                raise unreadable(f"line {line.line_no}: TK{line.code} is out of place")
    raise unreadable("the file has no TK70 at its end: it is cut short")


def _check_end(end: BgmaxLine, sections: list[BgmaxSection]) -> None:
    codes = [line.code for s in sections for p in s.payments for line in (p.head, *p.extra)]
    figures = (
        ("TK20", 3, 10, codes.count("20")),
        ("TK21", 11, 18, codes.count("21")),
        ("TK22 and TK23", 19, 26, codes.count("22") + codes.count("23")),
        ("TK15", 27, 34, len(sections)),
    )
    for name, begin, finish, found in figures:
        _agree(f"TK70: number of {name}", end.figure(begin, finish, f"the number of {name}"), found)


def _row(section: BgmaxSection, payment: BgmaxPayment, context: ReadContext) -> dict[str, Any]:
    head, serial, payer = payment.head, payment.head.at(58, 69), payment.head.at(3, 12).lstrip("0")
    row: dict[str, Any] = {
        "line_no": head.line_no,
        "record": "\n".join(line.text for line in (head, *payment.extra)),
        "payment_record_id": f"bgmax:{section.payee_account}:{serial}:{section.booked_on}:{head.code}",
        "bank_reference": serial or None,
        "payee_account": section.payee_account,
        "booked_on": section.booked_on,
        "amount": payment.oere / _OERE,
        "currency": section.opening.at(23, 25),
        "reference_text": payment.reference_text,
        "parts": payment.parts,
        "free_text": payment.free_text,
        "payer_name": " ".join(line.at(3, 37) for line in payment.of("26")) or None,
        "payer_account": payer or None,
    }
    row["reason_code"], row["reason_text"] = _judge(section, row, head.code, context)
    return row


def _judge(section: BgmaxSection, row: dict[str, Any], code: str, context: ReadContext) -> Judgement:
    foreign = context.currency_fault(row["currency"], row["booked_on"])
    return first_fault(
        (code == "21", "UNCOVERED_DEDUCTION", "TK21: the payer deducts a credit note; settle it by hand"),
        (row["booked_on"] is None, "BAD_TIME", f"{section.deposit and section.deposit.at(38, 45)} cannot be a date"),
        (row["amount"] <= 0, "BAD_AMOUNT", f"{row['amount']} is not above zero"),
        (foreign is not None, "BAD_CURRENCY", foreign or ""),
    )
