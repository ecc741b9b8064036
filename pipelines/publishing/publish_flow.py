"""Publish: customer cards and the marts, a new file every night, and the pointer moved to it in one rename."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from pathlib import Path

import polars as pl

from crm.customer_card import card_json, customer_cards
from invoicing.documents.brand import load_brand
from invoicing.documents.card_page import CardRenderer
from invoicing.invoice_states import invoice_states
from pipelines import clock
from pipelines.billing.invoice_facts import INVOICE_FACTS
from pipelines.collecting.agreement_flow import instalments_of
from pipelines.lake.store import Store
from pipelines.night import Night, StageReport
from pipelines.publishing.finance_marts import DERIVED
from pipelines.publishing.marts import ALLOWANCE_BALANCES, MARTS, USAGE_BY_MONTH
from schemas import tables

CARD_QUERIES = {
    "accounts": """
        SELECT a.customer_id, a.account_id, a.billing_day, a.credit_limit, a.delivery_channel, a.reseller_code, a.currency,
               coalesce((SELECT sum(r.amount) FROM receivable r WHERE r.account_id = a.account_id), 0)
             - coalesce((SELECT sum(x.amount) FROM allocation x
                          WHERE x.account_id = a.account_id AND x.allocation_kind = 'receivable'), 0) AS balance_open,
               coalesce((SELECT sum(x.amount) FROM allocation x
                          WHERE x.account_id = a.account_id AND x.allocation_kind = 'credit'), 0) AS credit
          FROM account a ORDER BY a.account_id""",
    "subscriptions": """
        SELECT a.customer_id, s.subscription_id, s.plan_code, p.plan_name, p.service, s.service_from, s.service_to,
               (SELECT coalesce(list(DISTINCT n.a_number ORDER BY n.a_number), []) FROM number_assignment n
                 WHERE n.subscription_id = s.subscription_id) AS numbers,
               t.subscription_state, t.state_from
          FROM (SELECT *, service_from = coalesce(max(service_from) FILTER (service_from <= $1) OVER own,
                                                  min(service_from) OVER own) AS is_now
                  FROM subscription WINDOW own AS (PARTITION BY subscription_id)) s
          JOIN account a USING (account_id) LEFT JOIN plan p USING (plan_code)
          LEFT JOIN (FROM subscription_state QUALIFY transition_no = max(transition_no) OVER (PARTITION BY subscription_id)) t
            ON s.is_now AND t.subscription_id = s.subscription_id
         ORDER BY s.subscription_id, s.service_from""",
    # The contract in force, and what comes after it.
    "contracts": """
        SELECT a.customer_id, c.subscription_id, coalesce(p.plan_name, c.plan_code) AS plan_name, c.contract_from,
               c.binding_to, c.notice_days, c.change_from, c.change_in_binding, c.fee_basis, c.termination_fee
          FROM contract c
          JOIN (SELECT subscription_id, any_value(account_id) AS account_id FROM subscription GROUP BY ALL
                HAVING bool_or(coalesce(service_to > greatest(service_from, $1), true))) s USING (subscription_id)
          JOIN account a USING (account_id) LEFT JOIN plan p USING (plan_code)
         WHERE c.contract_from >= coalesce((SELECT max(f.contract_from) FROM contract f
               WHERE f.subscription_id = c.subscription_id AND f.contract_from <= $1), c.contract_from)
         ORDER BY c.subscription_id, c.contract_from""",
    "states": """
        SELECT a.customer_id, t.subscription_id, coalesce(s.plan_name, s.plan_code) AS plan_name, t.state_from,
               t.subscription_state, t.state_cause
          FROM subscription_state t
          JOIN (SELECT subscription_id, account_id, plan_code, plan_name FROM subscription LEFT JOIN plan USING (plan_code)
                QUALIFY service_from = max(service_from) OVER (PARTITION BY subscription_id)) s USING (subscription_id)
          JOIN account a USING (account_id)
         ORDER BY t.state_from, t.subscription_id, t.transition_no""",
    "cases": """
        SELECT o.customer_id, c.request_id, r.request_type, c.waits_for, c.opened_on, c.case_text
          FROM approval_case c JOIN request r USING (request_id) JOIN request_outcome o USING (request_id)
         WHERE c.case_state = 'waiting' AND o.customer_id IS NOT NULL ORDER BY c.opened_on, c.request_id""",
    # What they say is the letter's business: some hold codes.
    "notices": """
        SELECT customer_id, requested_on, notice_kind, notice_channel, count(*)::BIGINT AS quantity
          FROM notice WHERE customer_id IS NOT NULL GROUP BY customer_id, requested_on, notice_kind, notice_channel
       QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY requested_on DESC, notice_kind, notice_channel) <= 20
         ORDER BY requested_on, notice_kind, notice_channel""",
    "usage_by_month": f"""
        SELECT customer_id, strftime(month, '%Y-%m') AS month, usage_kind, sum(quantity)::BIGINT AS quantity,
               sum(billed_units)::BIGINT AS billed_units, sum(included_units)::BIGINT AS included_units,
               sum(amount_ex_vat)::DECIMAL(18,6) AS amount_ex_vat
          FROM ({USAGE_BY_MONTH}) GROUP BY ALL ORDER BY customer_id, month, usage_kind""",  # noqa: S608 (our own words)
    # What nobody can draw on any more is not left: an allowance taken out of the configuration, one's own when the service
    # has ended. The last day is null for a grant without end.
    "allowances": f"""
        SELECT b.customer_id, b.subscription_id, b.allowance_name, b.allowance_unit, b.allowance_scope, b.granted_quantity,
               b.left_quantity, b.currency, b.rolled_from IS NOT NULL AS rolled_over,
               CASE WHEN b.period_to < DATE '9999-01-01' THEN b.period_to - 1 END AS last_on
          FROM ({ALLOWANCE_BALANCES}) b WHERE b.period_from <= $1 AND b.period_to > $1 AND b.allowance_unit IS NOT NULL
           AND (b.allowance_scope = 'shared' OR EXISTS (FROM subscription s WHERE s.subscription_id = b.subscription_id
                AND s.service_from <= $1 AND coalesce(s.service_to > $1, true)))
         ORDER BY b.subscription_id, b.period_to, b.grant_id""",  # noqa: S608 (our own words)
    "invoices": f"""
        SELECT customer_id, invoice_no, invoiced_on, due_on, total_amount, open_amount, ocr_reference, file_path AS document,
               credited_amount, written_off_amount, is_sent FROM ({INVOICE_FACTS}) ORDER BY invoice_no""",  # noqa: S608 (our own words)
    "payments": """
        SELECT a.customer_id, p.booked_on, x.amount,
               coalesce(x.receivable_id, x.allocation_kind) AS allocated_to
          FROM allocation x JOIN payment p USING (payment_id) JOIN account a ON a.account_id = x.account_id
         ORDER BY p.booked_on, x.allocation_id""",
    "reminders": """
        SELECT a.customer_id, r.invoice_no, r.reminder_step, r.reminded_on, r.due_on, r.fee_amount
          FROM reminder r JOIN account a USING (account_id) ORDER BY r.reminder_id""",
    "blocks": """
        SELECT a.customer_id, b.a_number, b.subscription_id, b.blocked_on, b.unblocked_on, b.block_reason, b.block_cause,
               b.barred
          FROM block b JOIN account a USING (account_id) ORDER BY b.blocked_on, b.a_number""",
    "history": """
        SELECT o.customer_id, r.requested_at, r.request_type, r.channel, o.request_state, o.reason_text
          FROM request r JOIN request_outcome o USING (request_id) WHERE o.customer_id IS NOT NULL
         ORDER BY r.requested_at, r.request_id""",
}


def publish(night: Night) -> StageReport:
    """Bring the customer cards up to date and publish the marts."""
    cards = _refresh_cards(night)
    path = _write_marts(night)
    _point_to(night.home.marts_pointer, path)
    return StageReport(len(MARTS), len(MARTS), 0, f"{path.name}, {cards} customer cards changed")


def _refresh_cards(night: Night) -> int:
    """Make the pages of the cards whose content changed."""
    known = dict(night.store.read(tables.CUSTOMER_CARD).select("customer_id", "content_sha256").iter_rows())
    renderer = CardRenderer(load_brand(night.home.config / "brand"))
    rows = []
    for card in customer_cards(night.store.read(tables.CUSTOMER), _sections(night)):
        text = card_json(card)
        digest = hashlib.sha256(text.encode()).hexdigest()
        customer_id = int(card["customer"]["customer_id"])
        if known.get(customer_id) != digest:
            page = renderer.render_card_page(card)
            rows.append((customer_id, text, page, digest))
    if rows:
        with night.store.transaction("customer cards"):
            frame = pl.DataFrame(rows, schema=tables.CUSTOMER_CARD.schema, orient="row")
            night.store.upsert(tables.CUSTOMER_CARD, frame)
    return len(rows)


def _sections(night: Night) -> dict[str, pl.DataFrame]:
    day = {name: [night.on] for name in ("allowances", "subscriptions", "contracts")}  # what is open, or in force
    frames = {name: night.store.query(sql, day.get(name, [])) for name, sql in CARD_QUERIES.items()}
    frames["agreements"] = _agreements(night.store)
    frames["invoices"] = _with_status(frames["invoices"], night.on)
    return frames


def _agreements(store: Store) -> pl.DataFrame:
    """Read the instalment plans of every agreement, with what is paid of them and whose they are."""
    agreements = store.read(tables.PAYMENT_AGREEMENT)
    owners = store.read_matching(tables.ACCOUNT, agreements.select("account_id")).select("account_id", "customer_id")
    head = agreements.join(owners, on="account_id").select("agreement_id", "customer_id", "agreement_state")
    plan = head.join(instalments_of(store, agreements), on="agreement_id").sort("agreement_id", "instalment_no")
    shown = ("instalment_no", "due_on", "amount", "paid_amount", "open_amount")
    return plan.select("customer_id", "agreement_id", "agreement_state", *shown)


def _with_status(invoices: pl.DataFrame, on: date) -> pl.DataFrame:
    """Say how each invoice stands; the facts that this alone follows from stand on no card."""
    states = invoice_states(invoices, on).rename({"invoice_state": "status"})
    return invoices.join(states, on="invoice_no", maintain_order="left").drop(
        "credited_amount", "written_off_amount", "is_sent"
    )


def _write_marts(night: Night) -> Path:
    stamp = clock.now().astimezone(night.policy.operator.zone).strftime("%H%M%S")
    path = night.home.marts / f"{night.on}T{stamp}.duckdb"
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    store = night.store
    for derived in DERIVED:
        store.lend(derived.name, derived.rows(night).select(derived.schema.names()).cast(derived.schema))
    try:
        with store.attached(draft, "marts"):
            for mart in MARTS:
                store.create(f"marts.{mart.name}", f"{mart.sql} ORDER BY ALL")
                columns = store.query(f"SELECT * FROM marts.{mart.name} LIMIT 0").columns  # noqa: S608 (names are ours)
                store.describe(f"marts.{mart.name}", mart.description, {name: mart.describe(name) for name in columns})
    finally:
        for derived in DERIVED:
            store.take_back(derived.name)
    draft.replace(path)
    return path


def _point_to(pointer: Path, target: Path) -> None:
    """Move the pointer in one rename: no reader finds it missing or half moved."""
    draft = pointer.with_name(f".{pointer.name}.draft")
    draft.unlink(missing_ok=True)
    draft.symlink_to(os.path.relpath(target, pointer.parent))
    draft.replace(pointer)
