"""Requests change the register one after the other, in the order they were made, or are refused with a reason.

A number given back by one can be given to the next. They are acts of people, thousands a night at most, so this is the
one place that walks over rows. What holds from a later day waits for it, unless its rows bear that day.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
from pydantic import ValidationError

from crm.contradictions import contradicting
from crm.handlers.by_type import HANDLERS
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models import REQUEST_MODELS, first_fault
from crm.request_models.fields import Payload
from crm.working_table import Row

# What these change has no day of its own, or depends on how things are on their day, so they wait for it.
WAIT_FOR_THEIR_DAY = frozenset(
    {
        "move",
        "update_details",
        "set_preference",
        "set_payer",
        "set_user",
        "set_spend_limit",
        "set_auto_top_up",
        "set_credit_limit",
        "add_mandate",
        "cancel_mandate",
        "block",
        "unblock",
        "hold_invoice",
        "release_invoice",
        "credit_invoice",
        "match_payment",
        "unmatch_payment",
        "book_payment",
        "unbook_payment",
        "refund_payment",
        "hand_over",
        "write_off",
        "close_period",
        "reopen_period",
        "agree_payments",
        "end_agreement",
    }
)


def apply_all(register: Register, requests: pl.DataFrame, earlier: pl.DataFrame) -> None:
    """Apply REQUEST rows that have no outcome yet, in the order they were made.

    `earlier`: REQUEST rows that were applied before and made at the same instants. The register then holds what to
    write, outcomes among it; a request that waits for its day has none.
    """
    at_once, against = _by_instant(requests, earlier), dict[datetime, dict[str, str]]()
    in_turn = requests.sort(_turn(), "request_id").to_dicts()
    register.pending = {request["request_id"]: request for request in in_turn}
    for request in in_turn:
        if register.is_settled(request["request_id"]):  # withdrawn before its turn came
            continue
        instant = request["requested_at"]
        if instant not in against:  # the register tells now, not earlier or later, whose a number is
            against[instant] = contradicting(register, at_once[instant])
        register.begin()
        try:
            payload = _read(register, request, against[instant])
            if not waits(request, register.rules.on):
                _apply(register, request, payload)
        except RefusedError as refusal:
            register.undo()
            register.settle(request["request_id"], "refused", None, refusal.code, refusal.text)


def _by_instant(requests: pl.DataFrame, earlier: pl.DataFrame) -> dict[datetime, list[Row]]:
    """Gather requests by the instant they were made at."""
    gathered: dict[datetime, list[Row]] = {}
    for row in [*earlier.to_dicts(), *requests.to_dicts()]:
        gathered.setdefault(row["requested_at"], []).append(row)
    return gathered


def _turn() -> pl.Expr:
    """Return when a request's turn comes: when it was made, or on its day if it had to wait for that."""
    waited = pl.col("request_type").is_in(sorted(WAIT_FOR_THEIR_DAY))
    on_its_day = pl.max_horizontal("requested_at", "effective_at")
    return pl.when(waited).then(on_its_day).otherwise("requested_at")


def waits(request: Row, on: date) -> bool:
    """Tell whether a request waits for its day."""
    return request["request_type"] in WAIT_FOR_THEIR_DAY and request["effective_on"] > on


def _read(register: Register, request: Row, against: dict[str, str]) -> Payload:
    model = REQUEST_MODELS.get(request["request_type"])
    if model is None:
        known = ", ".join(sorted(REQUEST_MODELS))
        raise RefusedError("UNKNOWN_REQUEST_TYPE", f"type {request['request_type']!r} is not one of {known}")
    _require_believable(register, request["effective_on"])
    _require_made_before(register, request["requested_at"])
    try:
        payload = model.model_validate_json(request["payload"])
    except ValidationError as error:
        raise RefusedError("BAD_REQUEST", first_fault(error)) from None
    if request["request_id"] in against:
        raise RefusedError("CONTRADICTION", against[request["request_id"]])
    return payload


def _apply(register: Register, request: Row, payload: Payload) -> None:
    customer_id = HANDLERS[request["request_type"]](register, request, payload)
    if not register.is_settled(request["request_id"]):
        register.settle(request["request_id"], "applied", customer_id)


def _require_believable(register: Register, effective_on: date) -> None:
    """A date far from tonight is a slip: it would bill years at once, or never."""
    limits, on = register.rules.policy.limits, register.rules.on
    earliest = on - timedelta(days=limits.request_days_back)
    latest = on + timedelta(days=limits.request_days_ahead)
    if not earliest <= effective_on <= latest:
        text = f"effective_on {effective_on} is not between {earliest} and {latest}; send it again with another date"
        raise RefusedError("BAD_REQUEST", text)


def _require_made_before(register: Register, requested_at: datetime) -> None:
    """A moment of asking far ahead is a slip, too: changes and notice are counted from it."""
    rules = register.rules
    latest = max(rules.on, rules.at.date()) + timedelta(days=rules.policy.limits.request_days_ahead)
    if requested_at.date() > latest:
        text = f"requested_at {requested_at.date()} is after {latest}; send it again with the time when it was asked"
        raise RefusedError("BAD_REQUEST", text)
