"""Autogiro in the demo: some customers give a mandate, and Bankgirot answers as its files do.

Most collections are paid. Of the others some fail and are paid when they are tried again, some fail for good, some the
bank tries again itself, and some the payer asks back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.demo.bank_files import ACCOUNT
from pipelines.demo.keyed_hash import keyed_random
from pipelines.demo.nights import NIGHTS, bank_day, begin_of
from pipelines.demo.population import HEIR, Customer
from pipelines.demo.request_files import json_line
from pipelines.formats.fixed_width import digits, record, written

MANDATE_NIGHT = NIGHTS[1]
_ONE_OF = 4  # customers who pay by Autogiro
_REGISTRATION_NO = "19640823-3234"  # a number of Skatteverket's test series
_CLEARING = "9999"  # no bank's
_CUSTOMER_NO = "471117"
_DAY = timedelta(days=1)
_ANSWERED_AFTER = 2  # days from a mandate to Bankgirot's answer
_ASKED_BACK_AFTER = 6
_REFUSED_OF = 12
_PAID, _NO_MONEY, _CLOSED, _TRIED_AGAIN = "0", "1", "2", "9"
# Of fifty invoices, what becomes of the attempts to collect them: first, second.
_FATES = (
    (("paid", "paid"),) * 36
    + (("no_money", "paid"),) * 6
    + (("no_money", "no_money"),) * 2
    + (("tried_again", "paid"),) * 3
    + (("asked_back", "paid"),) * 2
    + (("closed", "closed"),)
)


@dataclass(frozen=True)
class _Event:
    """A line of a payment specification: its day, transaction code and status."""

    day: date
    code: str
    status: str
    debit: dict[str, Any]


def mandate_requests(night: date, people: list[Customer]) -> Iterator[tuple[str, bytes]]:
    """Give the requests of customers who want to pay by Autogiro."""
    if night != MANDATE_NIGHT:
        return
    eve = night - _DAY
    lines = [
        json_line(
            {
                "request_id": f"mandate-{each.ordinal:06}", "type": "add_mandate", "channel": "web",
                "requested_at": f"{eve}T15:00:00+02:00", "effective_on": str(eve), "scheme": "autogiro",
                "number": each.subscriptions[0].numbers[0], "payer_account": f"{_CLEARING}-{each.ordinal:07}",
                "registration_no": each.registration_no or _REGISTRATION_NO,
            }
        )
        for each in people[HEIR + 1 :]
        if each.known_at == 0 and each.subscriptions[0].numbers and each.ordinal % _ONE_OF == 0
    ]  # fmt: skip
    if lines:
        yield f"requests-mandates-{night}.jsonl", b"".join(lines)


def autogiro_files(
    night: date, bankgiro: str, debits: pl.DataFrame, orders: pl.DataFrame, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Give Bankgirot's files that arrive before a night: of payments, and of mandates.

    `debits`: DIRECT_DEBIT rows, `orders`: MANDATE_ORDER rows, each with the columns of its mandate.
    """
    since = begin_of(night)
    events = [event for row in debits.to_dicts() for event in _events(row, seed) if since < event.day <= night]
    if events:
        yield f"autogiro-payments-{night}.txt", payment_specification(night, bankgiro, events)
    told = [row for row in orders.to_dicts() if since < row["ordered_on"] + _ANSWERED_AFTER * _DAY <= night]
    if told:
        yield f"autogiro-mandates-{night}.txt", mandate_advice(night, bankgiro, told, seed)


def _events(debit: dict[str, Any], seed: int) -> Iterator[_Event]:
    fates = keyed_random(seed, debit["invoice_no"]).choice(_FATES)
    fate, day = fates[min(debit["attempt_no"], len(fates)) - 1], debit["collect_on"]
    status = {"no_money": _NO_MONEY, "closed": _CLOSED, "tried_again": _TRIED_AGAIN}.get(fate, _PAID)
    yield _Event(day, "82", status, debit)
    if fate == "tried_again":
        yield _Event(bank_day(day + _DAY), "82", _PAID, debit)
    if fate == "asked_back":
        yield _Event(bank_day(day + _ASKED_BACK_AFTER * _DAY), "77", "02", debit)


def payment_specification(night: date, bankgiro: str, events: list[_Event]) -> bytes:
    """Write `BET. SPEC & STOPP TK`: a section of collections for each day, one of refunds where there are any."""
    head = record("01AUTOGIRO", " " * 14, f"{night:%Y%m%d}180000000000", "BET. SPEC & STOPP TK", _payee(bankgiro))
    sections, counts = [], {"82": [0, 0], "77": [0, 0]}
    for code, opening in (("82", "15"), ("77", "17")):
        for day in sorted({event.day for event in events if event.code == code}):
            own = [event for event in events if (event.code, event.day) == (code, day)]
            done = [event for event in own if code == "77" or event.status == _PAID]
            counts[code][0] += 1
            counts[code][1] += len(done)
            total = sum((event.debit["amount"] for event in done), Decimal(0))
            sections += [_section(opening, day, total, len(done)), *(_line(event, bankgiro) for event in own)]
    figures = (*counts["82"], 0, 0, *counts["77"])
    widths = (6, 12) * 3
    end = record("09", f"{night:%Y%m%d}9900", *(digits(n, width) for n, width in zip(figures, widths, strict=True)))
    return written([head, *sections, end])


def mandate_advice(night: date, bankgiro: str, orders: list[dict[str, Any]], seed: int) -> bytes:
    """Write `AG-MEDAVI`: what became of mandates; now and then the payer's bank does not know the account."""
    head = record("01AUTOGIRO", " " * 14, f"{night:%Y%m%d}", " " * 12, "AG-MEDAVI", " " * 11, _payee(bankgiro))
    lines = []
    for row in orders:
        is_refused = keyed_random(seed, row["account_id"]).randrange(_REFUSED_OF) == 0
        added = ("04", "23") if is_refused else ("04", "32")
        information, status = added if row["mandate_action"] == "add" else ("03", "33")
        day = row["ordered_on"] + _ANSWERED_AFTER * _DAY
        lines.append(
            record(
                "73", digits(bankgiro, 10), digits(row["payer_no"], 16), " " * 33, information, status, f"{day:%Y%m%d}"
            )
        )
    return written([head, *lines, record("09", f"{night:%Y%m%d}9900", digits(len(lines), 7))])


def _payee(bankgiro: str) -> str:
    return f"{_CUSTOMER_NO}{bankgiro:0>10}"


def _section(opening: str, day: date, total: Decimal, count: int) -> str:
    serial = day.timetuple().tm_yday
    amount = digits(int(total * 100), 18)
    return record(opening, f"{ACCOUNT:0>35}", f"{day:%Y%m%d}", digits(serial, 5), amount, "   ", digits(count, 8))


def _line(event: _Event, bankgiro: str) -> str:
    debit = event.debit
    made = (
        event.code, f"{debit['collect_on'] if event.code == '77' else event.day:%Y%m%d}", "0    ",
        digits(debit["payer_no"], 16), digits(int(debit["amount"] * 100), 12), digits(bankgiro, 10),
        f"{debit['direct_debit_id']:<16}",
    )  # fmt: skip
    if event.code == "77":
        return record(*made, f"{event.day:%Y%m%d}", event.status)
    return record(*made, " " * 10, event.status)
