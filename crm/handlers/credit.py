"""Limits, top-ups and blocks that people ask for, and decisions on invoice bases."""

from __future__ import annotations

import re

from crm.decided_by import decision
from crm.handlers.subjects import account_of, subscription_of, tail
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.credit import (
    Adjust,
    Block,
    ReleaseBasis,
    SetAutoTopUp,
    SetCreditLimit,
    SetSpendLimit,
    TopUp,
    Unblock,
)
from crm.request_models.fields import OfAccount
from crm.working_table import Row
from schemas import tables
from schemas.codes import LINE_PREFIX

_NAME_OF_ORDER = re.compile(r"\d+:\d+")  # what `rating.automatic_top_up` gives: account and ordinal


def set_spend_limit(register: Register, request: Row, wanted: SetSpendLimit) -> int:
    """Set or remove a subscription's own spend limit."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    choices, key = register[tables.SPEND_CHOICE], (version["subscription_id"], wanted.period)
    row = {"subscription_id": key[0], "spend_period": key[1]}
    if wanted.amount is not None:
        limit = {"spend_limit_amount": wanted.amount, "barred": wanted.barred}
        choices.put(row | limit | _set(register, request))
    elif choices.get(*key):
        choices.remove(row)
    else:
        raise RefusedError("ALREADY_SO", "there is no spend limit to remove")
    return int(account["customer_id"])


def set_auto_top_up(register: Register, request: Row, wanted: SetAutoTopUp) -> int:
    """Set or remove automatic top-up."""
    account = account_of(register, request, wanted)
    choices, row = register[tables.TOP_UP_CHOICE], {"account_id": account["account_id"]}
    if wanted.amount is not None:
        amounts = {
            "threshold_amount": wanted.threshold,
            "top_up_amount": wanted.amount,
            "month_ceiling": wanted.month_ceiling,
        }
        choices.put(row | amounts | _set(register, request))
    elif choices.get(account["account_id"]):
        choices.remove(row)
    else:
        raise RefusedError("ALREADY_SO", "automatic top-up is off already")
    return int(account["customer_id"])


def _set(register: Register, request: Row) -> Row:
    return {"set_on": register.rules.on, "request_id": request["request_id"]}


def top_up(register: Register, request: Row, wanted: TopUp) -> int:
    """Keep that an account was topped up: settling makes credit of it. An automatic order is answered once."""
    account = account_of(register, request, wanted)
    ordered = register[tables.TOP_UP].get(wanted.top_up_id) if wanted.top_up_id else None
    if wanted.top_up_id is None and _NAME_OF_ORDER.fullmatch(request["request_id"]):
        text = f"request_id: {request['request_id']} names an automatic order; say so in top_up_id, or use another name"
        raise RefusedError("BAD_REQUEST", text)
    if wanted.top_up_id and (ordered is None or ordered["account_id"] != account["account_id"]):
        raise RefusedError("NOT_OWNER", f"top-up {wanted.top_up_id} is not of this account; check its number")
    if ordered and ordered["paid_on"]:
        raise RefusedError("NOT_WAITING", f"top-up {wanted.top_up_id} was paid on {ordered['paid_on']} before")
    if ordered and ordered["amount"] != wanted.amount:
        raise RefusedError("BAD_REQUEST", f"amount: {ordered['amount']} was ordered; send the amount that was paid")
    made = {
        "top_up_id": request["request_id"],
        "account_id": account["account_id"],
        "top_up_kind": "paid",
        "amount": wanted.amount,
        "currency": account["currency"],
        "ordered_on": register.rules.on,
        "request_id": request["request_id"],
    }
    register[tables.TOP_UP].put((ordered or made) | {"paid_on": register.rules.on})
    return int(account["customer_id"])


def block(register: Register, request: Row, wanted: Block) -> int:
    """Block a number, or every line of a subscription or account: its numbers, or itself where it holds none."""
    account = account_of(register, request, wanted)
    lines = _lines_of(register, request, account, wanted)
    if wanted.barred != "all":
        lines = _that_call(lines)
    free = {line: of for line, of in lines.items() if not _standing(register, line, wanted.barred)}
    if not free:
        raise RefusedError("ALREADY_SO", "it is blocked by request already, or in service no longer; nothing to block")
    for number, subscription_id in free.items():
        earlier = register[tables.BLOCK].where("a_number", number)
        ordinal = 1 + sum(row["block_cause"] == "request" for row in earlier)
        register[tables.BLOCK].put(
            {
                "block_id": f"request:{number}:{ordinal}",
                "a_number": number,
                "subscription_id": subscription_id,
                "account_id": account["account_id"],
                "block_reason": wanted.reason,
                "block_cause": "request",
                "barred": wanted.barred,
                "prompt": register.rules.policy.credit.blocked_prompt,
                "blocked_on": register.rules.on,
                "blocked_at": register.rules.at,
                "request_id": request["request_id"],
                "note_text": wanted.note,
            }
        )
    register.notify("blocked", request, account, {"reason": wanted.reason, "barred": wanted.barred})
    return int(account["customer_id"])


def unblock(register: Register, request: Row, wanted: Unblock) -> int:
    """Lift the blocks that were made by request; those of credit, spend and the black list have their own end."""
    account = account_of(register, request, wanted)
    meant = _lines_of(register, request, account, wanted)
    # A subscription may have been blocked before it held a number.
    own = () if wanted.number else (f"{LINE_PREFIX}{each}" for each in meant.values())
    standing = [row for line in dict.fromkeys((*meant, *own)) for row in _standing(register, line)]
    if not standing:
        text = "no block by request stands; a block for another cause is lifted when its cause ends"
        raise RefusedError("ALREADY_SO", text)
    for row in standing:
        register[tables.BLOCK].put(row | {"unblocked_on": register.rules.on, "unblocked_at": register.rules.at})
    register.notify("unblocked", request, account, {"numbers": len(standing)})
    return int(account["customer_id"])


def _standing(register: Register, number: str, barred: str | None = None) -> list[Row]:
    return [
        row
        for row in register[tables.BLOCK].where("a_number", number)
        if row["block_cause"] == "request" and row["unblocked_on"] is None and barred in {None, row["barred"]}
    ]


def _lines_of(register: Register, request: Row, account: Row, wanted: OfAccount) -> dict[str, int]:
    """Return the subscription of each line that is meant: one number, or all lines of a subscription or account."""
    if wanted.number:
        held = register[tables.NUMBER_ASSIGNMENT].where("a_number", wanted.number)
        return {row["a_number"]: row["subscription_id"] for row in held if _holds(row, request)}
    in_force = {
        row["subscription_id"]
        for row in register[tables.SUBSCRIPTION].where("account_id", account["account_id"])
        if row["service_from"] <= request["effective_on"] and not _is_over(row, request)
    }
    named = {wanted.subscription_id} if wanted.subscription_id else in_force
    return {line: each for each in sorted(named & in_force) for line in _lines(register, request, each)}


def _lines(register: Register, request: Row, subscription_id: int) -> list[str]:
    """Return the numbers that a subscription holds at the request's moment, or its own line where it holds none."""
    held = register[tables.NUMBER_ASSIGNMENT].where("subscription_id", subscription_id)
    numbers = sorted(row["a_number"] for row in held if _holds(row, request))
    return numbers or [f"{LINE_PREFIX}{subscription_id}"]


def _that_call(lines: dict[str, int]) -> dict[str, int]:
    """Leave out lines without a number: of what calls nobody, premium numbers and abroad cannot be barred."""
    numbered = {line: of for line, of in lines.items() if not line.startswith(LINE_PREFIX)}
    if lines and not numbered:
        raise RefusedError("NOT_ALLOWED", "a subscription without a number calls nobody: only all of it can be barred")
    return numbered


def _is_over(version: Row, request: Row) -> bool:
    return version["service_to"] is not None and version["service_to"] <= request["effective_on"]


def _holds(row: Row, request: Row) -> bool:
    at = request["effective_at"]
    return bool(row["owned_from"] <= at and (row["owned_to"] is None or row["owned_to"] > at))


def set_credit_limit(register: Register, request: Row, wanted: SetCreditLimit) -> int:
    """Give an account another credit limit."""
    account = account_of(register, request, wanted)
    if account["credit_limit"] == wanted.amount:
        raise RefusedError("ALREADY_SO", f"the limit is {wanted.amount} already")
    changes = register[tables.CREDIT_CHANGE].where("account_id", account["account_id"])
    register[tables.CREDIT_CHANGE].put(
        {
            "account_id": account["account_id"],
            "change_no": len(changes) + 1,
            "old_limit": account["credit_limit"],
            "credit_limit": wanted.amount,
            "change_cause": "request",
            "changed_on": register.rules.on,
            "request_id": request["request_id"],
        }
    )
    register[tables.ACCOUNT].put(account | {"credit_limit": wanted.amount})
    return int(account["customer_id"])


def adjust(register: Register, request: Row, wanted: Adjust) -> int:
    """Let a line of an open basis become cheaper; what it comes to is counted where charges are."""
    customer_id = _open_basis(register, wanted.basis_id)["customer_id"]
    register.adjustments.append((request, wanted))
    return int(customer_id)


def release_basis(register: Register, request: Row, wanted: ReleaseBasis) -> int:
    """Release an open basis: it becomes an invoice when bills are made next."""
    basis = _open_basis(register, wanted.basis_id)
    customer_id = basis.pop("customer_id")
    released = {"basis_state": "released", "released_on": register.rules.on}
    register[tables.INVOICE_BASIS].put(basis | released | decision(request, wanted.reason))
    return int(customer_id)


def _open_basis(register: Register, basis_id: str) -> Row:
    basis = register[tables.INVOICE_BASIS].get(basis_id)
    if basis is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"invoice basis {tail(basis_id)} does not exist: nightbill basis list")
    if basis["basis_state"] != "open":
        raise RefusedError("NOT_WAITING", f"the basis was released on {basis['released_on']}; it can change no more")
    account = register[tables.ACCOUNT].get(basis["account_id"]) or {}
    return {**basis, "customer_id": account.get("customer_id")}
