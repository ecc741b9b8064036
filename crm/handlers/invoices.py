"""Invoices that wait for a person: what is decided of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from crm.decided_by import decision
from crm.handlers.subjects import account_of, owner_of_invoice
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.credit import CreditInvoice, HoldInvoice, ReleaseInvoice
from crm.working_table import Row
from schemas import tables
from schemas.periods import coming_billing_date

_BY_HAND = "HELD_BY_HAND"


def hold_invoice(register: Register, request: Row, wanted: HoldInvoice) -> int:
    """Hold the invoice of an account that waits, or else its next one, whenever that comes."""
    account = account_of(register, request, wanted)
    open_drafts = _open_drafts(register, account) or [_next_draft(register, account)]
    if all(_BY_HAND in draft["draft_reasons"].split() for draft in open_drafts):
        text = f"account {account['account_id']} is held already, since {open_drafts[0]['decided_on']}"
        raise RefusedError("ALREADY_SO", text)
    for draft in open_drafts:
        others = [reason for reason in draft["draft_reasons"].split() if reason != _BY_HAND]
        held = {"draft_state": "held", "draft_reasons": " ".join([_BY_HAND, *others])}
        register[tables.INVOICE_DRAFT].put(draft | held | _decision(register, request, wanted.reason))
    return int(account["customer_id"])


def release_invoice(register: Register, request: Row, wanted: ReleaseInvoice) -> int:
    """Release the invoice of an account that waits: it is numbered when bills are made next, unless it has a fault."""
    account = account_of(register, request, wanted)
    open_drafts = _open_drafts(register, account)
    if not open_drafts:
        text = f"no invoice of account {account['account_id']} waits: nightbill invoices list"
        raise RefusedError("NOT_WAITING", text)
    for draft in open_drafts:
        others = [reason for reason in draft["draft_reasons"].split() if reason != _BY_HAND]
        released = {"draft_state": "released", "draft_reasons": " ".join(others)}
        register[tables.INVOICE_DRAFT].put(draft | released | _decision(register, request, wanted.reason))
    return int(account["customer_id"])


def credit_invoice(register: Register, request: Row, wanted: CreditInvoice) -> int:
    """Order a credit note, within what is left of the invoice: it is made before tonight's invoices."""
    owner = owner_of_invoice(register, wanted.invoice_no)
    refused = register.credit(request["request_id"], wanted)
    if refused:
        raise RefusedError("NOT_ALLOWED", refused)
    earlier = register[tables.CREDIT_ORDER].where("invoice_no", wanted.invoice_no)
    register[tables.CREDIT_ORDER].put(
        {
            "request_id": request["request_id"],
            "invoice_no": wanted.invoice_no,
            "credit_order_no": len(earlier) + 1,
            "credited_entry_no": wanted.entry_no,
            "credited_net_amount": wanted.net_amount,
            "credited_total_amount": wanted.amount,
            "ordered_on": register.rules.on,
            **decision(request, wanted.reason),
            "credit_note_no": None,
        }
    )
    return owner


def _open_drafts(register: Register, account: Row) -> list[Row]:
    drafts = register[tables.INVOICE_DRAFT].where("account_id", account["account_id"])
    return [draft for draft in drafts if draft["draft_state"] != "finalised"]


def _next_draft(register: Register, account: Row) -> Row:
    """Return a draft of the account's coming billing date: what it will come to is not known yet.

    Where the invoice of that date is made already, the invoice run moves the hold to the next one.
    """
    on, day = register.rules.on, account["billing_day"]
    coming = coming_billing_date(on, day)
    if register[tables.INVOICE_DRAFT].get(account["account_id"], coming) is not None:
        coming = coming_billing_date(coming + timedelta(days=1), day)
    return {
        "account_id": account["account_id"],
        "billing_date": coming,
        "draft_reasons": "",
        "net_amount": Decimal(0),
        "total_amount": Decimal(0),
        "last_total_amount": None,
        "proposed_on": on,
        "invoice_no": None,
    }


def _decision(register: Register, request: Row, why: str) -> Row:
    return {"decided_on": register.rules.on} | decision(request, why)
