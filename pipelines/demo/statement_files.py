"""Bank statements of the demo: camt.053.001.08 of the account behind the Bankgiro number, one for each night.

Bankgiro payments stand in one sum a day, Swish payments in another, and the bank charges for its services, so that a
statement has entries that are payments, and one that is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from pipelines.demo.bank_files import IBAN, ExtraEntry
from pipelines.demo.nights import NIGHTS, position
from pipelines.demo.payments import Payment

_FIRST_BALANCE = Decimal("250000.00")
_CHARGE = Decimal("45.00")
_FIRST_NUMBER = 36  # the bank has sent statements before there was a nightbill
_FRIDAY = 4


@dataclass(frozen=True)
class StatementEntry:
    """A booked entry; negative where money left the account."""

    booked_on: date
    amount: Decimal
    reference: str
    text: str


def entries_of(night: date, payments: Iterable[Payment], extra: Iterable[ExtraEntry] = ()) -> list[StatementEntry]:
    """List what the bank books from the night before up to this one: sums by day and way, reversals, a charge."""
    ordered = sorted(payments, key=lambda payment: (payment.booked_on, payment.way))
    sums = [
        StatementEntry(day, sum((each.amount for each in same), Decimal(0)), f"{_PREFIX[way]}{day:%Y%m%d}", _TEXT[way])
        for (day, way), same in groupby(ordered, key=lambda payment: (payment.booked_on, payment.way))
    ]
    back = [
        StatementEntry(each.booked_on, -each.amount, each.bank_reference, "Återtagen betalning")
        for each in extra
        if each.takes_back
    ]
    charge = [StatementEntry(_weekday(night), -_CHARGE, f"AVG{night:%Y%m}", "Bankavgift")] if night.day == 1 else []
    return [*sums, *back, *charge]


_PREFIX = {"bank": "BG", "swish": "SW"}
_TEXT = {"bank": "Bankgiro inbetalningar", "swish": "Swish"}


def _weekday(night: date) -> date:
    return night - timedelta(days=max(0, night.weekday() - _FRIDAY))


def camt053(night: date, before: Iterable[StatementEntry], entries: list[StatementEntry]) -> bytes:
    """Write the statement of a night; `before` are the entries of all nights before, which its balance begins with."""
    place = position(night)
    opening = _FIRST_BALANCE + sum((entry.amount for entry in before), Decimal(0))
    closing = opening + sum((entry.amount for entry in entries), Decimal(0))
    since = NIGHTS[place - 1] if place else night - timedelta(days=7)
    first, made = since + timedelta(days=1), f"{night}T19:00:00+01:00"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>FJARDHAMN-S{night:%Y%m%d}</MsgId><CreDtTm>{made}</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>S{night:%Y%m%d}</Id><ElctrncSeqNb>{_FIRST_NUMBER + place}</ElctrncSeqNb><CreDtTm>{made}</CreDtTm>"
        f"<FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{night}T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>SEK</Ccy></Acct>\n"
        f"{_balance('OPBD', opening, first)}{_balance('CLBD', closing, night)}\n"
        + "".join(_entry(number, entry) for number, entry in enumerate(entries, start=1))
        + "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def _balance(kind: str, amount: Decimal, day: date) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def _amount(amount: Decimal) -> str:
    direction = "DBIT" if amount < 0 else "CRDT"
    return f'<Amt Ccy="SEK">{abs(amount):.2f}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'


def _entry(number: int, entry: StatementEntry) -> str:
    day = f"<Dt>{entry.booked_on}</Dt>"
    return (
        f"<Ntry><NtryRef>{number}</NtryRef>{_amount(entry.amount)}<Sts><Cd>BOOK</Cd></Sts><BookgDt>{day}</BookgDt>"
        f"<ValDt>{day}</ValDt><AcctSvcrRef>{entry.reference}</AcctSvcrRef>"
        "<BkTxCd><Prtry><Cd>FJARDBANK</Cd></Prtry></BkTxCd>"
        f"<AddtlNtryInf>{entry.text}</AddtlNtryInf></Ntry>\n"
    )
