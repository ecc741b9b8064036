"""A stranger who is a customer by now called before: files come late, and in any order."""

from __future__ import annotations

from datetime import date

from crm.register import Register
from crm.request_models.sign_up import SignUp
from crm.working_table import Row
from schemas import tables


def hold_from_earlier(register: Register, request: Row, wanted: SignUp) -> int | None:
    """Let a stranger hold the number from an earlier call on; None for a caller who is new, or another one's.

    `request` is a sign-up that nightbill made for a call nobody held the number at. Whoever holds it next is its caller
    when that is a stranger whom it was the number of, and nobody else held it between.
    """
    number = wanted.subscriptions[0].numbers[0]
    next_held = _next_held(register, number, request)
    version = next_held and _first_version(register, next_held["subscription_id"])
    account = version and register[tables.ACCOUNT].get(version["account_id"])
    if not next_held or not version or not account or (number, account["customer_id"]) not in register.strangers:
        return None
    register[tables.NUMBER_ASSIGNMENT].remove(next_held)
    register[tables.NUMBER_ASSIGNMENT].put(next_held | {"owned_from": request["effective_at"]})
    _serve_from(register, version, account, request["effective_on"])
    text = f"customer {account['customer_id']} called before: the number is the customer's from this call on"
    register.settle(request["request_id"], "applied", account["customer_id"], text=text)
    return int(account["customer_id"])


def _next_held(register: Register, number: str, request: Row) -> Row | None:
    held = register[tables.NUMBER_ASSIGNMENT].where("a_number", number)
    later = [
        row for row in held if row["owned_from"] > request["effective_at"] and row["owned_from"] != row["owned_to"]
    ]
    return min(later, key=lambda row: row["owned_from"], default=None)


def _first_version(register: Register, subscription_id: int) -> Row | None:
    versions = register[tables.SUBSCRIPTION].where("subscription_id", subscription_id)
    return next((row for row in versions if row["service_from"] != row["service_to"]), None)


def _serve_from(register: Register, version: Row, account: Row, on: date) -> None:
    """Let a subscription begin earlier, and account and customer with it, where they began later.

    As a version of its own: fees were charged for the days of the one that is there, and stay as they are.
    """
    if on < version["service_from"]:
        earlier = {"service_from": on, "service_to": version["service_from"]}
        register[tables.SUBSCRIPTION].put(version | earlier)
    customer = register[tables.CUSTOMER].get(account["customer_id"])
    register[tables.ACCOUNT].put(account | {"account_from": min(on, account["account_from"])})
    if customer:
        register[tables.CUSTOMER].put(customer | {"customer_from": min(on, customer["customer_from"])})
