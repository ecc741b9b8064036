"""ISO 20022 camt.054, the bank's notification of what it booked: every version, whatever the namespace prefix.

Elements are found by local name, since the namespace carries the version. Every record of the message is read; the
message's own counts and sums must agree with them.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.formats.camt_controls import check_entry, check_summary
from pipelines.formats.camt_elements import children
from pipelines.formats.camt_message import bank_file_id, check_report, message_of, opening_of
from pipelines.formats.camt_transactions import payment_rows
from pipelines.formats.layout import Parsed, ReadContext
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
        return parsed_payments(rows, file_id)


CAMT054 = Camt054()
