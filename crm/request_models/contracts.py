"""What customers order, change and end, and which numbers they hold."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

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

_MOST_OF = {"bundle": 1, "booster": 1, "equipment": 100}


class Order(OfAccount):
    """One more product on an account: a subscription, a bundle or booster for one that is there, or equipment.

    Equipment is a product of `products.csv`, paid at once or in `instalments`, one on each billing date.
    """

    product: Literal["subscription", "bundle", "booster", "equipment"] = "subscription"
    plan_code: Code | None = None
    allowance_code: Code | None = None
    numbers: Numbers = ()
    product_code: Code | None = None
    quantity: Quantity = 1
    instalments: int = Field(default=1, ge=1, le=60)

    @model_validator(mode="after")
    def _fits_its_product(self) -> Order:
        if self.product != "subscription" and (self.plan_code or self.numbers):
            code = "product_code" if self.product == "equipment" else "allowance_code"
            message = f"a {self.product} has no plan_code and no numbers of its own; give its {code}"
            raise ValueError(message)
        if self.product != "equipment" and (self.product_code or self.instalments > 1):
            message = f"a {self.product} has no product_code and no instalments; order equipment"
            raise ValueError(message)
        most = _MOST_OF.get(self.product, self.quantity)
        if self.quantity > most:
            message = f"quantity of a {self.product} is {most} at most; order the rest by itself"
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
