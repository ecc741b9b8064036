"""Requests become customers, accounts, subscriptions and numbers, or are refused with a reason.

Requests are applied one after the other, in the order they were made: a number given back by one can be given to the
next. They are acts of people, thousands a night at most, so this is the one place that walks over rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from pydantic import ValidationError

from crm.refusal import RefusedError
from crm.request_models import REQUEST_MODELS, Cancel, SignUp, first_fault
from schemas import tables
from schemas.buckets import account_bucket
from schemas.policy import Policy
from schemas.table import Table

Row = dict[str, Any]


@dataclass(frozen=True)
class RegisterRows:
    """Rows to write: new customers and accounts, new or changed subscriptions and numbers, and each outcome."""

    customers: pl.DataFrame
    accounts: pl.DataFrame
    subscriptions: pl.DataFrame
    numbers: pl.DataFrame
    outcomes: pl.DataFrame


@dataclass
class Register:
    """The register while requests are applied to it.

    `plans` and `resellers` are the known codes; `held` are all NUMBER_ASSIGNMENT rows and `subscriptions` all
    SUBSCRIPTION rows that the requests may touch, `customers` the customer of each of their accounts; `last_ids` the
    highest customer, account and subscription id given.
    """

    policy: Policy
    on: date
    plans: set[str]
    resellers: set[str]
    last_ids: dict[str, int]
    held: list[Row]
    subscriptions: list[Row]
    customers: dict[int, int] = field(default_factory=dict)
    new_customers: list[Row] = field(default_factory=list)
    new_accounts: list[Row] = field(default_factory=list)
    changed_subscriptions: dict[tuple[int, date], Row] = field(default_factory=dict)
    changed_numbers: dict[tuple[str, datetime], Row] = field(default_factory=dict)
    outcomes: list[Row] = field(default_factory=list)
    by_number: dict[str, list[Row]] = field(default_factory=dict)
    by_subscription: dict[int, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.held:
            self._hold(row)

    def apply_all(self, requests: pl.DataFrame) -> RegisterRows:
        """Apply REQUEST rows in the order they were made, and return what to write."""
        for request in requests.sort("requested_at", "request_id").to_dicts():
            self.outcomes.append(self._outcome(request))
        return RegisterRows(
            customers=_frame(self.new_customers, tables.CUSTOMER),
            accounts=_frame(self.new_accounts, tables.ACCOUNT),
            subscriptions=_frame(list(self.changed_subscriptions.values()), tables.SUBSCRIPTION),
            numbers=_frame(list(self.changed_numbers.values()), tables.NUMBER_ASSIGNMENT),
            outcomes=_frame(self.outcomes, tables.REQUEST_OUTCOME),
        )

    def _outcome(self, request: Row) -> Row:
        outcome: Row = {
            "request_id": request["request_id"],
            "request_state": "applied",
            "customer_id": None,
            "reason_code": None,
            "reason_text": None,
            "applied_on": self.on,
        }
        try:
            outcome["customer_id"] = self._apply(request)
        except RefusedError as refusal:
            outcome |= {"request_state": "refused", "reason_code": refusal.code, "reason_text": refusal.text}
        return outcome

    def _apply(self, request: Row) -> int:
        """Apply a request; return its customer. Raises `RefusedError` before anything has changed."""
        model = REQUEST_MODELS.get(request["request_type"])
        if model is None:
            known = ", ".join(sorted(REQUEST_MODELS))
            raise RefusedError("UNKNOWN_REQUEST_TYPE", f"type {request['request_type']!r} is not one of {known}")
        try:
            payload = model.model_validate_json(request["payload"])
        except ValidationError as error:
            raise RefusedError("BAD_REQUEST", first_fault(error)) from None
        self._require_believable(request["effective_on"])
        if isinstance(payload, SignUp):
            return self._sign_up(request, payload)
        return self._cancel(request, payload)

    def _require_believable(self, effective_on: date) -> None:
        """A date far from tonight is a slip: it would bill years at once, or never."""
        limits = self.policy.limits
        earliest = self.on - timedelta(days=limits.request_days_back)
        latest = self.on + timedelta(days=limits.request_days_ahead)
        if not earliest <= effective_on <= latest:
            text = (
                f"effective_on {effective_on} is not between {earliest} and {latest}; send it again with another date"
            )
            raise RefusedError("BAD_REQUEST", text)

    def _sign_up(self, request: Row, wanted: SignUp) -> int:
        since = self._midnight(request["effective_on"])
        self._require_known(request, wanted)
        for number in self._numbers(wanted):
            self._require_free(number, since)
        customer_id, account_id = self._next_id("customer_id"), self._next_id("account_id")
        self.customers[account_id] = customer_id
        self.new_customers.append(
            {
                "customer_id": customer_id,
                "customer_name": wanted.customer.name,
                "customer_category": wanted.customer.category,
                **wanted.customer.model_dump(exclude={"name", "category"}),
                "customer_from": request["effective_on"],
                "request_id": request["request_id"],
            }
        )
        self.new_accounts.append(
            {
                "account_id": account_id,
                "customer_id": customer_id,
                "account_bucket": account_bucket(account_id, self.policy.store.account_buckets),
                "billing_day": wanted.account.billing_day,
                "currency": self.policy.operator.currency,
                "credit_limit": getattr(self.policy.credit, wanted.customer.category),
                "delivery_channel": wanted.account.delivery_channel,
                "reseller_code": request["reseller_code"],
                "account_from": request["effective_on"],
            }
        )
        for subscription in wanted.subscriptions:
            self._subscribe(account_id, subscription.plan_code, subscription.numbers, request["effective_on"], since)
        return customer_id

    def _subscribe(self, account_id: int, plan: str, numbers: tuple[str, ...], on: date, since: datetime) -> None:
        subscription_id = self._next_id("subscription_id")
        row: Row = {
            "subscription_id": subscription_id,
            "account_id": account_id,
            "plan_code": plan,
            "service_from": on,
            "service_to": None,
        }
        self.subscriptions.append(row)
        self.changed_subscriptions[subscription_id, on] = row
        for number in numbers:
            held = {
                "a_number": number,
                "subscription_id": row["subscription_id"],
                "owned_from": since,
                "owned_to": None,
            }
            self._hold(held)
            self.changed_numbers[number, since] = held

    def _cancel(self, request: Row, wanted: Cancel) -> int:
        """End the subscription that holds the number on the day before; an end already set may be brought forward."""
        ends_on = request["effective_on"]
        until = self._midnight(ends_on)
        holding = [row for row in self.by_number.get(wanted.number, []) if _holds(row, until)]
        if not holding:
            text = f"no subscription holds ...{wanted.number[-3:]} the day before {ends_on}; check number and date"
            raise RefusedError("UNKNOWN_SUBSCRIPTION", text)
        subscription_id = holding[0]["subscription_id"]
        versions = [row for row in self.subscriptions if row["subscription_id"] == subscription_id]
        for row in versions:
            if row["service_to"] is None or row["service_to"] > ends_on:
                row["service_to"] = max(row["service_from"], ends_on)
                self.changed_subscriptions[subscription_id, row["service_from"]] = row
        for row in self.by_subscription[subscription_id]:
            if row["owned_to"] is None or row["owned_to"] > until:
                row["owned_to"] = max(row["owned_from"], until)
                self.changed_numbers[row["a_number"], row["owned_from"]] = row
        return self.customers[versions[0]["account_id"]]

    def _require_known(self, request: Row, wanted: SignUp) -> None:
        for subscription in wanted.subscriptions:
            if subscription.plan_code not in self.plans:
                raise RefusedError("UNKNOWN_PLAN", f"plan {subscription.plan_code!r} is not in plans.csv")
        reseller = request["reseller_code"]
        if reseller is not None and reseller not in self.resellers:
            raise RefusedError("UNKNOWN_RESELLER", f"reseller {reseller!r} is not in resellers.csv")

    def _require_free(self, number: str, since: datetime) -> None:
        taken = [row for row in self.by_number.get(number, []) if row["owned_to"] is None or row["owned_to"] > since]
        if taken:
            until = taken[0]["owned_to"]
            clock = self.policy.operator.zone
            free = f"is free from {until.astimezone(clock):%Y-%m-%d}" if until else "is held without end"
            raise RefusedError("NUMBER_IN_USE", f"number ...{number[-3:]} {free}; choose another or cancel first")

    @staticmethod
    def _numbers(wanted: SignUp) -> list[str]:
        numbers = [number for subscription in wanted.subscriptions for number in subscription.numbers]
        if len(set(numbers)) < len(numbers):
            raise RefusedError("NUMBER_IN_USE", "the request names a number twice; name each once")
        return numbers

    def _hold(self, row: Row) -> None:
        self.by_number.setdefault(row["a_number"], []).append(row)
        self.by_subscription.setdefault(row["subscription_id"], []).append(row)

    def _next_id(self, name: str) -> int:
        self.last_ids[name] += 1
        return self.last_ids[name]

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.policy.operator.zone)


def _holds(row: Row, moment: datetime) -> bool:
    return bool(row["owned_from"] < moment and (row["owned_to"] is None or row["owned_to"] > moment))


def _frame(rows: list[Row], table: Table) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=table.schema, orient="row") if rows else table.empty()
