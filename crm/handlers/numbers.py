"""Numbers come to a subscription, leave it, and are ported: each belongs to one subscription at a time."""

from __future__ import annotations

from crm.handlers.activation import hold
from crm.handlers.products import porting_fee
from crm.handlers.sign_ups import require_free
from crm.handlers.subjects import account_of, subscription_of, tail
from crm.refusal import RefusedError
from crm.register import Charged, Register
from crm.request_models.contracts import AddNumber, Port, RemoveNumber
from crm.working_table import Row
from schemas import tables


def add_number(register: Register, request: Row, wanted: AddNumber) -> int:
    """Give a subscription one more number."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    require_free(register, wanted.new_number, request["effective_at"])
    hold(register, wanted.new_number, version["subscription_id"], request)
    register.write_ahead(request, request["effective_on"])
    register.notify("change_confirmed", request, account, {"number": wanted.new_number}, version["subscription_id"])
    return int(account["customer_id"])


def remove_number(register: Register, request: Row, wanted: RemoveNumber) -> int:
    """Take a number from its subscription, which stays."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    _give_back(register, request, wanted.number, version["subscription_id"])
    register.write_ahead(request, request["effective_on"])
    register.notify("change_confirmed", request, account, {"number_removed": wanted.number}, version["subscription_id"])
    return int(account["customer_id"])


def port(register: Register, request: Row, wanted: Port) -> int:
    """Take over a number from another operator, or let one go there."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    number = wanted.ported_number
    if wanted.direction == "in":
        require_free(register, number, request["effective_at"])
        hold(register, number, version["subscription_id"], request)
    else:
        _give_back(register, request, number, version["subscription_id"])
    fees = (
        Charged(request["request_id"], fee, account, version["subscription_id"], request["effective_on"])
        for fee in porting_fee(register, wanted.direction)
    )
    register.fees += fees
    data = {"number": number, "direction": wanted.direction, "other_operator": wanted.other_operator}
    register.write_ahead(request, request["effective_on"])
    register.notify("change_confirmed", request, account, data, version["subscription_id"])
    return int(account["customer_id"])


def _give_back(register: Register, request: Row, number: str, subscription_id: int) -> None:
    """End the ownership in force at the request's moment; it must be this subscription's."""
    at = request["effective_at"]
    held = [
        row
        for row in register[tables.NUMBER_ASSIGNMENT].where("a_number", number)
        if row["owned_from"] <= at and (row["owned_to"] is None or row["owned_to"] > at)
    ]
    if not held or held[0]["subscription_id"] != subscription_id:
        raise RefusedError("NOT_OWNER", f"{tail(number)} is not held by subscription {subscription_id} by then")
    register[tables.NUMBER_ASSIGNMENT].put(held[0] | {"owned_to": at})
