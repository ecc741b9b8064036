"""What customers tell of themselves, choose, ask and dispute."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from crm.request_models.fields import ElectronicAddressText, Id, LongText, Money, OfCustomer, Text
from schemas import codes


class UpdateDetails(OfCustomer):
    """A customer moves, or has another name, address or way to be reached; what is not given stays."""

    name: Text | None = None
    registration_no: Text | None = None
    vat_no: Text | None = None
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    country_code: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    email: Text | None = None
    billing_day: int | None = Field(default=None, ge=1, le=31)
    electronic_address: ElectronicAddressText | None = None
    buyer_reference: Text | None = None
    order_reference: Text | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> UpdateDetails:
        if not self.model_dump(exclude=set(OfCustomer.model_fields), exclude_none=True):
            message = "give at least one detail to change"
            raise ValueError(message)
        return self


class SetPreference(OfCustomer):
    """How a customer wants it: content control, delivery channel, language, layout, itemised calls, consent."""

    preference: Literal[
        "content_control", "delivery_channel", "language", "invoice_layout", "itemisation", "consent_email",
        "consent_sms", "consent_calls",
    ]  # fmt: skip
    value: Text

    @model_validator(mode="after")
    def _fits(self) -> SetPreference:
        allowed = {
            "delivery_channel": codes.DELIVERY_CHANNELS,
            "content_control": ("none", "premium", "adult"),
            "invoice_layout": ("standard", "consolidated"),
            "itemisation": ("yes", "no"),
        }
        yes_or_no = ("yes", "no") if self.preference.startswith("consent") else None
        values = allowed.get(self.preference, yes_or_no)
        if values and self.value not in values:
            message = f"{self.preference} is one of {', '.join(values)}"
            raise ValueError(message)
        return self


class Note(OfCustomer):
    """Something to be remembered of a customer."""

    text: LongText


class MessageIn(OfCustomer):
    """A letter, mail, SMS or chat that came from a customer."""

    medium: Literal["email", "sms", "letter", "chat", "call"]
    subject: Text | None = None
    text: LongText


class Dispute(OfCustomer):
    """A customer does not agree with an invoice, or with some of it."""

    invoice_no: Id
    amount: Money | None = None
    text: LongText
