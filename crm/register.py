"""The register while requests are applied to it: customers, accounts, subscriptions, numbers, and what is theirs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import polars as pl

from crm.contract_changes import FEES_OF_CHANGES, ContractRules, Fee
from crm.working_table import Row, WorkingTable
from schemas import tables
from schemas.policy import Policy
from schemas.table import Table

# What `WorkingTable.where` searches in each table; a table without an entry is found by its key alone.
INDEXED: dict[Table, tuple[str, ...]] = {
    tables.CUSTOMER: (),
    tables.ACCOUNT: ("customer_id",),
    tables.SUBSCRIPTION: ("subscription_id", "account_id"),
    tables.NUMBER_ASSIGNMENT: ("a_number", "subscription_id"),
    tables.CONTRACT: ("subscription_id",),
    tables.PREFERENCE: (),
    tables.SPEND_CHOICE: (),
    tables.TOP_UP_CHOICE: (),
    tables.TOP_UP: (),
    tables.CREDIT_CHANGE: ("account_id",),
    tables.BLOCK: ("a_number",),
    tables.ALLOWANCE_ORDER: (),
    tables.APPROVAL_CASE: (),
    tables.IDENTITY_DOCUMENT: ("customer_id", "sign_up_id"),
    tables.INVOICE_BASIS: (),
    tables.NOTICE: (),
    tables.REQUEST_OUTCOME: (),
}


class SignUpCheck(NamedTuple):
    """What registers and rules say of a sign-up; without checks it is approved with the first limit of its category."""

    address_outcome: str | None = None
    credit_decision: str = "approve"
    approved_limit: Any = None
    deposit_amount: Any = None
    found: str = ""
    black_listed: str = ""


class Charged(NamedTuple):
    """A one-off fee that a request brought about, and whom it is charged to from which day on."""

    request_id: str
    fee: Fee
    account: Row
    subscription_id: int
    on: date


def is_own(request: Row) -> bool:
    """Tell whether nightbill made a request itself, for a stranger or for non-payment: it came from no file."""
    return request["file_sha256"] is None


@dataclass(frozen=True)
class Rules:
    """What the operator decided, on the business date of the run.

    `at`: the moment of the run. `allowances`: ALLOWANCE rows by code. `currencies`: those that accounts may have.
    """

    policy: Policy
    on: date
    at: datetime
    contracts: ContractRules
    resellers: frozenset[str]
    allowances: Mapping[str, Row] = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()


@dataclass
class Register:
    """The rows that pending requests may touch, and what they come to.

    `known`: rows by table, all that the requests may touch. `requests`: earlier requests that wait for a decision, by
    id. `invoices`: the customer of each invoice that is named. `checks`: what was found of each sign-up. `last_ids`:
    the highest customer, account and subscription id given.
    """

    rules: Rules
    last_ids: dict[str, int]
    known: Mapping[str, Iterable[Row]] = field(default_factory=dict)
    requests: dict[str, Row] = field(default_factory=dict)
    invoices: Mapping[int, int] = field(default_factory=dict)
    checks: Mapping[str, SignUpCheck] = field(default_factory=dict)
    fees: list[Charged] = field(default_factory=list)
    adjustments: list[tuple[Row, Any]] = field(default_factory=list)
    withdrawn: list[tuple[int, date]] = field(default_factory=list)
    _tables: dict[str, WorkingTable] = field(init=False)

    def __post_init__(self) -> None:
        self._tables = {
            table.name: WorkingTable(table, self.known.get(table.name, ()), indexed)
            for table, indexed in INDEXED.items()
        }

    def __getitem__(self, table: Table) -> WorkingTable:
        return self._tables[table.name]

    def begin(self) -> None:
        """Remember this moment: a request that is refused afterwards changes nothing."""
        self._before = list(self.fees), len(self.adjustments), len(self.withdrawn), dict(self.last_ids)
        for table in self._tables.values():
            table.begin()

    def undo(self) -> None:
        """Return to the last `begin`."""
        self.fees, adjustments, withdrawn, self.last_ids = self._before
        del self.adjustments[adjustments:], self.withdrawn[withdrawn:]
        for table in self._tables.values():
            table.undo()

    def withdraw_fees(self, subscription_id: int, on: date) -> None:
        """Take back what a change of plan was to cost on a day that will bring none; what was bought stays."""
        self.fees = [
            each
            for each in self.fees
            if (each.subscription_id, each.on) != (subscription_id, on) or not each.fee.what.startswith(FEES_OF_CHANGES)
        ]
        self.withdrawn.append((subscription_id, on))

    def next_id(self, name: str) -> int:
        """Give the next number of a series."""
        self.last_ids[name] += 1
        return self.last_ids[name]

    def midnight(self, day: date) -> datetime:
        """Return when a day begins on the operator's clock, UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.rules.policy.operator.zone).astimezone(UTC)

    def changes(self) -> dict[Table, tuple[pl.DataFrame, pl.DataFrame]]:
        """Return, by table, the rows to write and the keys to delete."""
        return {table: (self[table].changed(), self[table].removed()) for table in INDEXED}

    def is_queued(self, request_id: str) -> bool:
        """Tell whether a request waits in the manual queue."""
        outcome = self[tables.REQUEST_OUTCOME].get(request_id)
        return outcome is not None and outcome["request_state"] == "queued"

    def settle(self, request_id: str, state: str, customer_id: int | None, code: str = "", text: str = "") -> None:
        """Say what became of a request."""
        self[tables.REQUEST_OUTCOME].put(
            {
                "request_id": request_id,
                "request_state": state,
                "customer_id": customer_id,
                "reason_code": code or None,
                "reason_text": text or None,
                "applied_on": self.rules.on,
            }
        )

    def notify(
        self, kind: str, request: Row, account: Row | None, data: Row, subscription_id: int | None = None
    ) -> None:
        """Ask for a notice to the customer of an account, or to whoever sent a request that has none yet."""
        customer = self[tables.CUSTOMER].get(account["customer_id"]) if account else None
        parts = [kind, request["request_id"], *([str(subscription_id)] if subscription_id else [])]
        self[tables.NOTICE].put(
            {
                "notice_id": ":".join(parts),
                "notice_kind": kind,
                "customer_id": customer["customer_id"] if customer else None,
                "account_id": account["account_id"] if account else None,
                "subscription_id": subscription_id,
                "notice_channel": account["delivery_channel"] if account else "email",
                "language": customer["language"] if customer else self.rules.policy.operator.language,
                "notice_data": json.dumps(data, ensure_ascii=False, sort_keys=True, default=str),
                "requested_on": self.rules.on,
                "request_id": request["request_id"],
            }
        )
