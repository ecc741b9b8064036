"""What fields of requests look like, and how requests say whom they are about."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.electronic_address import electronic_address

PhoneNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{3,14}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
RequestId = Annotated[str, Field(min_length=1, max_length=100)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Id = Annotated[int, Field(ge=1, le=10**15)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
PositiveMoney = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
Percent = Annotated[Decimal, Field(gt=0, le=100, max_digits=7, decimal_places=4)]


def split_cell(value: Any) -> Any:
    """A table has one cell for a list: its items are separated by blanks."""
    return tuple(value.split()) if isinstance(value, str) else value


Numbers = Annotated[tuple[PhoneNumber, ...], BeforeValidator(split_cell)]


def _checked_address(value: str) -> str:
    electronic_address(value)
    return value


ElectronicAddressText = Annotated[str, AfterValidator(_checked_address)]


class Payload(BaseModel):
    """The fields of one type of request; an unknown field is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OfCustomer(Payload):
    """About a customer, named by one of its numbers of any kind; `customer_id` beside it must be the owner."""

    customer_id: Id | None = None
    account_id: Id | None = None
    subscription_id: Id | None = None
    number: PhoneNumber | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> OfCustomer:
        if not (self.customer_id or self.account_id or self.subscription_id or self.number):
            message = "give number, subscription_id, account_id or customer_id"
            raise ValueError(message)
        return self


class OfAccount(OfCustomer):
    """About an account, named by itself, by a subscription or by a number."""

    @model_validator(mode="after")
    def _names_an_account(self) -> OfAccount:
        if not (self.account_id or self.subscription_id or self.number):
            message = "give number, subscription_id or account_id"
            raise ValueError(message)
        return self


class OfSubscription(OfCustomer):
    """About a subscription, named by itself or by a number that it holds."""

    @model_validator(mode="after")
    def _names_a_subscription(self) -> OfSubscription:
        if not (self.subscription_id or self.number):
            message = "give number or subscription_id"
            raise ValueError(message)
        return self
