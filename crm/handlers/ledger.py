"""Decisions about the books: closing and opening months, giving up what an invoice's customer will not pay."""

from __future__ import annotations

from crm.decided_by import decision
from crm.handlers.subjects import owner_of_invoice
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.ledger import ClosePeriod, OfPeriod, ReopenPeriod, WriteOff
from crm.working_table import Row
from schemas import tables
from schemas.periods import months_after


def close_period(register: Register, request: Row, wanted: ClosePeriod) -> None:
    """Close a month that is over."""
    on = register.rules.on
    if on < months_after(wanted.first_day, 1):
        raise RefusedError("TOO_EARLY", f"{wanted.period} is not over on {on}; close it when it is")
    _change(register, request, wanted, "closed")


def reopen_period(register: Register, request: Row, wanted: ReopenPeriod) -> None:
    """Open a closed month again."""
    _change(register, request, wanted, "open")


def _change(register: Register, request: Row, wanted: OfPeriod, state: str) -> None:
    changes = register[tables.LEDGER_PERIOD].where("period_from", wanted.first_day)
    last = max(changes, key=lambda row: int(row["period_change_no"]), default=None)
    if state == (last["period_state"] if last else "open"):
        since = f" since {last['changed_on']}" if last else ""
        raise RefusedError("ALREADY_SO", f"{wanted.period} is {state} already{since}: nightbill ledger periods")
    register[tables.LEDGER_PERIOD].put(
        {
            "period_from": wanted.first_day,
            "period_change_no": len(changes) + 1,
            "period_state": state,
            "changed_on": register.rules.on,
            **decision(request, wanted.reason),
            "request_id": request["request_id"],
        }
    )


def write_off(register: Register, request: Row, wanted: WriteOff) -> int:
    """Order that what is open of an invoice be given up: it is booked in the same run, after what was paid of it."""
    owner = owner_of_invoice(register, wanted.invoice_no)
    orders = register[tables.WRITE_OFF].where("invoice_no", wanted.invoice_no)
    if any(order["written_off_amount"] is None for order in orders):
        raise RefusedError("ALREADY_SO", f"invoice {wanted.invoice_no} is ordered to be written off already")
    if register.owed.get(wanted.invoice_no, 0) <= 0:
        raise RefusedError("NOT_ALLOWED", f"nothing is open of invoice {wanted.invoice_no}: nightbill invoices show")
    register[tables.WRITE_OFF].put(
        {
            "request_id": request["request_id"],
            "invoice_no": wanted.invoice_no,
            "ordered_on": register.rules.on,
            **decision(request, wanted.reason),
            "written_off_amount": None,
        }
    )
    return owner
