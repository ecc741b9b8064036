"""A customer takes back what was asked for a coming day, while that day has not come."""

from __future__ import annotations

from pydantic import ValidationError

from crm.coming_changes import rows_of
from crm.handlers.decisions import close_case
from crm.handlers.subjects import account_of, customer_of, main_account
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models import REQUEST_MODELS
from crm.request_models.contracts import Withdraw
from crm.request_models.fields import OfCustomer
from crm.working_table import Row
from schemas import tables
from schemas.table import Table


def withdraw(register: Register, request: Row, wanted: Withdraw) -> int:
    """Withdraw a request of the same customer that waits for its day, waits in the queue, or holds from a coming day.

    Raises `RefusedError`: NOT_WAITING for one that holds already, was refused or withdrawn, or is not known; NOT_OWNER;
    NOT_ALLOWED where a later request or another holder has built upon it.
    """
    customer = customer_of(register, request, wanted)
    asked = _asked(register, request, wanted.withdraws)
    outcome = register[tables.REQUEST_OUTCOME].get(wanted.withdraws)
    state = outcome["request_state"] if outcome else "waiting"
    if state in {"refused", "withdrawn"}:
        raise RefusedError("NOT_WAITING", f"request {wanted.withdraws} was {state} before; nothing to withdraw")
    if _customer_id(register, asked, outcome) != customer["customer_id"]:
        text = f"request {wanted.withdraws} is not one of customer {customer['customer_id']}; check its id"
        raise RefusedError("NOT_OWNER", text)
    if state == "queued":
        close_case(register, request, wanted.withdraws, "withdrawn")
    elif state == "applied":
        _take_back(register, wanted.withdraws)
    why = f": {wanted.reason}" if wanted.reason else ""
    text = f"withdrawn by {request['request_id']}{why}"
    register.settle(wanted.withdraws, "withdrawn", customer["customer_id"], text=text)
    names_one = wanted.account_id or wanted.subscription_id or wanted.number
    account = account_of(register, request, wanted) if names_one else main_account(register, customer)
    register.notify("change_confirmed", request, account, {"withdrawn": asked["request_type"]})
    return int(customer["customer_id"])


def _asked(register: Register, request: Row, request_id: str) -> Row:
    asked = register.pending.get(request_id) or register.requests.get(request_id)
    if asked is None:
        raise RefusedError("NOT_WAITING", f"no request {request_id} is known here; check its id")
    if asked["requested_at"] > request["requested_at"]:
        raise RefusedError(
            "NOT_WAITING", f"request {request_id} was made after this one; withdraw it again if it is meant"
        )
    return asked


def _customer_id(register: Register, asked: Row, outcome: Row | None) -> int | None:
    """Return whose a request is; None where it does not tell (a sign-up that waits, a request that will be refused)."""
    if outcome and outcome["customer_id"] is not None:
        return int(outcome["customer_id"])
    try:
        payload = REQUEST_MODELS[asked["request_type"]].model_validate_json(asked["payload"])
        return int(customer_of(register, asked, payload)["customer_id"]) if isinstance(payload, OfCustomer) else None
    except (ValidationError, RefusedError, KeyError):
        return None


def _take_back(register: Register, request_id: str) -> None:
    """Let the rows that a request has written for a coming day be what they were, and charge none of its fees."""
    changes = register[tables.COMING_CHANGE].where("request_id", request_id)
    if not changes or changes[0]["holds_from"] <= register.rules.on:
        text = (
            f"request {request_id} holds already, or has taken the place of another; ask for what is wanted from now on"
        )
        raise RefusedError("NOT_WAITING", text)
    for change in reversed(changes):
        table, before, after = rows_of(change)
        _restore(register, table, before, after)
        register[tables.COMING_CHANGE].remove(change)
    register.withdraw_request(request_id)


def _restore(register: Register, table: Table, before: Row | None, after: Row | None) -> None:
    rows = register[table]
    if rows.get(*rows.key_of(after or before or {})) != after:
        text = (
            "what it changed was changed again by a later request; withdraw that one first, or ask for another change"
        )
        raise RefusedError("NOT_ALLOWED", text)
    if before is not None:
        if table is tables.NUMBER_ASSIGNMENT:
            _require_not_given_away(register, before)
        rows.put(before)
    elif after is not None and table is tables.SUBSCRIPTION and len(_versions(register, after)) == 1:
        _never_begin(register, after)
    elif after is not None:
        rows.remove(after)


def _versions(register: Register, version: Row) -> list[Row]:
    return register[tables.SUBSCRIPTION].where("subscription_id", version["subscription_id"])


def _never_begin(register: Register, version: Row) -> None:
    """Let a subscription, whose id nobody else shall get, end before it begins, with all its numbers."""
    register[tables.SUBSCRIPTION].put(version | {"service_to": version["service_from"]})
    for held in register[tables.NUMBER_ASSIGNMENT].where("subscription_id", version["subscription_id"]):
        register[tables.NUMBER_ASSIGNMENT].put(held | {"owned_to": held["owned_from"]})


def _require_not_given_away(register: Register, wanted: Row) -> None:
    """A number that was to be free from the coming day may have been given to somebody from then on."""
    since, until = wanted["owned_from"], wanted["owned_to"]
    for held in register[tables.NUMBER_ASSIGNMENT].where("a_number", wanted["a_number"]):
        is_other = held["owned_from"] > since and held["owned_from"] != held["owned_to"]
        if is_other and (until is None or held["owned_from"] < until):
            text = f"number ...{wanted['a_number'][-3:]} was given to another subscription from then on"
            raise RefusedError("NUMBER_IN_USE", f"{text}; order a new one")
