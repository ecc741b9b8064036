"""Strangers who call the demo's call centre: who they are, when they call, and what customer service does about them.

The policy's address register (`config/registers/address.csv`) knows some of them. None of them signs up: `Valborg` and
`Knut` are found by their numbers, the one with the secret number is approved by hand and calls with a code later, and
two wait in the queue for good. Valborg calls until her credit is used up, pays, and does it again in November.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.demo.calls import ANSWERED, CALLS, TIME_ZONE
from pipelines.demo.nights import NIGHTS, bank_day, days_of
from pipelines.demo.number_series import reserved, story_number
from pipelines.demo.payments import Payment
from pipelines.demo.population import CALL_CENTRE
from pipelines.demo.switch_files import SWITCH_HEADER, switch_csv

HEAVY, KNOWN, SECRET, INCOMPLETE, NOWHERE = (story_number("fixed", n) for n in range(5))
HEAVY_NAME = "Valborg Tallskär"  # as the register writes it
SECRET_PERSON = {"name": "Sixten Fyrby", "street": "Måsvägen 41", "postcode": "999 34", "city": "Ålviken"}
DESK_NIGHT, CODE_NIGHT = NIGHTS[1], NIGHTS[2]
PREMIUM, HALF_AN_HOUR = "46900000001", 1800
_PAYS_AFTER = timedelta(days=2)
_FIRST_SEQUENCE = 910_000_000  # beyond those of ordinary calls and of oddities


class _Call(NamedTuple):
    """One call of a stranger, at a local time."""

    caller: str
    local_time: str
    talk_s: int
    called: str


def _calls() -> Iterator[_Call]:
    """Every call but those with the code. The fourth of Valborg's reaches the limit of 1000: 4 x 256.50 with VAT."""
    friend = reserved("mobile")[60]
    for day in (2, 3, 4, 5, 6):
        yield _Call(HEAVY, f"2026-09-0{day} 19:00:00", HALF_AN_HOUR, PREMIUM)
    yield _Call(KNOWN, "2026-09-02 10:15:00", 240, friend)
    yield _Call(SECRET, "2026-09-03 11:30:00", 600, friend)
    yield _Call(INCOMPLETE, "2026-09-04 13:05:00", 95, friend)
    yield _Call(NOWHERE, "2026-09-05 16:20:00", 310, friend)
    yield _Call(KNOWN, "2026-09-17 10:20:00", 65, friend)
    yield _Call(HEAVY, "2026-09-09 20:00:00", 300, PREMIUM)  # the switch should have refused it
    for day in range(24, 30):
        yield _Call(HEAVY, f"2026-11-{day} 19:00:00", HALF_AN_HOUR, PREMIUM)


def stranger_files(night: date) -> Iterator[tuple[str, bytes]]:
    """Give the file of the strangers' calls that reach a night, if there are any."""
    days = {str(day) for day in days_of(night)}
    made = [(n, call) for n, call in enumerate(_calls()) if call.local_time[:10] in days]
    if made:
        yield f"callcentre-guests-{night}.csv", _written(made)


def code_calls(night: date, codes: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give the file of calls with a code in the place of a secret number; `codes` are those in use."""
    if night == CODE_NIGHT and codes:
        keyed = [_Call(code, f"{night - timedelta(days=2)} 15:45:00", 420, reserved("mobile")[60]) for code in codes]
        yield f"callcentre-codes-{night}.csv", _written(list(enumerate(keyed, start=1000)))


def _written(calls: list[tuple[int, _Call]]) -> bytes:
    zone = ZoneInfo(TIME_ZONE)
    rows = [
        (CALL_CENTRE, call.caller, "", call.called, datetime.fromisoformat(call.local_time).replace(tzinfo=zone),
         5, call.talk_s, ANSWERED, _FIRST_SEQUENCE + n)
        for n, call in calls
    ]  # fmt: skip
    return SWITCH_HEADER + switch_csv(pl.DataFrame(rows, schema=CALLS, orient="row").sort("answered_at", "sequence"))


def decisions(night: date, cases: pl.DataFrame, bases: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Give what customer service decides before `DESK_NIGHT`, as requests.

    `cases`: APPROVAL_CASE rows; the secret number is called back and approved. `bases`: INVOICE_BASIS rows; an open one
    gets 10 % off and is released. What is made after that night is left to whoever looks at the demo.
    """
    if night != DESK_NIGHT:
        return
    at = f"{night - timedelta(days=1)}T"
    said = {"channel": "agent", "actor": "sigrid", "effective_on": str(night - timedelta(days=1))}
    secret = cases.filter(pl.col("address_outcome") == "secret", pl.col("case_state") == "waiting")
    for case in sorted(secret["request_id"]):
        yield said | SECRET_PERSON | {
            "request_id": f"decide-{night}", "type": "decide", "requested_at": f"{at}09:00:00+02:00", "case": case,
            "decision": "approve", "reason": "Called back, wants no name in the directory",
        }  # fmt: skip
    for basis in sorted(bases.filter(pl.col("basis_state") == "open")["basis_id"]):
        yield said | {
            "request_id": f"adjust-{basis}", "type": "adjust", "requested_at": f"{at}10:00:00+02:00", "basis_id": basis,
            "article_no": "1005", "discount_percent": "10", "reason": "Waited in the queue",
        }  # fmt: skip
        yield said | {
            "request_id": f"release-{basis}", "type": "release_basis", "requested_at": f"{at}10:05:00+02:00",
            "basis_id": basis, "reason": "Looked at with the customer",
        }  # fmt: skip


def prompt_payments(since: date, until: date, invoices: pl.DataFrame) -> list[Payment]:
    """List Valborg's payments after `since` and not after `until`: each invoice in full by Swish, two days later.

    `invoices` holds `invoice_no`, `ocr_reference`, `total_amount`, `invoiced_on`, `customer_name`.
    """
    hers = invoices.filter(pl.col("customer_name") == HEAVY_NAME, pl.col("total_amount") > 0)
    paid = [
        Payment(
            booked_on=bank_day(invoice["invoiced_on"] + _PAYS_AFTER),
            amount=invoice["total_amount"],
            reference=invoice["ocr_reference"],
            payer_name=HEAVY_NAME,
            serial=f"{invoice['invoice_no']:010d}01",
            way="swish",
            also_bgmax=False,
        )
        for invoice in hers.to_dicts()
    ]
    return [payment for payment in paid if since < payment.booked_on <= until]
