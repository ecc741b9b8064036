"""ISO 20022 pain.002, a bank's status report: which direct debits and refunds it took or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from pipelines.formats.answer_rows import parsed_answers
from pipelines.formats.camt_elements import Element, day_at, first, inside, text_at
from pipelines.formats.camt_message import bank_file_id, message_of, opening_of
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import Parsed, ReadContext

_MESSAGE = "CstmrPmtStsRpt"
_OPENING = opening_of(_MESSAGE)
_REFUSED = {"RJCT", "CANC", "BLCK"}
_PENDING = {"PDNG", "RCVD", "PART"}


@dataclass(frozen=True)
class Pain002:
    """The layout of pain.002 messages."""

    name: str = "pain002"
    kind: str = "direct_debit_answers"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the message is a payment status report."""
        return _OPENING.search(head) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (amounts bring their currency)
        """Read the transactions' statuses; one that is still pending is no answer yet.

        A message or group refused as a whole without naming transactions is one answer without `direct_debit_id`.
        Raises `FileFaultError`: UNSAFE_XML or UNREADABLE.
        """
        message = message_of(content, _MESSAGE)
        file_id = bank_file_id(message, self.name)
        day = _day(message)
        return parsed_answers([*_transactions(message, day), *_wholes(message, day)], [], file_id)


PAIN002 = Pain002()


def _day(message: Element) -> date:
    day = day_at(message, "GrpHdr/CreDtTm")
    if day is None:
        raise unreadable(f"GrpHdr/CreDtTm is {text_at(message, 'GrpHdr/CreDtTm') or 'missing'}, and no date")
    return day


def _transactions(message: Element, day: date) -> Iterator[dict[str, Any]]:
    for group in inside(message, "OrgnlPmtInfAndSts"):
        for each in inside(group, "TxInfAndSts"):
            status = text_at(each, "TxSts") or text_at(group, "PmtInfSts") or _whole_status(message)
            if status is not None and status not in _PENDING:
                yield _row(each, status, day)


def _wholes(message: Element, day: date) -> Iterator[dict[str, Any]]:
    """Give what was refused as a whole, without naming a transaction."""
    if inside(message, "OrgnlPmtInfAndSts/TxInfAndSts"):
        return
    for each in [*inside(message, "OrgnlPmtInfAndSts"), *inside(message, "OrgnlGrpInfAndSts")]:
        if (text_at(each, "PmtInfSts") or text_at(each, "GrpSts")) in _REFUSED:
            yield _row(each, "RJCT", day)


def _whole_status(message: Element) -> str | None:
    return text_at(message, "OrgnlGrpInfAndSts/GrpSts")


def _row(each: Element, status: str, day: date) -> dict[str, Any]:
    reason = text_at(each, "StsRsnInf/Rsn/Cd") or text_at(each, "StsRsnInf/Rsn/Prtry") or status
    original = text_at(each, "OrgnlPmtInfId") or text_at(each, "OrgnlMsgId")
    told = text_at(each, "StsRsnInf/AddtlInf") or (f"the whole of {original} was refused" if original else None)
    amount = first(each, "OrgnlTxRef/Amt/InstdAmt")
    end_to_end = text_at(each, "OrgnlEndToEndId")
    answer = "rejected" if status in _REFUSED else "accepted"
    return {
        "line_no": each.sourceline,
        "record": str(etree.tostring(each, encoding="unicode", with_tail=False)),
        "answer_id": f"sepa:{end_to_end or original}:{day}:{answer}:{reason}",
        "scheme": "sepa",
        "answer": answer,
        "answer_code": reason,
        "answer_text": told,
        "mandate_id": text_at(each, "OrgnlTxRef/MndtRltdInf/MndtId"),
        "direct_debit_id": end_to_end,
        "amount": None if amount is None else exact_amount(decimal_of((amount.text or "").strip())),
        "currency": None if amount is None else amount.get("Ccy"),
        "answered_on": day,
    }
