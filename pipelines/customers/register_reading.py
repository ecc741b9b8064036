"""What pending requests may touch: the part of the register that they are applied to, however large the whole is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from crm.provisioning import line_of_subscription
from pipelines.lake.store import Store
from schemas import tables
from schemas.table import Table

_WHOLE = ("customer_id", "account_id", "subscription_id", "invoice_no")
# Which column a field of a payload is looked up in.
_IDS = {
    **{name: name for name in _WHOLE}, "case": "request_id", "sign_up": "request_id", "basis_id": "basis_id",
    "top_up_id": "top_up_id", "withdraws": "withdrawn", "coupon_code": "coupon_code",
    "payer_account_id": "account_id", "agreement_id": "agreement_id", "mandate_id": "mandate_id",
    "payer_no": "payer_no",
}  # fmt: skip
_OWN_SIGN_UP = (pl.col("request_type") == "sign_up") & pl.col("file_sha256").is_null()
_OF_ACCOUNT = (tables.TOP_UP_CHOICE, tables.CREDIT_CHANGE, tables.INVOICE_DRAFT)
_OF_SUBSCRIPTION = (tables.CONTRACT, tables.SPEND_CHOICE, tables.SUBSCRIPTION_USER)


@dataclass
class Named:
    """What payloads name: values by the column they are looked up in; telephone numbers among them."""

    values: dict[str, set[Any]] = field(default_factory=dict)

    def add(self, payload: object) -> None:
        """Collect what a payload names; one value too many does no harm, the register is only read by it."""
        for name, value in _members(payload):
            if isinstance(value, str) and value.isdigit():
                self.of("a_number").add(value)
            column = _IDS.get(name)
            if column and isinstance(value, (str, int)) and not isinstance(value, bool):
                if column not in _WHOLE:
                    self.of(column).add(str(value))
                elif re.fullmatch(r"[0-9]{1,18}", str(value)):
                    self.of(column).add(int(value))

    def of(self, column: str) -> set[Any]:
        """Return the values of a column."""
        return self.values.setdefault(column, set())

    def frame(self, column: str) -> pl.DataFrame:
        """Return the values of a column as keys to look up."""
        dtype = pl.Int64() if column in _WHOLE else pl.String()
        return pl.DataFrame({column: sorted(self.of(column))}, schema={column: dtype})


def _members(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _members(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _members(each, name)
    elif name == "numbers" and isinstance(value, str):
        yield from ((name, each) for each in value.split())
    else:
        yield name, value


class Touchable(NamedTuple):
    """Rows by table, by id the requests in the queue that may be decided, and the customer of each invoice named.

    `strangers`: numbers that strangers became customers by, with the customer, read where strangers call.
    """

    known: dict[str, list[dict[str, Any]]]
    waiting: dict[str, dict[str, Any]]
    invoices: dict[int, int]
    strangers: frozenset[tuple[str, int]]


def read_touched(store: Store, requests: pl.DataFrame) -> Touchable:
    """Read what REQUEST rows may touch."""
    named = Named()
    for payload in requests["payload"]:
        named.add(json.loads(payload))
    withdrawn = named.frame("withdrawn").rename({"withdrawn": "request_id"})
    waiting = _waiting(store, named, withdrawn)
    for payload in waiting["payload"]:
        named.add(json.loads(payload))
    known = _closure(store, named)
    known[tables.APPROVAL_CASE] = store.read_matching(tables.APPROVAL_CASE, waiting.select("request_id"))
    known |= _by_key(store, named, known)
    for table in (tables.REQUEST_OUTCOME, tables.COMING_CHANGE):
        known[table] = store.read_matching(table, withdrawn)
    if withdrawn.height:  # a number that was to be free may have been given away by now
        numbers = known[tables.NUMBER_ASSIGNMENT].select("a_number")
        known[tables.NUMBER_ASSIGNMENT] = store.read_matching(tables.NUMBER_ASSIGNMENT, numbers)
    rows = {table.name: frame.sort(table.key).to_dicts() for table, frame in known.items()}
    invoices = store.read_matching(tables.INVOICE, named.frame("invoice_no")).select("invoice_no", "customer_id")
    strangers = _strangers(store, requests, known[tables.CUSTOMER])
    return Touchable(
        rows, {row["request_id"]: row for row in waiting.to_dicts()}, dict(invoices.iter_rows()), strangers
    )


def _strangers(store: Store, requests: pl.DataFrame, customers: pl.DataFrame) -> frozenset[tuple[str, int]]:
    """Read which of these customers began as strangers, by which number."""
    if requests.filter(_OWN_SIGN_UP).is_empty():
        return frozenset()
    theirs = store.read_matching(tables.REQUEST, customers.select("request_id")).filter(_OWN_SIGN_UP)
    began = customers.select("customer_id", "request_id").join(theirs.select("request_id", "payload"), on="request_id")
    numbers = began.with_columns(pl.col("payload").str.json_path_match("$.subscriptions[0].numbers[0]"))
    return frozenset(numbers.drop_nulls().select("payload", "customer_id").iter_rows())


def _waiting(store: Store, named: Named, withdrawn: pl.DataFrame) -> pl.DataFrame:
    """Read requests: in the queue and named, waiting for a proof of a customer who brings one, or withdrawn."""
    cases = store.read_matching(tables.APPROVAL_CASE, named.frame("request_id"))
    proofs = store.read(tables.APPROVAL_CASE, "case_state = 'waiting' AND waits_for = 'identity'")
    ids = pl.concat([each.select("request_id") for each in (cases, proofs, withdrawn)]).unique()
    return store.read_matching(tables.REQUEST, ids).sort("request_id")


def _closure(store: Store, named: Named) -> dict[Table, pl.DataFrame]:
    """Read the customers that are named, in whichever way, with all their accounts, subscriptions and numbers."""
    bases = store.read_matching(tables.INVOICE_BASIS, named.frame("basis_id"))
    agreements = store.read_matching(tables.PAYMENT_AGREEMENT, named.frame("agreement_id"))
    direct = store.read_matching(tables.NUMBER_ASSIGNMENT, named.frame("a_number"))
    named.of("subscription_id").update(direct["subscription_id"])
    subscriptions = store.read_matching(tables.SUBSCRIPTION, named.frame("subscription_id"))
    named.of("account_id").update(subscriptions["account_id"], bases["account_id"], agreements["account_id"])
    accounts = store.read_matching(tables.ACCOUNT, named.frame("account_id"))
    named.of("customer_id").update(accounts["customer_id"])
    accounts = store.read_matching(tables.ACCOUNT, named.frame("customer_id"))
    subscriptions = store.read_matching(tables.SUBSCRIPTION, accounts.select("account_id"))
    held = store.read_matching(tables.NUMBER_ASSIGNMENT, subscriptions.select("subscription_id"))
    return {
        tables.CUSTOMER: store.read_matching(tables.CUSTOMER, named.frame("customer_id")),
        tables.ACCOUNT: accounts,
        tables.SUBSCRIPTION: subscriptions,
        tables.NUMBER_ASSIGNMENT: pl.concat([held, direct]).unique(),
        tables.INVOICE_BASIS: bases,
    }


def _by_key(store: Store, named: Named, known: dict[Table, pl.DataFrame]) -> dict[Table, pl.DataFrame]:
    """Read what hangs on the customers, accounts, subscriptions and numbers that are `known`."""
    accounts, subscriptions = (
        known[table].select(key).unique()
        for table, key in ((tables.ACCOUNT, "account_id"), (tables.SUBSCRIPTION, "subscription_id"))
    )
    sign_ups = known[tables.APPROVAL_CASE].select(pl.col("request_id").alias("sign_up_id"))
    documents = [
        store.read_matching(tables.IDENTITY_DOCUMENT, sign_ups),
        store.read_matching(tables.IDENTITY_DOCUMENT, known[tables.CUSTOMER].select("customer_id")),
    ]
    own = subscriptions.select(line_of_subscription().alias("a_number"))
    lines = pl.concat([known[tables.NUMBER_ASSIGNMENT].select("a_number"), own])
    agreements = store.read_matching(tables.PAYMENT_AGREEMENT, accounts)
    ordered = subscriptions.select(pl.col("subscription_id").cast(pl.String).alias("link_to"))
    return {
        **{table: store.read_matching(table, accounts) for table in _OF_ACCOUNT},
        **{table: store.read_matching(table, subscriptions) for table in _OF_SUBSCRIPTION},
        tables.PAYER: _payers(store, accounts),
        tables.TOP_UP: store.read_matching(tables.TOP_UP, named.frame("top_up_id")),
        tables.CREDIT_ORDER: store.read_matching(tables.CREDIT_ORDER, named.frame("invoice_no")),
        tables.WRITE_OFF: store.read_matching(tables.WRITE_OFF, named.frame("invoice_no")),
        tables.LEDGER_PERIOD: store.read(tables.LEDGER_PERIOD),
        tables.PAYMENT_AGREEMENT: agreements,
        tables.AGREEMENT_CLAIM: store.read_matching(tables.AGREEMENT_CLAIM, agreements.select("agreement_id")),
        tables.COUPON_REDEMPTION: store.read_matching(tables.COUPON_REDEMPTION, named.frame("coupon_code")),
        tables.MANDATE: _mandates(store, named, accounts),
        tables.BLOCK: store.read_matching(tables.BLOCK, lines),
        tables.ALLOWANCE_ORDER: store.read_matching(tables.ALLOWANCE_ORDER, ordered),
        tables.IDENTITY_DOCUMENT: pl.concat(documents).unique(),
    }


def _mandates(store: Store, named: Named, accounts: pl.DataFrame) -> pl.DataFrame:
    """Read the mandates of these accounts, and those that have a number that is named."""
    by_number = [store.read_matching(tables.MANDATE, named.frame(name)) for name in ("mandate_id", "payer_no")]
    return pl.concat([store.read_matching(tables.MANDATE, accounts), *by_number]).unique()


def _payers(store: Store, accounts: pl.DataFrame) -> pl.DataFrame:
    """Read who pays, or paid, for these accounts, whom they pay for, and who pays for those."""
    paying = store.read_matching(tables.PAYER, accounts.rename({"account_id": "payer_account_id"}))
    either = pl.concat([accounts, paying.select("account_id")]).unique()
    return pl.concat([paying, store.read_matching(tables.PAYER, either)]).unique()
