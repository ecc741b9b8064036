"""Two requests made at the same instant about the same thing: which of them holds nobody can say, so neither does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crm.handlers.subjects import subscription_at
from crm.register import Register
from crm.working_table import Row
from schemas import tables

# What of its subject a request decides; types without an entry (notes, messages, disputes, top-ups) contradict nothing.
ASPECTS = {
    "sign_up": "number", "add_number": "number", "remove_number": "number", "port": "number",
    "change_plan": "plan", "upgrade": "plan", "downgrade": "plan", "cancel": "plan",
    "block": "block", "unblock": "block", "move": "details", "update_details": "details",
    "set_spend_limit": "spend limit", "set_auto_top_up": "top-up", "set_credit_limit": "credit limit",
    "set_preference": "preference", "set_payer": "payer", "set_user": "user",
    "decide": "decision", "adjust": "basis", "release_basis": "basis",
    "hold_invoice": "invoice", "release_invoice": "invoice", "agree_payments": "agreement",
    "close_period": "period", "reopen_period": "period",
    "add_mandate": "mandate", "cancel_mandate": "mandate",
}  # fmt: skip
_NAMES = ("number", "subscription_id", "account_id", "customer_id")
# Whose each of these matters is, however a request names them. What is not listed is decided of what it names itself.
_OF_SUBSCRIPTION, _OF_CUSTOMER = {"plan", "spend limit", "user"}, {"details"}
_OF_ACCOUNT = {"top-up", "credit limit", "invoice", "payer", "agreement", "mandate"}
_OF_ACCOUNT_PREFERENCES, _OF_CUSTOMER_PREFERENCES = {"delivery_channel", "invoice_layout", "itemisation"}, {"language"}

Claim = tuple[str, str]


def contradicting(register: Register, requests: list[Row]) -> dict[str, str]:
    """Return the reason for each of some REQUEST rows of one instant that contradicts another of them.

    They contradict each other when they are about the same subject, decide the same of it (`ASPECTS`), and do not say
    the same. A subject may be named in several ways (a number, the subscription that holds it): the register tells.
    """
    claims: dict[Claim, dict[str, Row]] = {}
    for row in requests:
        for claim in _claims(register, row):
            claims.setdefault(claim, {})[row["request_id"]] = row
    found: dict[str, str] = {}
    for (aspect, _), rows in claims.items():
        if len({_said(row) for row in rows.values()}) > 1:
            for request_id, row in rows.items():
                others = ", ".join(sorted(set(rows) - {request_id})[:3])
                moment = f"{row['requested_at']:%Y-%m-%d %H:%M:%S}"
                found[request_id] = f"made at {moment} UTC, as {others} was, of the same {aspect}"
    return found


def _said(row: Row) -> tuple[str, str]:
    """Return what a request says of its subject, however it names that."""
    payload = _object(row["payload"])
    return row["request_type"], json.dumps({k: v for k, v in payload.items() if k not in _NAMES}, sort_keys=True)


def _claims(register: Register, row: Row) -> Iterator[Claim]:
    aspect = ASPECTS.get(row["request_type"])
    payload = _object(row["payload"])
    if aspect is None:
        return
    subjects = _subjects(register, row, aspect, payload)
    if aspect == "preference":
        aspect = f"{aspect} {payload.get('preference')}"
    if row["request_type"] == "adjust":
        aspect = f"line {payload.get('article_no')} {payload.get('charge_id')} of the basis"
    for subject in subjects:
        yield aspect, subject


def _subjects(register: Register, row: Row, aspect: str, payload: dict[str, Any]) -> list[str]:
    if aspect == "number":
        return [f"number {number}" for number in _numbers_wanted(row["request_type"], payload)]
    if aspect in {"decision", "basis", "period"}:
        return [f"{name} {payload[name]}" for name in ("case", "basis_id", "period") if payload.get(name)]
    if aspect == "block":
        return _lines(register, row, payload)
    return _owner(register, row, payload, _kind_of_owner(aspect, payload))


def _kind_of_owner(aspect: str, payload: dict[str, Any]) -> str:
    """Return what a matter is decided of: the column of its subject."""
    preference = payload.get("preference") if aspect == "preference" else None
    if aspect in _OF_ACCOUNT or preference in _OF_ACCOUNT_PREFERENCES:
        return "account_id"
    if aspect in _OF_CUSTOMER or preference in _OF_CUSTOMER_PREFERENCES:
        return "customer_id"
    is_of_subscription = payload.get("number") or payload.get("subscription_id")
    return "subscription_id" if aspect in _OF_SUBSCRIPTION or is_of_subscription else "customer_id"


def _owner(register: Register, row: Row, payload: dict[str, Any], kind: str) -> list[str]:
    """Return the one subscription, account or customer that a request is about; unknown, by the name it gives."""
    found = {name: _whole(payload.get(name)) for name in _NAMES[1:]}
    number = payload.get("number")
    if number and not found["subscription_id"]:
        found["subscription_id"] = subscription_at(register, str(number), row["effective_at"])
    if found["subscription_id"]:
        versions = register[tables.SUBSCRIPTION].where("subscription_id", found["subscription_id"])
        found["account_id"] = versions[-1]["account_id"] if versions else found["account_id"]
    account = register[tables.ACCOUNT].get(found["account_id"])
    if account:
        found["customer_id"] = account["customer_id"]
    elif kind == "account_id" and found["customer_id"]:
        accounts = register[tables.ACCOUNT].where("customer_id", found["customer_id"])
        found["account_id"] = accounts[0]["account_id"] if accounts else None
    if found[kind]:
        return [f"{kind} {found[kind]}"]
    return [f"{name} {payload[name]}" for name in _NAMES if payload.get(name)][:1]


def _lines(register: Register, row: Row, payload: dict[str, Any]) -> list[str]:
    """Return the numbers that a block is about: the one it names, or those of what it names, and that itself."""
    if payload.get("number"):
        return [f"number {payload['number']}"]
    named = _owner(register, row, payload, "subscription_id" if payload.get("subscription_id") else "account_id")
    kind, _, value = (named or [""])[0].partition(" ")
    subscriptions = [{"subscription_id": _whole(value)}]
    if kind == "account_id":
        subscriptions = register[tables.SUBSCRIPTION].where("account_id", _whole(value))
    ids = sorted({int(each["subscription_id"]) for each in subscriptions if each["subscription_id"]})
    held = [each for one in ids for each in register[tables.NUMBER_ASSIGNMENT].where("subscription_id", one)]
    numbers = sorted({each["a_number"] for each in held if not _is_over(each, row)})
    return [*named, *(f"subscription_id {one}" for one in ids), *(f"number {number}" for number in numbers)]


def _is_over(held: Row, row: Row) -> bool:
    return held["owned_to"] is not None and held["owned_to"] <= row["effective_at"]


def _numbers_wanted(request_type: str, payload: dict[str, Any]) -> list[Any]:
    if request_type == "sign_up":
        subscriptions = payload.get("subscriptions")
        listed = list(subscriptions.values()) if isinstance(subscriptions, dict) else subscriptions
        return [number for each in listed for number in _numbers(each)] if isinstance(listed, list) else []
    named = {"add_number": "new_number", "port": "ported_number"}.get(request_type, "number")
    return [payload[named]] if payload.get(named) else []


def _numbers(subscription: Any) -> list[Any]:
    numbers = subscription.get("numbers", ()) if isinstance(subscription, dict) else ()
    return numbers.split() if isinstance(numbers, str) else list(numbers) if isinstance(numbers, list) else []


def _whole(value: Any) -> int | None:
    """Return a whole number that may be written as text; a request with anything else is refused for it."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 (fits 64 bits)


def _object(payload: str) -> dict[str, Any]:
    fields = json.loads(payload)
    return fields if isinstance(fields, dict) else {}
