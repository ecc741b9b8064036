"""ISO 20022 camt.053, the bank's statement: balances, entries and their transactions, in every version.

Opening balance and booked entries must give the closing one. The entries are held against the payments that camt.054
and other files bring; they become payments themselves only where the policy says so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from lxml import etree

from pipelines.formats.camt_balances import balances_of, booked_entries, entry_amount
from pipelines.formats.camt_controls import check_entry, check_summary
from pipelines.formats.camt_elements import Element, amount_in, children, day_at, inside, text_at
from pipelines.formats.camt_message import bank_file_id, check_report, message_of, opening_of, page_of, sequence_of
from pipelines.formats.camt_transactions import account_of, booked_on, payment_rows
from pipelines.formats.field_values import decimal_of
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import ENTRY_RECORDS, STATEMENTS, Parsed, ReadContext
from pipelines.formats.payment_rows import number_alike, parsed_payments

_MESSAGE = "BkToCstmrStmt"
_OPENING = opening_of(_MESSAGE)
_SOUND = {"reason_code": None, "reason_text": None}


@dataclass(frozen=True)
class Camt053:
    """The layout of camt.053 messages."""

    name: str = "camt053"
    kind: str = "statements"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the message is a bank statement."""
        return _OPENING.search(head) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read statements, their booked entries, and the transactions of these that are payments.

        Entries not booked are passed over: they come again. Raises `FileFaultError`: UNSAFE_XML, UNREADABLE,
        NOT_FOR_POSTING (copies) or WRONG_TOTALS. `bank_file_id` is the message id, with the page.
        """
        message = message_of(content, _MESSAGE)
        file_id = bank_file_id(message, self.name)
        found = [_Statement(element, context.time_zone) for element in children(message, "Stmt")]
        if not found:
            raise unreadable("the message holds no Stmt")
        _refuse_twice(found)
        entries = [row for statement in found for row in statement.entries()]
        numbered = [row | {"record_no": number} for number, row in enumerate(entries, start=1)]
        payments = [row | _SOUND for statement in found for row in statement.payments(context)]
        number_alike(payments)
        return Parsed(
            records=pl.DataFrame(numbered, schema=ENTRY_RECORDS),
            bank_file_id=file_id,
            statements=pl.DataFrame([statement.row() for statement in found], schema=STATEMENTS),
            payments=parsed_payments(payments, file_id).records,
        )


CAMT053 = Camt053()


def _refuse_twice(statements: list[_Statement]) -> None:
    twice = [name for name, count in Counter(each.statement_id for each in statements).items() if count > 1]
    if twice:
        raise unreadable(f"statement {twice[0]} stands in the message more than once: its entries cannot be told apart")


class _Statement:
    """One Stmt, checked: a statement of an account, or a page of it."""

    def __init__(self, element: Element, time_zone: str) -> None:
        self._time_zone = time_zone
        check_report(element)
        check_summary(element)
        self._entries = booked_entries(element)
        for entry in self._entries:
            check_entry(entry)
            if booked_on(entry, self._time_zone) is None:
                raise unreadable(f"entry on line {entry.sourceline}: BookgDt is missing or not a date")
        self._element, self._balances = element, balances_of(element)
        self._account, self._no = account_of(element), text_at(element, "Id")
        if self._no is None:
            raise unreadable(f"statement on line {element.sourceline}: Id is missing: a second delivery cannot be told")
        self._page, self._is_last = page_of(element, "StmtPgntn")
        self.statement_id = f"{self._account}:{self._no}" + ("" if self._page == 1 else f":page {self._page}")

    def row(self) -> dict[str, Any]:
        """Return the statement itself (`STATEMENTS`)."""
        first_day, last_day = self._days()
        return {
            "statement_id": self.statement_id,
            "payee_account": self._account,
            "statement_no": self._no,
            "sequence_no": sequence_of(self._element),
            "page_no": self._page,
            "is_last_page": self._is_last,
            "covered_from": first_day,
            "covered_to": last_day,
            "currency": self._currency(),
            "opening_amount": self._balances.opening,
            "closing_amount": self._balances.closing,
        }

    def entries(self) -> list[dict[str, Any]]:
        """Return the booked entries (`ENTRY_RECORDS`, without `record_no`)."""
        return [self._entry(number, entry) for number, entry in enumerate(self._entries, start=1)]

    def payments(self, context: ReadContext) -> list[dict[str, Any]]:
        """Return the sound transactions of booked entries (`PAYMENT_RECORDS`), each with its entry.

        Those in a currency without an exchange rate too: their reports wait for one.
        """
        numbers = {id(entry): number for number, entry in enumerate(self._entries, start=1)}
        return [
            row | {"bank_entry_id": f"{self.statement_id}:{numbers[id(entry)]}"}
            for entry, row in payment_rows(self._element, CAMT053.name, context)
            if row["reason_code"] is None or (row["reason_code"] == "BAD_CURRENCY" and row["currency"])
        ]

    def _entry(self, number: int, entry: Element) -> dict[str, Any]:
        counts = [int(n) for n in map(decimal_of, _texts(entry, "NtryDtls/Btch/NbOfTxs")) if n is not None]
        return {
            "line_no": entry.sourceline,
            "record": str(etree.tostring(entry, encoding="unicode", with_tail=False)),
            "bank_entry_id": f"{self.statement_id}:{number}",
            "statement_id": self.statement_id,
            "bank_entry_no": number,
            "payee_account": self._account,
            "booked_on": booked_on(entry, self._time_zone),
            "amount": entry_amount(entry),
            "currency": amount_in(entry)[1] or self._currency(),
            "entry_reference": text_at(entry, "AcctSvcrRef"),
            "entry_code": _code(entry),
            "entry_text": text_at(entry, "AddtlNtryInf"),
            "transaction_count": sum(counts) or len(inside(entry, "NtryDtls/TxDtls")),
        }

    def _currency(self) -> str:
        own = text_at(self._element, "Acct/Ccy")
        return own or next((amount_in(each)[1] or "" for each in children(self._element, "Bal")), "")

    def _days(self) -> tuple[date, date]:
        """Return the first and last day covered: as stated, else from the balances and entries."""
        booked = [day for entry in self._entries if (day := booked_on(entry, self._time_zone)) is not None]
        stated = [day_at(self._element, f"FrToDt/{name}") for name in ("FrDtTm", "ToDtTm")]
        last = stated[1] or self._balances.closed_on or max(booked, default=None) or self._balances.opened_on
        if last is None:
            raise unreadable(f"statement on line {self._element.sourceline}: nothing in it says of which day it is")
        return min(stated[0] or last, *booked, last), max(last, *booked, last)


def _texts(element: Element, path: str) -> list[str]:
    return [(each.text or "").strip() for each in inside(element, path)]


def _code(entry: Element) -> str | None:
    """Return domain, family and sub-family, else the bank's own code."""
    parts = [text_at(entry, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(part for part in parts if part) or text_at(entry, "BkTxCd/Prtry/Cd")
