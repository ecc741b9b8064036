"""Payment agreements: what is owed is paid in instalments, and the end of that."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from crm.request_models.fields import Id, LongText, Money, OfAccount, Payload, RequestId, split_cell

InvoiceNumbers = Annotated[tuple[Id, ...], BeforeValidator(split_cell)]


class AgreePayments(OfAccount):
    """What an account owes, of the `invoices` named or all that is open, becomes instalments; a fee comes on top.

    The first is due on `first_due_on`, the others every `interval_months` months. Without `fee` it is the policy's.
    """

    invoices: InvoiceNumbers = ()
    instalments: Annotated[int, Field(ge=1, le=120)]
    first_due_on: date
    interval_months: Annotated[int, Field(ge=1, le=12)] = 1
    fee: Money | None = None
    reason: LongText


class EndAgreement(Payload):
    """A payment agreement that stands ends: the due dates of the invoices hold again from the day on."""

    agreement_id: RequestId
    reason: LongText
