"""The register while requests are applied to it: customers, accounts, subscriptions, numbers, and what is theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from crm.coming_changes import WRITTEN_AHEAD, coming_change
from crm.contract_changes import FEES_OF_CHANGES, ContractRules, Fee
from crm.refusal import RefusedError
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
    tables.PAYER: ("account_id", "payer_account_id"),
    tables.SUBSCRIPTION_USER: ("subscription_id",),
    tables.CONTRACT: ("subscription_id",),
    tables.PREFERENCE: (),
    tables.SPEND_CHOICE: (),
    tables.TOP_UP_CHOICE: (),
    tables.TOP_UP: (),
    tables.CREDIT_CHANGE: ("account_id",),
    tables.BLOCK: ("a_number",),
    tables.ALLOWANCE_ORDER: (),
    tables.COUPON_REDEMPTION: ("coupon_code",),
    tables.INSTALMENT_PLAN: (),
    tables.APPROVAL_CASE: (),
    tables.IDENTITY_DOCUMENT: ("customer_id", "sign_up_id"),
    tables.INVOICE_BASIS: (),
    tables.INVOICE_DRAFT: ("account_id",),
    tables.CREDIT_ORDER: ("invoice_no",),
    tables.HAND_OVER: (),
    tables.WRITE_OFF: ("invoice_no",),
    tables.LEDGER_PERIOD: ("period_from",),
    tables.RECEIVABLE: (),
    tables.PAYMENT_AGREEMENT: ("account_id",),
    tables.AGREEMENT_CLAIM: ("receivable_id",),
    tables.AGREEMENT_INSTALMENT: (),
    tables.MANDATE: ("account_id", "payer_no"),
    tables.MANDATE_ORDER: (),
    tables.NOTICE: (),
    tables.REQUEST_OUTCOME: (),
    tables.COMING_CHANGE: ("request_id",),
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
    """A one-off fee that a request brought about, and whom it is charged to from which day on.

    Without a subscription it is the account's own; without a currency it is in the operator's.
    """

    request_id: str
    fee: Fee
    account: Row
    subscription_id: int | None
    on: date
    currency: str | None = None


def notice_channel(delivery_channel: str) -> str:
    """Return how notices reach a customer: as invoices do, but by e-mail where these go to the buyer's system."""
    return "email" if delivery_channel == "e_invoice" else delivery_channel


def is_own(request: Row) -> bool:
    """Tell whether nightbill made a request itself, for a stranger or for non-payment: it came from no file."""
    return request["file_sha256"] is None


@dataclass(frozen=True)
class Rules:
    """What the operator decided, on the business date of the run.

    `at`: the moment of the run. `secret`: the home's own, that codes are made with. Rows of `allowances`, `products`
    and `coupons` by their code, of customer `groups` by customer; `articles`: the numbers there are; `currencies`:
    those that accounts may have; `languages`: those that letters can be written in (none: not asked).
    """

    policy: Policy
    on: date
    at: datetime
    contracts: ContractRules
    resellers: frozenset[str]
    secret: bytes = field(repr=False)
    allowances: Mapping[str, Row] = field(default_factory=dict)
    products: Mapping[str, Row] = field(default_factory=dict)
    coupons: Mapping[str, Row] = field(default_factory=dict)
    groups: Mapping[int, list[Row]] = field(default_factory=dict)
    articles: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


def no_payments(*_: object) -> int | None:
    """Refuse what is asked of payments, where none are known."""
    raise RefusedError("UNKNOWN_PAYMENT", "no payment is known here")


@dataclass
class Register:
    """The rows that pending requests may touch, and what they come to.

    `known`: rows by table, all that the requests may touch. `requests`: earlier requests that wait for a decision, by
    id. `invoices`: the customer of each invoice that is named. `checks`: what was found of each sign-up.
    `strangers`: the numbers that strangers became customers by, each with the customer. `last_ids`: the highest
    customer, account and subscription id given. `pending`: the requests that are being applied, by id.
    `owed`: what is open of each invoice that is named, its fees among it.
    `credit`: grants a `CreditInvoice` of a request within what is left of its invoice, or says why it cannot.
    `decide_payment`: does what a request of `request_models.payments` asks, or raises `RefusedError`.
    `open_claims`: gives the RECEIVABLE rows of an account that are not fully paid, with `open_amount` and
    `credited_amount` (what credit notes and write-offs have taken off).
    """

    rules: Rules
    last_ids: dict[str, int]
    known: Mapping[str, Iterable[Row]] = field(default_factory=dict)
    requests: dict[str, Row] = field(default_factory=dict)
    invoices: Mapping[int, int] = field(default_factory=dict)
    owed: Mapping[int, Decimal] = field(default_factory=dict)
    checks: Mapping[str, SignUpCheck] = field(default_factory=dict)
    credit: Callable[[str, Any], str | None] = lambda *_: "no invoice is known here"
    open_claims: Callable[[int], list[Row]] = lambda _: []
    decide_payment: Callable[[Row, Any], int | None] = no_payments
    strangers: frozenset[tuple[str, int]] = frozenset()
    fees: list[Charged] = field(default_factory=list)
    adjustments: list[tuple[Row, Any]] = field(default_factory=list)
    withdrawn: list[tuple[int, date]] = field(default_factory=list)
    withdrawn_requests: list[str] = field(default_factory=list)
    pending: dict[str, Row] = field(default_factory=dict)
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
        self._before = list(self.fees), dict(self.last_ids)
        self._lengths = [len(each) for each in self._grown()]
        for table in self._tables.values():
            table.begin()
        self.begin_change()

    def undo(self) -> None:
        """Return to the last `begin`."""
        self.fees, self.last_ids = self._before
        for grown, length in zip(self._grown(), self._lengths, strict=True):
            del grown[length:]
        for table in self._tables.values():
            table.undo()

    def _grown(self) -> tuple[list[Any], ...]:
        return self.adjustments, self.withdrawn, self.withdrawn_requests

    def begin_change(self) -> None:
        """Remember this moment: `write_ahead` keeps what is changed from here on."""
        self._marks = {table: self[table].mark() for table in WRITTEN_AHEAD}, len(self.withdrawn)

    def write_ahead(self, request: Row, holds_from: date) -> None:
        """Keep what a request has changed until the day from which it holds, so that it can be withdrawn till then.

        Not of one whose change has taken the place of another: that one's contract and fees are gone. Nor of our own.
        """
        marks, withdrawn = self._marks
        if holds_from <= self.rules.on or len(self.withdrawn) > withdrawn or is_own(request):
            return
        changed = [(table, rows) for table in WRITTEN_AHEAD for rows in self[table].changed_since(marks[table])]
        for number, (table, rows) in enumerate(changed, 1):
            self[tables.COMING_CHANGE].put(coming_change(request["request_id"], number, holds_from, table, rows))

    def withdraw_request(self, request_id: str) -> None:
        """Take back what a request was to cost."""
        self.fees = [each for each in self.fees if each.request_id != request_id]
        self.withdrawn_requests.append(request_id)

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

    def is_settled(self, request_id: str) -> bool:
        """Tell whether it is said already what became of a request."""
        return self[tables.REQUEST_OUTCOME].get(request_id) is not None

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
                "notice_channel": notice_channel(account["delivery_channel"]) if account else "email",
                "language": customer["language"] if customer else self.rules.policy.operator.language,
                "notice_data": json.dumps(data, ensure_ascii=False, sort_keys=True, default=str),
                "requested_on": self.rules.on,
                "request_id": request["request_id"],
            }
        )
