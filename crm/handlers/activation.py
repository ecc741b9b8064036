"""A subscription begins: its row, its contract, its numbers."""

from __future__ import annotations

from crm.register import Register
from crm.working_table import Row
from schemas import tables


def subscribe(register: Register, request: Row, account: Row, plan_code: str, numbers: tuple[str, ...]) -> int:
    """Begin a subscription on the request's day and give it its numbers; return its number."""
    subscription_id, on = register.next_id("subscription_id"), request["effective_on"]
    register[tables.SUBSCRIPTION].put(
        {
            "subscription_id": subscription_id,
            "account_id": account["account_id"],
            "plan_code": plan_code,
            "service_from": on,
            "service_to": None,
        }
    )
    contract = register.rules.contracts.contract(subscription_id, plan_code, category_of(register, account), on)
    register[tables.CONTRACT].put(contract)
    for number in numbers:
        hold(register, number, subscription_id, request)
    return subscription_id


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
