"""Records of a BgMax file, grouped as the manual groups them, and the sums and counts that they must give.

Positions are 1-based and inclusive, as Bankgirot's manual of November 2019 prints them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pipelines.formats.file_faults import unreadable
from pipelines.formats.fixed_lines import FixedLine, agree
from pipelines.formats.reference_parts import Part, field_parts, part

OERE = Decimal(100)
_FIRST_YEAR = 2000  # BgMax began later; a date before it is a fault of the sender
_REFERENCE, _MESSAGE = (13, 37), (3, 52)


@dataclass
class BgmaxPayment:
    """A TK20 or TK21 with the records that belong to it; `deducted`: (TK21, öre) that this payment covers."""

    head: FixedLine
    extra: list[FixedLine] = field(default_factory=list)
    deducted: list[tuple[BgmaxPayment, int]] = field(default_factory=list)

    @property
    def oere(self) -> int:
        """Amount as signed hundredths: a deduction (TK21) is positive in the file and subtracted."""
        amount = self.head.figure(38, 55, "the amount")
        return -amount if self.head.at(1, 2) == "21" else amount

    @property
    def left_oere(self) -> int:
        """What the payment comes to after what is deducted from it."""
        return self.oere - sum(oere for _, oere in self.deducted)

    @property
    def payer(self) -> tuple[str, str]:
        """Payer's Bankgiro number without leading zeros, and name; both empty where the payer is unknown."""
        return self.head.at(3, 12).lstrip("0"), " ".join(line.at(3, 37) for line in self.of("26"))

    @property
    def lines(self) -> list[FixedLine]:
        """Every record of the payment, those of its deductions after its own."""
        return [self.head, *self.extra, *(line for each, _ in self.deducted for line in each.lines)]

    def of(self, code: str) -> list[FixedLine]:
        """Return the records of one transaction code."""
        return [line for line in self.extra if line.at(1, 2) == code]

    @property
    def reference_text(self) -> str | None:
        """Return the payer's reference, else the extra references, else the free text.

        Words that fill the reference field to its end go on in the free text.
        """
        own = self.head.at(*_REFERENCE)
        extra = " ".join(line.at(*_REFERENCE) for line in self.of("22")).strip()
        return (self._continued if self._goes_on else own) or extra or self.free_text

    @property
    def free_text(self) -> str | None:
        """The payer's message; lines filled to their end are joined without a blank."""
        rows = [line.raw(*_MESSAGE) for line in self.of("25")]
        words = "".join(row if row[-1] != " " else row.rstrip() + " " for row in rows)
        return " ".join(words.split()) or None

    @property
    def _goes_on(self) -> bool:
        """Whether the reference field is words cut at its end."""
        written = self.head.raw(*_REFERENCE)
        is_full = " " not in {written[0], written[-1]}
        return is_full and re.search(r"[^0-9]", written) is not None and bool(self.of("25"))

    @property
    def _continued(self) -> str:
        return self.head.at(*_REFERENCE) + (self.free_text or "")

    @property
    def parts(self) -> list[Part]:
        """Return the references of the payment: its own, the extra ones with amounts, deductions, and the message."""
        if self._goes_on:
            return [part(self._continued, "free_text"), *self._deductions()]
        own = field_parts(self.head.at(*_REFERENCE), self.oere / OERE if self.deducted else None)
        extra = [each for line in self.extra for each in _extra_parts(line)]
        words = [part(self.free_text, "free_text")] if self.free_text else []
        return [*own, *extra, *self._deductions(), *words]

    def _deductions(self) -> list[Part]:
        return [
            reference
            for each, oere in self.deducted
            for reference in field_parts(each.reference_text, -oere / OERE)
        ]  # fmt: skip


def _extra_parts(line: FixedLine) -> list[Part]:
    if line.at(1, 2) not in {"22", "23"}:
        return []
    oere = line.figure(38, 55, "the amount") * (1 if line.at(1, 2) == "22" else -1)
    return field_parts(line.at(*_REFERENCE), oere / OERE if oere else None)


@dataclass
class BgmaxSection:
    """A deposit on one account: TK05, payments, TK15."""

    opening: FixedLine
    payments: list[BgmaxPayment] = field(default_factory=list)
    deposit: FixedLine | None = None

    @property
    def payee_account(self) -> str:
        """Payee's Bankgiro number (Plusgiro number where it has none) without leading zeros."""
        bankgiro = self.opening.figure(3, 12, "the payee's Bankgiro number")
        return str(bankgiro or self.opening.figure(13, 22, "the payee's Plusgiro number"))

    @property
    def booked_on(self) -> date | None:
        """Payment date of the deposit, None where it cannot be one."""
        day = self.closing.day(38, 45)
        return day if day is not None and day.year >= _FIRST_YEAR else None

    @property
    def closing(self) -> FixedLine:
        """The TK15. Raises `FileFaultError` (UNREADABLE) where there is none."""
        if self.deposit is None:
            raise unreadable(f"line {self.opening.line_no}: the section has no TK15; the file is cut short")
        return self.deposit

    def check(self) -> None:
        """Hold the section against its TK15. Raises `FileFaultError` (WRONG_TOTALS) with both figures."""
        place = f"TK15 on line {self.closing.line_no}"
        agree(f"{place}: payments", self.closing.figure(72, 79, "the number of payments"), len(self.payments))
        declared = self.closing.figure(51, 68, "the deposit amount")
        found = sum(payment.oere for payment in self.payments)
        agree(f"{place}: deposit amount", declared / OERE, found / OERE)
        for payment in self.payments:
            _check_extra_references(payment)

    def net_payments(self) -> list[BgmaxPayment]:
        """Return the payments less the deductions (TK21) of their payers; one that no payment covers stays.

        A deduction is taken from the payer's first payment that is larger, else from one after the other.
        """
        paid = [payment for payment in self.payments if payment.head.at(1, 2) == "20"]
        return paid + [each for each in self.payments if each.head.at(1, 2) == "21" and not _deduct(each, paid)]


def _deduct(deduction: BgmaxPayment, paid: list[BgmaxPayment]) -> bool:
    """Take a deduction from its payer's payments; False, and nothing taken, where they do not cover it."""
    own = [payment for payment in paid if payment.payer == deduction.payer != ("", "")]
    due = -deduction.oere
    larger = [payment for payment in own if payment.left_oere > due][:1]
    if not larger and sum(payment.left_oere for payment in own) < due:
        return False
    for payment in larger or own:
        taken = min(due, payment.left_oere)
        if taken:
            payment.deducted.append((deduction, taken))
        due -= taken
    return True


def _check_extra_references(payment: BgmaxPayment) -> None:
    """Extra references that carry amounts must add up to their payment; most carry none."""
    amounts = [
        line.figure(38, 55, "the amount") * (1 if line.at(1, 2) == "22" else -1)
        for line in payment.extra
        if line.at(1, 2) in {"22", "23"}
    ]
    if any(amounts):
        place = f"payment on line {payment.head.line_no}: extra references"
        agree(place, abs(payment.oere) / OERE, sum(amounts) / OERE)


def sections_of(lines: list[FixedLine]) -> list[BgmaxSection]:
    """Group the records after TK01 into sections and hold them against TK70.

    Raises `FileFaultError`: UNREADABLE for a record out of place or a TK70 missing, WRONG_TOTALS.
    """
    sections: list[BgmaxSection] = []
    for position, line in enumerate(lines):
        current = sections[-1] if sections and sections[-1].deposit is None else None
        match line.at(1, 2):
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
                raise unreadable(f"line {line.line_no}: TK{line.at(1, 2)} is out of place")
    raise unreadable("the file has no TK70 at its end: it is cut short")


def _check_end(end: FixedLine, sections: list[BgmaxSection]) -> None:
    codes = [line.at(1, 2) for s in sections for p in s.payments for line in (p.head, *p.extra)]
    figures = (
        ("TK20", 3, 10, codes.count("20")),
        ("TK21", 11, 18, codes.count("21")),
        ("TK22 and TK23", 19, 26, codes.count("22") + codes.count("23")),
        ("TK15", 27, 34, len(sections)),
    )
    for name, begin, finish, found in figures:
        agree(f"TK70: number of {name}", end.figure(begin, finish, f"the number of {name}"), found)
