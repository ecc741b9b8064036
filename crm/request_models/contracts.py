"""What customers order, change and end, and which numbers they hold."""

from __future__ import annotations

from typing import Literal

from crm.request_models.fields import Code, Numbers, OfAccount, OfSubscription, PhoneNumber, Quantity, Text


class Order(OfAccount):
    """One more product on an account: a subscription on a plan, or a bundle or booster for one that is there."""

    product: Literal["subscription", "bundle", "booster"] = "subscription"
    plan_code: Code | None = None
    allowance_code: Code | None = None
    numbers: Numbers = ()
    quantity: Quantity = 1


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
