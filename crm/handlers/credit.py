"""Limits, top-ups and blocks that people ask for, and decisions on invoice bases."""

from __future__ import annotations

import re

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
from crm.working_table import Row
from schemas import tables

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
    """Block a number, or every number that an account holds."""
    account = account_of(register, request, wanted)
    numbers = [wanted.number] if wanted.number else _numbers_of(register, request, account, wanted.subscription_id)
    free = [number for number in numbers if not _standing(register, number, wanted.barred)]
    if not free:
        raise RefusedError("ALREADY_SO", "it is blocked by request already, or holds no number; nothing to block")
    for number, subscription_id in _held(register, request, free):
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
    numbers = [wanted.number] if wanted.number else _numbers_of(register, request, account, wanted.subscription_id)
    standing = [row for number in numbers for row in _standing(register, number)]
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


def _numbers_of(register: Register, request: Row, account: Row, subscription_id: int | None) -> list[str]:
    subscriptions = [subscription_id] if subscription_id else sorted(
        {row["subscription_id"] for row in register[tables.SUBSCRIPTION].where("account_id", account["account_id"])}
    )  # fmt: skip
    held = [row for each in subscriptions for row in register[tables.NUMBER_ASSIGNMENT].where("subscription_id", each)]
    return sorted({row["a_number"] for row in held if _holds(row, request)})


def _held(register: Register, request: Row, numbers: list[str]) -> list[tuple[str, int]]:
    rows = [row for number in numbers for row in register[tables.NUMBER_ASSIGNMENT].where("a_number", number)]
    return [(row["a_number"], row["subscription_id"]) for row in rows if _holds(row, request)]


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
    decided = {"decided_by": request["actor"] or request["channel"], "decision_text": wanted.reason}
    register[tables.INVOICE_BASIS].put(basis | released | decided)
    return int(customer_id)


def _open_basis(register: Register, basis_id: str) -> Row:
    basis = register[tables.INVOICE_BASIS].get(basis_id)
    if basis is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"invoice basis {tail(basis_id)} does not exist: nightbill basis list")
    if basis["basis_state"] != "open":
        raise RefusedError("NOT_WAITING", f"the basis was released on {basis['released_on']}; it can change no more")
    account = register[tables.ACCOUNT].get(basis["account_id"]) or {}
    return {**basis, "customer_id": account.get("customer_id")}
