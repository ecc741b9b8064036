"""A subscription begins: its row, its contract, its numbers."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from crm.contract_changes import ACTIVATION_FEE, Fee
from crm.register import Charged, Register
from crm.working_table import Row
from schemas import tables


class Wanted(Protocol):
    """What a customer takes: how many of a plan, on which numbers."""

    @property
    def plan_code(self) -> str | None:
        """Plan."""

    @property
    def quantity(self) -> int:
        """How many units of the plan."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers to hold."""


def subscribe(register: Register, request: Row, account: Row, wanted: Wanted) -> int:
    """Begin a subscription on the request's day, with its activation fee and numbers; return its number."""
    plan_code = wanted.plan_code or ""
    subscription_id, on = register.next_id("subscription_id"), request["effective_on"]
    register[tables.SUBSCRIPTION].put(
        {
            "subscription_id": subscription_id,
            "account_id": account["account_id"],
            "plan_code": plan_code,
            "service_from": on,
            "service_to": None,
            "quantity": wanted.quantity,
        }
    )
    charge_activation(register, request, account, subscription_id, plan_code, on)
    contract = register.rules.contracts.contract(subscription_id, plan_code, category_of(register, account), on)
    register[tables.CONTRACT].put(contract)
    for number in wanted.numbers:
        hold(register, number, subscription_id, request)
    return subscription_id


def charge_activation(
    register: Register, request: Row, account: Row, subscription_id: int, plan_code: str, on: date
) -> None:
    """Charge what it costs once that a plan begins, where plan and account have the currency of the books."""
    plan = register.rules.contracts.plan(plan_code)
    amount, article = plan.get("activation_fee"), plan.get("activation_article_no")
    books = register.rules.policy.operator.currency
    if amount and article and plan["currency"] == account["currency"] == books:
        fee = Fee(f"{ACTIVATION_FEE}_{subscription_id}", article, amount)
        register.fees.append(Charged(request["request_id"], fee, account, subscription_id, on))


def category_of(register: Register, account: Row) -> str:
    """Return the category of an account's customer."""
    return str((register[tables.CUSTOMER].get(account["customer_id"]) or {})["customer_category"])


def hold(register: Register, number: str, subscription_id: int, request: Row) -> None:
    """Let a subscription hold a number from the request's moment on, until its service ends where that is known."""
    last = register[tables.SUBSCRIPTION].where("subscription_id", subscription_id)[-1]
    ends_on = last["service_to"]
    register[tables.NUMBER_ASSIGNMENT].put(
        {
            "a_number": number,
            "subscription_id": subscription_id,
            "owned_from": request["effective_at"],
            "owned_to": register.midnight(ends_on) if ends_on else None,
        }
    )
