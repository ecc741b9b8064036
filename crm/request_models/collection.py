"""Claims handed over to an external service."""

from __future__ import annotations

from pydantic import model_validator

from crm.request_models.fields import Code, Id, LongText, Payload


class HandOver(Payload):
    """An invoice, or all overdue ones of an account, go to a collection, factoring or billing service of the policy."""

    invoice_no: Id | None = None
    account_id: Id | None = None
    to: Code
    reason: LongText

    @model_validator(mode="after")
    def _names_one(self) -> HandOver:
        if (self.invoice_no is None) == (self.account_id is None):
            message = "give one of invoice_no and account_id"
            raise ValueError(message)
        return self
