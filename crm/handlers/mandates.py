"""Mandates are added and cancelled; what Bankgirot is told of them is written down for its next file."""

from __future__ import annotations

from crm.handlers.subjects import account_of
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.mandates import AddMandate, CancelMandate
from crm.working_table import Row
from schemas import tables
from schemas.codes import CURRENCY_OF_SCHEME

_LIVE = frozenset({"requested", "active"})
_DIGITS_OF_A_REGISTRATION_NO = 10


def add_mandate(register: Register, request: Row, wanted: AddMandate) -> int:
    """Add a mandate to an account that has none.

    Autogiro waits for Bankgirot's answer, unless the mandate is registered there. Raises `RefusedError`:
    UNKNOWN_CUSTOMER, ALREADY_SO, NOT_ALLOWED, BAD_REQUEST.
    """
    account = account_of(register, request, wanted)
    customer = register[tables.CUSTOMER].get(account["customer_id"]) or {}
    _require_scheme(register, account, wanted)
    _require_no_other(register, account)
    mandate = {
        "mandate_id": wanted.mandate_id or _new_id(register, account),
        "account_id": account["account_id"],
        "scheme": wanted.scheme,
        "mandate_use": "one_off" if wanted.one_off else "recurring",
        "payer_no": _payer_no(register, account, wanted),
        "payer_account": wanted.compact_account,
        "payer_name": wanted.payer_name or customer["customer_name"],
        "registration_no": wanted.registration_no or customer["registration_no"],
        "mandate_state": "active" if wanted.scheme == "sepa" or wanted.is_registered else "requested",
        "signed_on": wanted.signed_on or request["effective_on"],
        "changed_on": register.rules.on,
        "request_id": request["request_id"],
    }
    _require_new(register, mandate)
    register[tables.MANDATE].put(mandate)
    if mandate["mandate_state"] == "requested":
        _require_registration_no(mandate)
        _tell_bankgirot(register, mandate, "add")
    return int(account["customer_id"])


def cancel_mandate(register: Register, request: Row, wanted: CancelMandate) -> int:
    """End an account's mandate. Raises `RefusedError`: UNKNOWN_CUSTOMER, ALREADY_SO."""
    account = account_of(register, request, wanted)
    of_account = register[tables.MANDATE].where("account_id", account["account_id"])
    named = [each for each in of_account if wanted.mandate_id in {None, each["mandate_id"]}]
    live = [each for each in named if each["mandate_state"] in _LIVE]
    if not live:
        text = f"account {account['account_id']} has no such mandate that is active: nightbill debits mandates"
        raise RefusedError("ALREADY_SO", text)
    for mandate in live:
        cancelled = {"mandate_state": "cancelled", "changed_on": register.rules.on}
        register[tables.MANDATE].put(mandate | cancelled)
        if mandate["scheme"] == "autogiro":
            _tell_bankgirot(register, mandate, "cancel")
    return int(account["customer_id"])


def _require_scheme(register: Register, account: Row, wanted: AddMandate) -> None:
    policy, currency = register.rules.policy.direct_debit, CURRENCY_OF_SCHEME[wanted.scheme]
    ours = policy.sepa_creditor_id if wanted.scheme == "sepa" else policy.autogiro_customer_no
    if not ours:
        text = f"[direct_debit] of policy.toml has no number of ours for {wanted.scheme}; add it, or use another scheme"
        raise RefusedError("NOT_ALLOWED", text)
    if account["currency"] != currency:
        text = f"the account is billed in {account['currency']}, {wanted.scheme} collects {currency} only"
        raise RefusedError("NOT_ALLOWED", text)


def _require_no_other(register: Register, account: Row) -> None:
    of_account = register[tables.MANDATE].where("account_id", account["account_id"])
    live = [each["mandate_id"] for each in of_account if each["mandate_state"] in _LIVE]
    if live:
        text = f"account {account['account_id']} has mandate {live[0]}; cancel it first, by an earlier request"
        raise RefusedError("ALREADY_SO", text)


def _require_new(register: Register, mandate: Row) -> None:
    """Refuse a mandate or payer number that was used before: answers of the bank name nothing else."""
    if register[tables.MANDATE].get(mandate["mandate_id"]) is not None:
        raise RefusedError("NOT_ALLOWED", f"mandate {mandate['mandate_id']} is another one; give another mandate_id")
    payer_no = mandate["payer_no"]
    if payer_no and register[tables.MANDATE].where("payer_no", payer_no):
        raise RefusedError("NOT_ALLOWED", f"payer number {payer_no} is another mandate's; give another payer_no")


def _require_registration_no(mandate: Row) -> None:
    """Bankgirot asks the payer's bank whether the account is the person's or company's."""
    digits = [each for each in mandate["registration_no"] or "" if each.isdigit()]
    if len(digits) < _DIGITS_OF_A_REGISTRATION_NO:
        text = "registration_no: Autogiro wants the payer's personal or company number, found none; add it"
        raise RefusedError("BAD_REQUEST", text)


def _new_id(register: Register, account: Row) -> str:
    return f"{account['account_id']}-{_ordinal(register, account)}"


def _payer_no(register: Register, account: Row, wanted: AddMandate) -> str | None:
    """Give each Autogiro mandate a payer number of its own: the account's, then the mandate's ordinal."""
    if wanted.scheme == "sepa":
        return None
    return (wanted.payer_no or f"{account['account_id']}{_ordinal(register, account):03}").lstrip("0")


def _ordinal(register: Register, account: Row) -> int:
    return len(register[tables.MANDATE].where("account_id", account["account_id"])) + 1


def _tell_bankgirot(register: Register, mandate: Row, action: str) -> None:
    register[tables.MANDATE_ORDER].put(
        {
            "mandate_order_id": f"{mandate['mandate_id']}:{action}",
            "mandate_id": mandate["mandate_id"],
            "mandate_action": action,
            "ordered_on": register.rules.on,
        }
    )
