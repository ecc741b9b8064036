"""ISO 20022 camt.054, the bank's notification of what it booked: every version, whatever the namespace prefix.

Elements are found by local name, since the namespace carries the version. Every record of the message is read; the
message's own counts and sums must agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.formats.camt_controls import check_entry, check_summary
from pipelines.formats.camt_elements import Element, amount_in, children, day_at, text_at
from pipelines.formats.camt_message import bank_file_id, check_report, message_of, opening_of, page_of, sequence_of
from pipelines.formats.camt_transactions import account_of, payment_rows
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.layout import NOTIFICATIONS, Parsed, ReadContext
from pipelines.formats.payment_rows import number_alike, parsed_payments

_MESSAGE = "BkToCstmrDbtCdtNtfctn"
_OPENING = opening_of(_MESSAGE)


@dataclass(frozen=True)
class Camt054:
    """The layout of camt.054 messages."""

    name: str = "camt054"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the message is a debit credit notification."""
        return _OPENING.search(head) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the booked transactions: credits, reversals of them, and refunds of ours.

        Rows are rejected as `camt_transactions` says. Raises `FileFaultError`: UNSAFE_XML, UNREADABLE,
        NOT_FOR_POSTING (copies) or WRONG_TOTALS. `bank_file_id` is the message id, with the page where a message has
        several.
        """
        message = message_of(content, _MESSAGE)
        file_id = bank_file_id(message, self.name)
        for notification in children(message, "Ntfctn"):
            check_report(notification)
            check_summary(notification)
            for entry in children(notification, "Ntry"):
                check_entry(entry)
        rows = [
            row for notification in children(message, "Ntfctn")
            for _, row in payment_rows(notification, self.name, context)
        ]  # fmt: skip
        number_alike(rows)
        return replace(parsed_payments(rows, file_id), notifications=_notifications(message))


CAMT054 = Camt054()


def _notifications(message: Element) -> pl.DataFrame:
    """Return the notifications of a message, or their pages, that have an id (`NOTIFICATIONS`)."""
    rows = [_notification(each) for each in children(message, "Ntfctn") if text_at(each, "Id")]
    return pl.DataFrame(rows, schema=NOTIFICATIONS).unique("notification_id", keep="first", maintain_order=True)


def _notification(element: Element) -> dict[str, Any]:
    account, name = account_of(element), text_at(element, "Id")
    page, is_last = page_of(element, "NtfctnPgntn")
    entries = children(element, "Ntry")
    amounts = [decimal_of(amount_in(entry)[0]) or Decimal(0) for entry in entries]
    stated = (decimal_of(text_at(element, f"TxsSummry/TtlNtries/{figure}")) for figure in ("NbOfNtries", "Sum"))
    count, total = stated
    return {
        "notification_id": f"{account}:{name}" + ("" if page == 1 else f":page {page}"),
        "payee_account": account,
        "notification_no": name,
        "sequence_no": sequence_of(element),
        "page_no": page,
        "is_last_page": is_last,
        "reported_on": day_at(element, "CreDtTm") or day_at(element.getparent(), "GrpHdr/CreDtTm"),
        "stated_count": None if count is None else int(count),
        "stated_amount": exact_amount(total),
        "held_count": len(entries),
        "held_amount": exact_amount(sum(amounts, Decimal(0))),
    }
