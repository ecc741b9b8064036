"""Two requests made at the same instant about the same thing: which of them holds nobody can say, so neither does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from crm.working_table import Row

# What of its subject a request decides; types without an entry (notes, messages, disputes, top-ups) contradict nothing.
ASPECTS = {
    "sign_up": "number", "add_number": "number", "remove_number": "number", "port": "number",
    "change_plan": "plan", "upgrade": "plan", "downgrade": "plan", "cancel": "plan",
    "block": "block", "unblock": "block", "move": "details", "update_details": "details",
    "set_spend_limit": "spend limit", "set_auto_top_up": "top-up", "set_credit_limit": "credit limit",
    "set_preference": "preference", "decide": "decision", "adjust": "basis", "release_basis": "basis",
    "hold_invoice": "invoice", "release_invoice": "invoice", "credit_invoice": "credit",
}  # fmt: skip
_SUBJECTS = ("number", "subscription_id", "account_id", "customer_id", "case", "basis_id", "invoice_no")
# Of these the narrowest that is named is the subject; what stands beside it only has to fit.
_OF_THE_NARROWEST = ("number", "plan", "block", "spend limit", "preference")

Claim = tuple[datetime, str, str]


def contradicting(requests: pl.DataFrame, earlier: pl.DataFrame) -> dict[str, str]:
    """Return the reason for each of `requests` that contradicts another, or one of the `earlier` ones.

    Both are REQUEST rows. Requests contradict each other when they were made at the same instant, name the same
    subject, decide the same of it (`ASPECTS`), and do not say the same.
    """
    claims: dict[Claim, dict[str, Row]] = {}
    for row in [*earlier.to_dicts(), *requests.to_dicts()]:
        for claim in _claims(row):
            claims.setdefault(claim, {})[row["request_id"]] = row
    found: dict[str, str] = {}
    for (moment, aspect, _), rows in claims.items():
        if len({(row["request_type"], row["payload"]) for row in rows.values()}) > 1:
            for request_id in rows:
                others = ", ".join(sorted(set(rows) - {request_id})[:3])
                found[request_id] = f"made at {moment:%Y-%m-%d %H:%M:%S} UTC, as {others} was, of the same {aspect}"
    asked = set(requests["request_id"])
    return {request_id: text for request_id, text in found.items() if request_id in asked}


def _claims(row: Row) -> Iterator[Claim]:
    aspect = ASPECTS.get(row["request_type"])
    payload = _object(row["payload"])
    if aspect is None:
        return
    if row["request_type"] == "set_preference":
        aspect = f"{aspect} {payload.get('preference')}"
    if row["request_type"] == "adjust":
        aspect = f"line {payload.get('article_no')} {payload.get('charge_id')} of the basis"
    for subject in _subjects(row["request_type"], payload):
        yield row["requested_at"], aspect, subject


def _subjects(request_type: str, payload: dict[str, Any]) -> list[str]:
    if request_type == "sign_up":
        subscriptions = payload.get("subscriptions")
        listed = list(subscriptions.values()) if isinstance(subscriptions, dict) else subscriptions
        if not isinstance(listed, list):
            return []  # the sign-up is refused for it
        return [f"number {number}" for each in listed for number in _numbers(each)]
    moved = {"add_number": "new_number", "port": "ported_number"}.get(request_type)
    if moved:
        return [f"number {payload[moved]}"] if payload.get(moved) else []
    named = [f"{name} {payload[name]}" for name in _SUBJECTS if payload.get(name)]
    return named[:1] if ASPECTS[request_type] in _OF_THE_NARROWEST else named


def _numbers(subscription: Any) -> list[Any]:
    numbers = subscription.get("numbers", ()) if isinstance(subscription, dict) else ()
    return numbers.split() if isinstance(numbers, str) else list(numbers) if isinstance(numbers, list) else []


def _object(payload: str) -> dict[str, Any]:
    fields = json.loads(payload)
    return fields if isinstance(fields, dict) else {}
