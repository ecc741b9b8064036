"""Where a document is paid to, and with which reference."""

from __future__ import annotations

from dataclasses import dataclass

from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.reminder_page import ReminderDocument

_IN_FOURS = 4


@dataclass(frozen=True)
class PayTo:
    """The account and its kind (a key of the texts' [letter]), the reference, and the slip's line for Bankgiro."""

    kind: str
    account: str
    reference: str
    ocr_line: str | None


def pay_to(document: InvoiceDocument | ReminderDocument) -> PayTo:
    """Return how a document is paid: by Bankgiro with its OCR reference, or abroad by IBAN with the RF reference.

    One that is collected by direct debit names the account that it is collected from, and its reference for questions.

    Abroad is a buyer in another country, or another currency than Bankgiro's. Without an IBAN or an RF reference
    (ISO 11649) the Bankgiro number stands, for payers who have a Swedish bank.
    """
    operator = document.operator
    if isinstance(document, InvoiceDocument) and document.direct_debit:
        return PayTo("direct_debit", document.direct_debit.masked_account, document.ocr_reference, None)
    if isinstance(document, InvoiceDocument) and document.rf_reference and operator.iban:
        is_abroad = document.buyer.country_code != operator.country_code or document.currency != operator.currency
        if is_abroad:
            return PayTo("iban", _in_fours(operator.iban), _in_fours(document.rf_reference), None)
    line = document.ocr_line if document.to_pay_amount > 0 and document.currency == "SEK" else None
    return PayTo("bankgiro", operator.bankgiro, document.ocr_reference, line)


def _in_fours(text: str) -> str:
    """Write an IBAN or RF reference as on paper: in groups of four."""
    return "\N{NO-BREAK SPACE}".join(text[at : at + _IN_FOURS] for at in range(0, len(text), _IN_FOURS))
