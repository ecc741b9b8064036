"""Payment agreements: what an account owes becomes instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from crm.decided_by import decision
from crm.handlers.subjects import account_of
from crm.payment_plan import payment_plan
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.agreements import AgreePayments, EndAgreement
from crm.working_table import Row
from schemas import tables

_NOTHING = Decimal(0)


def agree_payments(register: Register, request: Row, wanted: AgreePayments) -> int:
    """Put open claims of an account, and the fee, into instalments that add up to them.

    The claims are those in the account's currency; none is under two agreements that stand. Raises `RefusedError`:
    NOT_ALLOWED, ALREADY_SO, ABOVE_CEILING, BAD_REQUEST.
    """
    account = account_of(register, request, wanted)
    claims = _claims(register, account, wanted.invoices)
    fee = _fee(register, account, wanted)
    owed = sum((row["open_amount"] for row in claims), _NOTHING)
    plan = _plan(register, wanted, owed + fee)
    ordinal = 1 + len(register[tables.PAYMENT_AGREEMENT].where("account_id", account["account_id"]))
    agreement = {"agreement_id": f"{account['account_id']}:{ordinal}", "account_id": account["account_id"]}
    register[tables.PAYMENT_AGREEMENT].put(
        agreement
        | {
            "agreement_state": "standing",
            "amount": owed,
            "currency": account["currency"],
            "fee_amount": fee,
            "agreed_on": register.rules.on,
            **decision(request, wanted.reason),
            "request_id": request["request_id"],
        }
    )
    if fee:
        claims = [*claims, _fee_claim(register, agreement["agreement_id"], account, claims[0], plan[0], fee)]
    for row in claims:
        of_claim = {"receivable_id": row["receivable_id"], "amount": row["open_amount"]}
        credited = {"credited_amount": row["credited_amount"]}
        register[tables.AGREEMENT_CLAIM].put(agreement | of_claim | credited)
    for row in plan:
        register[tables.AGREEMENT_INSTALMENT].put(agreement | row)
    return int(account["customer_id"])


def end_agreement(register: Register, request: Row, wanted: EndAgreement) -> int:
    """End an agreement that stands: its claims' own due dates hold again."""
    agreement = register[tables.PAYMENT_AGREEMENT].get(wanted.agreement_id)
    account = register[tables.ACCOUNT].get(agreement["account_id"]) if agreement else None
    if agreement is None or account is None:
        text = f"agreement {wanted.agreement_id} does not exist; see nightbill agreements list"
        raise RefusedError("UNKNOWN_CUSTOMER", text)
    if agreement["agreement_state"] != "standing":
        text = f"agreement {wanted.agreement_id} is {agreement['agreement_state']} since {agreement['ended_on']}"
        raise RefusedError("ALREADY_SO", text)
    ended = {"agreement_state": "ended", "ended_on": register.rules.on}
    register[tables.PAYMENT_AGREEMENT].put(agreement | ended | decision(request, wanted.reason))
    return int(account["customer_id"])


def _claims(register: Register, account: Row, invoices: Sequence[int]) -> list[Row]:
    """Return the open claims that are meant, oldest first: of the invoices named, or all that no agreement holds."""
    found = register.open_claims(account["account_id"])
    mine = [row for row in found if row["currency"] == account["currency"]]
    held = {row["receivable_id"]: by for row in mine if (by := _held_by(register, row["receivable_id"]))}
    for number in invoices:
        named = [row["receivable_id"] for row in mine if row["invoice_no"] == number]
        if not named:
            text = f"invoice {number} is not of account {account['account_id']}, or nothing of it is open"
            raise RefusedError("NOT_ALLOWED", text)
        if all(each in held for each in named):
            raise RefusedError("ALREADY_SO", f"invoice {number} is under agreement {held[named[0]]}; end that first")
    free = [row for row in mine if row["receivable_id"] not in held]
    meant = [row for row in free if row["invoice_no"] in invoices or not invoices]
    if not meant:
        text = f"nothing of account {account['account_id']} is open that is under no agreement"
        raise RefusedError("NOT_ALLOWED", text)
    return sorted(meant, key=lambda row: (row["due_on"], row["receivable_id"]))


def _held_by(register: Register, receivable_id: str) -> str | None:
    """Return the agreement that stands and holds a claim, None where there is none."""
    for row in register[tables.AGREEMENT_CLAIM].where("receivable_id", receivable_id):
        agreement = register[tables.PAYMENT_AGREEMENT].get(row["agreement_id"])
        if agreement and agreement["agreement_state"] == "standing":
            return str(agreement["agreement_id"])
    return None


def _fee(register: Register, account: Row, wanted: AgreePayments) -> Decimal:
    """Return the fee: in the currency of the books only, and no more than the policy's."""
    policy = register.rules.policy
    is_home = account["currency"] == policy.operator.currency
    most = policy.agreements.fee if is_home else _NOTHING
    if wanted.fee is not None and wanted.fee > most:
        text = f"fee: {wanted.fee} is more than {most}, the most that agreements.fee of the policy allows here"
        raise RefusedError("ABOVE_CEILING", text)
    return most if wanted.fee is None else wanted.fee


def _plan(register: Register, wanted: AgreePayments, total: Decimal) -> list[Row]:
    policy, on = register.rules.policy, register.rules.on
    most, least = policy.agreements.most_instalments, policy.reminders.minimum_open
    if wanted.instalments > most:
        raise RefusedError("NOT_ALLOWED", f"instalments: {wanted.instalments} is more than {most}, the policy's most")
    latest = on + timedelta(days=policy.limits.request_days_ahead)
    if not on <= wanted.first_due_on <= latest:
        raise RefusedError("BAD_REQUEST", f"first_due_on {wanted.first_due_on} is not between {on} and {latest}")
    plan = payment_plan(total, wanted.instalments, wanted.first_due_on, wanted.interval_months)
    if plan[-1]["amount"] <= least:
        text = f"instalments of {plan[-1]['amount']} would never be reminded of: choose fewer, of more than {least}"
        raise RefusedError("NOT_ALLOWED", text)
    return plan


def _fee_claim(register: Register, agreement_id: str, account: Row, oldest: Row, first: Row, fee: Decimal) -> Row:
    """Make the claim of the fee, without VAT: it names the oldest invoice, whose reference it is paid with."""
    claim = {
        "receivable_id": f"agreement_fee:{agreement_id}",
        "receivable_kind": "agreement_fee",
        "account_id": account["account_id"],
        "invoice_no": oldest["invoice_no"],
        "amount": fee,
        "currency": account["currency"],
        "home_amount": fee,
        "due_on": first["due_on"],
        "booked_on": register.rules.on,
    }
    register[tables.RECEIVABLE].put(claim)
    return claim | {"open_amount": fee, "credited_amount": _NOTHING}
