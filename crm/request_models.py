"""What a request of each type must say: one model per type, so that a refusal names the field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PhoneNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{3,14}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewCustomer(_Payload):
    """Who signs up."""

    name: Text
    category: Literal["private", "corporate", "vip"]
    registration_no: Text | None = None
    street: Text
    postcode: Text
    city: Text
    country_code: str = Field(default="SE", pattern=r"^[A-Z]{2}$")
    email: Text | None = None
    language: str = Field(default="sv", pattern=r"^[a-z]{2}$")


class NewAccount(_Payload):
    """How the customer is billed."""

    billing_day: int = Field(ge=1, le=31)
    delivery_channel: Literal["paper", "email", "portal"] = "portal"


class NewSubscription(_Payload):
    """What the customer takes, and on which numbers."""

    plan_code: Text
    numbers: tuple[PhoneNumber, ...] = ()


class SignUp(_Payload):
    """A new customer with an account and subscriptions."""

    customer: NewCustomer
    account: NewAccount
    subscriptions: tuple[NewSubscription, ...] = Field(min_length=1)


class Cancel(_Payload):
    """The end of the subscription that holds a number."""

    number: PhoneNumber


REQUEST_MODELS: dict[str, type[SignUp | Cancel]] = {"sign_up": SignUp, "cancel": Cancel}


def first_fault(error: ValidationError) -> str:
    """Word the first fault of a payload: field, what is wrong, value found (a missing field has none)."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    count = error.error_count()
    more = f" (and {count - 1} more faults)" if count > 1 else ""
    found = "" if fault["type"] == "missing" else f", found {str(fault.get('input', ''))[:60]!r}"
    return f"{field}: {fault['msg']}{found}{more}; send a corrected request with a new id"
