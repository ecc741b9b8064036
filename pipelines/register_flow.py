"""Register: requests received and not yet decided become customers, accounts, subscriptions and numbers."""

from __future__ import annotations

import json

import polars as pl

from crm.request_application import Register
from pipelines.night import Night, StageReport
from schemas import tables

# What is pending stands in two tables by date; neither is read further back than need be.
_PENDING = """
    SELECT * FROM (SELECT * FROM request WHERE received_on >= $1)
      ANTI JOIN (SELECT request_id FROM request_outcome WHERE applied_on >= $1) USING (request_id)
"""


def register(night: Night) -> StageReport:
    """Apply every request without an outcome, in the order they were made."""
    store = night.store
    pending = store.select(tables.REQUEST, _PENDING, [night.not_done_since])
    if pending.is_empty():
        return StageReport(0, 0, 0, "no new requests")
    rows = _register_for(night, pending).apply_all(pending)
    with store.transaction("register"):
        store.append(tables.CUSTOMER, rows.customers)
        store.append(tables.ACCOUNT, rows.accounts)
        store.upsert(tables.SUBSCRIPTION, rows.subscriptions)
        store.upsert(tables.NUMBER_ASSIGNMENT, rows.numbers)
        store.append(tables.REQUEST_OUTCOME, rows.outcomes)
    night.touch(rows.subscriptions)
    refused = rows.outcomes.filter(pl.col("request_state") == "refused").height
    summary = f"{rows.customers.height} new customers, {rows.numbers.height} numbers given or taken back"
    return StageReport(pending.height, pending.height - refused, refused, summary)


def _register_for(night: Night, pending: pl.DataFrame) -> Register:
    """Open the register with what these requests may touch."""
    store, first = night.store, night.policy.numbering
    named = pl.DataFrame({"a_number": sorted(_numbers_named(pending))}, schema={"a_number": pl.String})
    touched = store.read_matching(tables.NUMBER_ASSIGNMENT, named).select("subscription_id")
    subscriptions = store.read_matching(tables.SUBSCRIPTION, touched).sort("subscription_id", "service_from")
    accounts = store.read_matching(tables.ACCOUNT, subscriptions.select("account_id"))
    last_ids = {
        name: int(store.query(f"SELECT coalesce(max({name}), 0)::BIGINT AS n FROM {table}")["n"][0]) or start - 1  # noqa: S608
        for name, table, start in (
            ("customer_id", "customer", first.first_customer_id),
            ("account_id", "account", first.first_account_id),
            ("subscription_id", "subscription", first.first_subscription_id),
        )
    }
    return Register(
        policy=night.policy,
        on=night.on,
        plans=set(night.config(tables.PLAN)["plan_code"]),
        resellers=set(night.config(tables.RESELLER)["reseller_code"]),
        last_ids=last_ids,
        held=pl.concat(
            [
                store.read_matching(tables.NUMBER_ASSIGNMENT, touched),
                store.read_matching(tables.NUMBER_ASSIGNMENT, named),
            ]
        )
        .unique()
        .sort("a_number", "owned_from")
        .to_dicts(),
        subscriptions=subscriptions.to_dicts(),
        customers=dict(accounts.select("account_id", "customer_id").iter_rows()),
    )


def _numbers_named(pending: pl.DataFrame) -> set[str]:
    """Find every telephone number a payload may mean; one too many does no harm, the register is only read by it."""
    found: set[str] = set()
    for payload in pending["payload"]:
        found |= set(_strings(json.loads(payload)))
    return found


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if value.isdigit() else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in _strings(part)]
