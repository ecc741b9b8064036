"""Who signs up, for what, and what proves who they are."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from crm.request_models.fields import ElectronicAddressText, Id, Money, Numbers, Payload, Quantity, RequestId, Text
from schemas.electronic_address import NO_ELECTRONIC_ADDRESS, organisation_digits


def _listed(value: Any) -> Any:
    """A table numbers the items of a list: `subscriptions.0.plan_code` is a field of the first."""
    return [value[key] for key in sorted(value, key=int)] if isinstance(value, dict) else value


class NewCustomer(Payload):
    """Who signs up."""

    name: Text
    category: Literal["private", "corporate", "vip"]
    registration_no: Text | None = None
    vat_no: Text | None = None
    street: Text
    postcode: Text
    city: Text
    country_code: str = Field(default="SE", pattern=r"^[A-Z]{2}$")
    email: Text | None = None
    language: str = Field(default="sv", pattern=r"^[a-z]{2}$")


class NewAccount(Payload):
    """How the customer is billed."""

    billing_day: int = Field(ge=1, le=31)
    delivery_channel: Literal["paper", "email", "portal", "e_invoice"] = "portal"
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    invoice_layout: Literal["standard", "consolidated"] | None = None
    electronic_address: ElectronicAddressText | None = None
    buyer_reference: Text | None = None
    order_reference: Text | None = None


class NewSubscription(Payload):
    """What the customer takes, and on which numbers."""

    plan_code: Text
    numbers: Numbers = ()
    quantity: Quantity = 1


class SignUp(Payload):
    """A new customer with an account and subscriptions."""

    customer: NewCustomer
    account: NewAccount
    subscriptions: Annotated[tuple[NewSubscription, ...], BeforeValidator(_listed)] = Field(min_length=1)
    credit_wanted: Money | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> SignUp:
        account, customer = self.account, self.customer
        is_reached = account.electronic_address or (
            customer.country_code == "SE" and organisation_digits(customer.registration_no)
        )
        if account.delivery_channel == "e_invoice" and not is_reached:
            message = f"delivery_channel e_invoice: {NO_ELECTRONIC_ADDRESS}"
            raise ValueError(message)
        return self


class Identity(Payload):
    """A document that proves who somebody is; its number comes as a hash only, and `checked_by` makes it verified."""

    sign_up: RequestId | None = None
    customer_id: Id | None = None
    kind: Literal["passport", "national_id", "driving_licence", "residence_permit", "company_extract"]
    number_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    issuer: Text
    valid_until: date
    checked_by: Text | None = None
    file_reference: Text | None = None


class Decide(Payload):
    """How somebody decided a case of the manual queue; name and address where the register did not know them."""

    case: RequestId
    decision: Literal["approve", "refuse"]
    limit: Money | None = None
    name: Text | None = None
    street: Text | None = None
    postcode: Text | None = None
    city: Text | None = None
    reason: Text
