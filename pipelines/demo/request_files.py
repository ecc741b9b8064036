"""Request files, JSON Lines: sign-ups and cancellations of the population, and requests that cannot be applied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.demo.nights import NIGHTS, begin_of, position
from pipelines.demo.population import Customer

Request = dict[str, Any]
_OFFICE_OPENS_UTC = 7


def request_files(night: date, people: list[Customer]) -> Iterator[tuple[str, bytes]]:
    """Give one file per channel and reseller with the requests that reach this night."""
    by_source: dict[str, list[Request]] = {}
    for customer in people:
        if customer.known_at == position(night):
            by_source.setdefault(customer.reseller or customer.channel, []).append(sign_up(customer))
        if customer.leaves_at == position(night):
            by_source.setdefault("agent", []).append(_cancellation(customer))
    for source, requests in sorted(by_source.items()):
        yield f"requests-{source}-{night}.jsonl", b"".join(map(json_line, requests))


def json_line(request: Request) -> bytes:
    """Write one request as a line."""
    return json.dumps(request, ensure_ascii=False).encode() + b"\n"


def sign_up(customer: Customer) -> Request:
    """Return a customer's sign-up request."""
    details: Request = {
        "name": customer.name,
        "category": customer.category,
        "registration_no": customer.registration_no,
        "street": customer.street,
        "postcode": customer.postcode,
        "city": customer.city,
        "country_code": "SE",
        "email": customer.email,
        "language": "sv",
    }
    subscriptions = [{"plan_code": s.plan_code, "numbers": list(s.numbers)} for s in customer.subscriptions]
    return {
        **_envelope("sign_up", customer, customer.effective_on, customer.known_at),
        "customer": details,
        "account": {"billing_day": customer.billing_day, "delivery_channel": customer.delivery_channel},
        "subscriptions": subscriptions,
    }


def _cancellation(customer: Customer) -> Request:
    if customer.leaves_at is None or customer.leaves_on is None:
        message = f"customer {customer.ordinal} does not leave"
        raise ValueError(message)
    envelope = _envelope("cancel", customer, customer.leaves_on, customer.leaves_at)
    return {**envelope, "channel": "agent", "reseller": None, "number": customer.subscriptions[0].numbers[0]}


def _envelope(kind: str, customer: Customer, effective_on: date, night_no: int) -> Request:
    """Say who asked for what and when; nobody asks before the day that precedes their first possible night."""
    asked_on = min(effective_on, NIGHTS[night_no] - timedelta(days=1))
    if kind == "cancel":
        asked_on = max(asked_on, begin_of(NIGHTS[night_no]))
    asked_at = datetime(asked_on.year, asked_on.month, asked_on.day, _OFFICE_OPENS_UTC, tzinfo=UTC)
    asked_at += timedelta(seconds=customer.ordinal % 36_000)
    return {
        "request_id": f"{kind.replace('_', '-')}-{customer.ordinal:06d}",
        "type": kind,
        "channel": customer.channel,
        "reseller": customer.reseller,
        "requested_at": asked_at.isoformat(),
        "effective_on": effective_on.isoformat(),
    }
