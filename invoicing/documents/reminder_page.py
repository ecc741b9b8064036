"""What a reminder shows (lag 1981:739 om ersättning för inkassokostnader m.m.), and how it is taken from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from invoicing.documents.document_error import DocumentError
from invoicing.documents.ocr_line import ocr_line
from invoicing.documents.recipient import Recipient, recipient_of, recipients
from schemas.policy import Operator


class Instalment(NamedTuple):
    """An instalment of a payment agreement that a reminder is about."""

    number: int
    of: int
    due_on: date
    agreed_on: date


@dataclass(frozen=True)
class ReminderDocument:
    """A reminder as the customer reads it.

    `open_amount` is what is left to pay of the invoice itself, or of the `instalment`; `fee_amount` comes on top; both
    are paid with the invoice's own OCR reference by `due_on`.
    """

    operator: Operator
    recipient: Recipient
    invoice_no: int
    reminder_step: int
    reminded_on: date
    due_on: date
    invoiced_on: date
    invoice_due_on: date
    currency: str
    invoice_amount: Decimal
    open_amount: Decimal
    fee_amount: Decimal
    ocr_reference: str
    instalment: Instalment | None = None

    @property
    def dated_on(self) -> date:
        """Date of the letter."""
        return self.reminded_on

    @property
    def paid_amount(self) -> Decimal:
        """What has been paid of the invoice."""
        return self.invoice_amount - self.open_amount

    @property
    def to_pay_amount(self) -> Decimal:
        """Amount to pay now: what is left of the invoice or instalment, and the fee."""
        return self.open_amount + self.fee_amount

    @property
    def ocr_line(self) -> str:
        """The payment slip's machine-readable line."""
        return ocr_line(self.ocr_reference, self.to_pay_amount, self.operator.bankgiro)


def reminder_documents(
    reminders: pl.DataFrame,
    invoices: pl.DataFrame,
    customers: pl.DataFrame,
    operator: Operator,
    plans: pl.DataFrame | None = None,
) -> list[ReminderDocument]:
    """Return one document per row of `reminders`, in their order.

    Frames have the columns of REMINDER, INVOICE and CUSTOMER (`schemas.tables`); `reminders.open_amount` is
    the remainder of the invoice or instalment without the fee. `plans`: the instalments of the agreements named, with
    their `agreed_on`. Raises DocumentError for a missing invoice or customer.
    """
    recipient_by_id = recipients(customers, operator.country_code)
    invoice_by_no = {row["invoice_no"]: row for row in invoices.iter_rows(named=True)}
    instalments = {} if plans is None else _instalments(plans)
    documents = []
    for row in reminders.iter_rows(named=True):
        invoice = invoice_by_no.get(row["invoice_no"])
        if invoice is None:
            message = f"reminder {row['reminder_id']}: invoice {row['invoice_no']} is not among the invoices given"
            raise DocumentError(message)
        recipient = recipient_of(recipient_by_id, invoice["customer_id"], row["invoice_no"])
        documents.append(_reminder_document(row, invoice, recipient, operator, instalments))
    return documents


def _instalments(plans: pl.DataFrame) -> dict[tuple[str, int], Instalment]:
    counted = plans.with_columns(pl.len().over("agreement_id").alias("of"))
    return {
        (row["agreement_id"], row["instalment_no"]): Instalment(
            row["instalment_no"], row["of"], row["due_on"], row["agreed_on"]
        )
        for row in counted.iter_rows(named=True)
    }


def _reminder_document(
    row: Mapping[str, Any],
    invoice: Mapping[str, Any],
    recipient: Recipient,
    operator: Operator,
    instalments: Mapping[tuple[str, int], Instalment],
) -> ReminderDocument:
    return ReminderDocument(
        operator=operator,
        recipient=recipient,
        invoice_no=row["invoice_no"],
        reminder_step=row["reminder_step"],
        reminded_on=row["reminded_on"],
        due_on=row["due_on"],
        invoiced_on=invoice["invoiced_on"],
        invoice_due_on=invoice["due_on"],
        currency=invoice["currency"],
        invoice_amount=invoice["total_amount"],
        open_amount=row["open_amount"],
        fee_amount=row["fee_amount"],
        ocr_reference=invoice["ocr_reference"],
        instalment=instalments.get((row["agreement_id"], row["instalment_no"])),
    )
