"""Register: requests that have no outcome yet change the register, or are refused, or wait for somebody to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from crm.contract_changes import FEES_OF_CHANGES, ContractRules
from crm.register import Register, Rules
from crm.request_application import apply_all
from invoicing.documents.brand_faults import languages_of
from pipelines import clock
from pipelines.billing.credit_note_flow import credit_granting
from pipelines.collecting.agreement_flow import claims_of_account
from pipelines.collecting.debit_flow import let_banks_answer
from pipelines.collecting.write_off_flow import owed_of_invoices
from pipelines.credit.basis_decisions import apply_adjustments
from pipelines.customers.register_reading import read_touched
from pipelines.customers.sign_up_checks import sign_up_checks
from pipelines.customers.unknown_callers import meet_strangers
from pipelines.home import home_secret
from pipelines.night import Night, StageReport
from pipelines.payments.payment_decisions import PaymentDecisions
from rating.one_off_charges import FEE_SCHEMA, one_off_charges
from schemas import tables
from schemas.table import Table

_SERIES = (
    ("customer_id", tables.CUSTOMER, "first_customer_id"),
    ("account_id", tables.ACCOUNT, "first_account_id"),
    ("subscription_id", tables.SUBSCRIPTION, "first_subscription_id"),
)

_OF_ACCOUNTS = (
    tables.ACCOUNT, tables.SUBSCRIPTION, tables.BLOCK, tables.TOP_UP, tables.INVOICE_BASIS, tables.PAYMENT_AGREEMENT,
)  # fmt: skip

# What is pending stands in two tables by date; neither is read further back than need be.
_PENDING = """
    SELECT * FROM (SELECT * FROM request WHERE received_on >= $1)
      ANTI JOIN (SELECT request_id FROM request_outcome WHERE applied_on >= $1) USING (request_id)
"""


def register(night: Night) -> StageReport:
    """Apply every request without an outcome, in the order they were made, in one transaction."""
    store = night.store
    strangers, expired = meet_strangers(night), _let_documents_expire(night)
    answered = let_banks_answer(night)
    _forget_what_holds(night)
    pending = store.select(tables.REQUEST, _PENDING, [night.not_done_since])
    if pending.is_empty():
        return StageReport(0, 0, 0, f"no new requests{_told(expired, answered)}")
    decisions = PaymentDecisions(night)
    opened = _register_for(night, pending, decisions)
    apply_all(opened, pending, _made_at_the_same_instants(night, pending))
    with store.transaction("register"):
        _adjust(night, opened)
        changes = opened.changes()
        for table, (changed, removed) in changes.items():
            store.delete(table, removed)
            store.upsert(table, changed)
        store.delete(tables.CHARGE, _withdrawn_charges(night, opened))
        store.append(tables.CHARGE, _one_off_charges(night, opened))
        decisions.write()
    for table in _OF_ACCOUNTS:
        night.touch(changes[table][0])
    night.touch(
        store.read_matching(tables.SUBSCRIPTION, changes[tables.NUMBER_ASSIGNMENT][0].select("subscription_id"))
    )
    outcomes = changes[tables.REQUEST_OUTCOME][0].join(pending, on="request_id", how="semi")
    refused, queued, withdrawn = (
        outcomes.filter(pl.col("request_state") == state).height for state in ("refused", "queued", "withdrawn")
    )
    waiting = pending.height - outcomes.height
    applied = outcomes.height - refused - queued - withdrawn
    summary = f"{applied} requests applied, {refused} refused, {queued} in the queue"
    summary += f", {withdrawn} withdrawn before their day" if withdrawn else ""
    summary += f", {waiting} wait for their day" if waiting else ""
    summary += f"; {strangers} strangers called for the first time" if strangers else ""
    summary += _told(expired, answered)
    return StageReport(pending.height, pending.height - refused, refused, summary)


def _told(expired: int, answered: int) -> str:
    """Say what changed without a request."""
    told = f"; {expired} documents expired" if expired else ""
    return told + (f"; banks answered of {answered} mandates" if answered else "")


def _let_documents_expire(night: Night) -> int:
    """Mark the documents whose last day has passed; return how many."""
    passed = night.store.read(
        tables.IDENTITY_DOCUMENT, "identity_state IN ('received', 'verified') AND valid_until < ?", [night.on]
    )
    if passed.height:
        expired = pl.lit("expired").alias("identity_state"), pl.lit(night.on).alias("changed_on")
        with night.store.transaction("documents expire"):
            night.store.upsert(tables.IDENTITY_DOCUMENT, passed.with_columns(expired))
    return passed.height


def _adjust(night: Night, opened: Register) -> None:
    """Let lines of invoice bases become cheaper; refuse what would change none of them."""
    for request, wanted in opened.adjustments:
        if not apply_adjustments(night, [(request, wanted)]):
            text = "no charge of the basis becomes cheaper by this; see nightbill basis show"
            opened.settle(request["request_id"], "refused", None, "NOT_ALLOWED", text)


def _withdrawn_charges(night: Night, opened: Register) -> pl.DataFrame:
    """Read the fees, on no invoice yet, of changes that gave way before their day."""
    schema = {name: tables.CHARGE.schema[name] for name in ("subscription_id", "service_from")}
    withdrawn = pl.DataFrame(opened.withdrawn, schema=schema, orient="row")
    fees = night.store.read_matching(tables.CHARGE, withdrawn, "charge_kind = 'one_off'")
    of_changes = rf"^one_off:.*:({'|'.join(FEES_OF_CHANGES)})(_[0-9]+)?$"
    fees = pl.concat([fees.filter(pl.col("charge_id").str.contains(of_changes)), _fees_of_withdrawn(night, opened)])
    billed = night.store.read_matching(tables.BILLED_CHARGE, fees.select("charge_id"))
    return fees.join(billed, on="charge_id", how="anti")


def _fees_of_withdrawn(night: Night, opened: Register) -> pl.DataFrame:
    """Read the fees, for a coming day, of requests that were withdrawn."""
    if not opened.withdrawn_requests:
        return tables.CHARGE.empty()
    coming = night.store.read(tables.CHARGE, "charge_kind = 'one_off' AND service_from > ?", [night.on])
    request_id = pl.col("charge_id").str.strip_prefix("one_off:").str.replace(r":[a-z_]+$", "")
    return coming.filter(request_id.is_in(opened.withdrawn_requests))


def _forget_what_holds(night: Night) -> None:
    """What has come to hold can be withdrawn no longer."""
    store = night.store
    come = store.read(tables.COMING_CHANGE, "holds_from <= ?", [night.on])
    if come.height:
        with store.transaction("coming changes hold"):
            store.delete(tables.COMING_CHANGE, come)


def _one_off_charges(night: Night, opened: Register) -> pl.DataFrame:
    """Charge the fees that requests brought about, each in its currency."""
    rows: dict[str, list[tuple[Any, ...]]] = {night.policy.operator.currency: []}
    for each in opened.fees:
        rows.setdefault(each.currency or night.policy.operator.currency, []).append(
            (each.request_id, each.fee.what, each.account["account_id"], each.account["account_bucket"],
             each.subscription_id, each.fee.article_no, each.fee.amount_ex_vat, each.on)
        )  # fmt: skip
    fees = ((pl.DataFrame(some, schema=FEE_SCHEMA, orient="row"), currency) for currency, some in rows.items())
    return pl.concat(one_off_charges(some, night.config(tables.ARTICLE), of, night.on) for some, of in fees)


def _register_for(night: Night, pending: pl.DataFrame, decisions: PaymentDecisions) -> Register:
    """Open the register with what these requests may touch."""
    touched = read_touched(night.store, pending)
    return Register(
        rules=_rules(night, clock.now()),
        last_ids={name: _last_id(night, table, first) for name, table, first in _SERIES},
        known=touched.known,
        requests=touched.waiting,
        invoices=touched.invoices,
        owed=owed_of_invoices(night.store, touched.invoices),
        checks=sign_up_checks(night, pending),
        credit=credit_granting(night.store, touched.invoices),
        decide_payment=decisions,
        open_claims=claims_of_account(night.store),
        strangers=touched.strangers,
    )


def _rules(night: Night, at: datetime) -> Rules:
    rows = {table: night.config(table).to_dicts() for table in _DECIDED_BY}
    return Rules(
        policy=night.policy,
        on=night.on,
        at=at,
        contracts=ContractRules(
            {row["plan_code"]: row for row in rows[tables.PLAN]}, rows[tables.CONTRACT_TERM], rows[tables.PLAN_CHANGE]
        ),
        resellers=frozenset(row["reseller_code"] for row in rows[tables.RESELLER]),
        secret=home_secret(night.home),
        allowances={row["allowance_code"]: row for row in rows[tables.ALLOWANCE]},
        products={row["product_code"]: row for row in rows[tables.PRODUCT]},
        coupons={row["coupon_code"]: row for row in rows[tables.COUPON]},
        groups=_by_customer(rows[tables.CUSTOMER_GROUP]),
        articles=frozenset(row["article_no"] for row in rows[tables.ARTICLE]),
        languages=languages_of(night.home.root / "config" / "brand"),
        currencies=frozenset({night.policy.operator.currency, *night.config(tables.EXCHANGE_RATE)["currency"]}),
    )


_DECIDED_BY = (
    tables.PLAN, tables.CONTRACT_TERM, tables.PLAN_CHANGE, tables.RESELLER, tables.ALLOWANCE, tables.PRODUCT,
    tables.COUPON, tables.CUSTOMER_GROUP, tables.ARTICLE,
)  # fmt: skip


def _by_customer(groups: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in groups:
        found.setdefault(row["customer_id"], []).append(row)
    return found


def _last_id(night: Night, table: Table, first: str) -> int:
    return night.store.last_number(table, table.key[0]) or getattr(night.policy.numbering, first) - 1


def _made_at_the_same_instants(night: Night, pending: pl.DataFrame) -> pl.DataFrame:
    """Read the requests that were applied before and made at the very moments of these."""
    same = night.store.read_matching(tables.REQUEST, pending.select("requested_at"))
    applied = night.store.read_matching(tables.REQUEST_OUTCOME, same.select("request_id"))
    return same.join(applied.filter(pl.col("request_state") == "applied"), on="request_id", how="semi")
