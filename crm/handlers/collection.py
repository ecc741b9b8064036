"""Claims handed over to an external service: the order, which the same night carries out."""

from __future__ import annotations

from crm.decided_by import decision
from crm.handlers.subjects import owner_of_invoice
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.collection import HandOver
from crm.working_table import Row
from schemas import tables


def hand_over(register: Register, request: Row, wanted: HandOver) -> int:
    """Order an invoice, or the overdue ones of an account, to be handed over to a service that the policy names."""
    services = register.rules.policy.collection.services
    if wanted.to not in services:
        known = ", ".join(sorted(services)) or "none yet"
        raise RefusedError("NOT_ALLOWED", f"{wanted.to} is no service of collection.services in policy.toml: {known}")
    register[tables.HAND_OVER].put(
        {
            "request_id": request["request_id"],
            "account_id": wanted.account_id,
            "invoice_no": wanted.invoice_no,
            "collection_service": wanted.to,
            "ordered_on": register.rules.on,
            **decision(request, wanted.reason),
            "handed_count": None,
        }
    )
    return _customer(register, wanted)


def _customer(register: Register, wanted: HandOver) -> int:
    if wanted.invoice_no is not None:
        return owner_of_invoice(register, wanted.invoice_no)
    account = register[tables.ACCOUNT].get(wanted.account_id)
    if account is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"account {wanted.account_id} does not exist; check the number")
    return int(account["customer_id"])
