"""What customers order, change and end, and which numbers they hold."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from crm.request_models.fields import (
    Code,
    Numbers,
    OfAccount,
    OfCustomer,
    OfSubscription,
    PhoneNumber,
    Quantity,
    RequestId,
    Text,
)


class Order(OfAccount):
    """One more product on an account: a subscription on a plan, or a bundle or booster for one that is there."""

    product: Literal["subscription", "bundle", "booster"] = "subscription"
    plan_code: Code | None = None
    allowance_code: Code | None = None
    numbers: Numbers = ()
    quantity: Quantity = 1

    @model_validator(mode="after")
    def _fits_its_product(self) -> Order:
        if self.product != "subscription" and (self.plan_code or self.numbers):
            message = f"a {self.product} has no plan_code and no numbers of its own; give its allowance_code"
            raise ValueError(message)
        return self


class ChangePlan(OfSubscription):
    """Another plan for a subscription, as its contract allows, or another quantity of the one it has."""

    plan_code: Code
    quantity: Quantity | None = None


class Cancel(OfSubscription):
    """The end of a subscription, as its contract allows."""

    reason: Text | None = None


class AddNumber(OfSubscription):
    """One more number for a subscription."""

    new_number: PhoneNumber


class RemoveNumber(OfSubscription):
    """A number given back; the subscription stays."""

    number: PhoneNumber


class Port(OfSubscription):
    """A number that comes from, or leaves for, another operator."""

    direction: Literal["in", "out"]
    ported_number: PhoneNumber
    other_operator: Text


class Withdraw(OfCustomer):
    """A request taken back before its day: one that waits, or that holds from a coming day; `withdraws` is its id."""

    withdraws: RequestId
    reason: Text | None = None
