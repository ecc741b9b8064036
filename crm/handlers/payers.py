"""Accounts that others pay for, and the users and cost centres of subscriptions."""

from __future__ import annotations

from datetime import date, timedelta

from crm.handlers.subjects import account_of, customer_of, subscription_of
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.payers import SetPayer, SetUser
from crm.working_table import Row
from schemas import tables


def set_payer(register: Register, request: Row, wanted: SetPayer) -> int:
    """Let another account pay for one, or itself again.

    It holds from its day, a past one too, for what is not invoiced yet; but not before the day after the last change:
    who paid when is history. Raises `RefusedError`: UNKNOWN_CUSTOMER, NOT_ALLOWED, ALREADY_SO.
    """
    account = account_of(register, request, wanted)
    payer = wanted.payer_account_id
    if payer is not None:
        _require_payer(register, account, payer)
    if payer == _payer_of(register, account["account_id"]):
        text = f"account {payer} pays for it already" if payer else "it pays itself already"
        raise RefusedError("ALREADY_SO", text)
    register[tables.PAYER].put(
        {
            "account_id": account["account_id"],
            "valid_from": _earliest(register, account["account_id"], request["effective_on"]),
            "payer_account_id": payer,
            "request_id": request["request_id"],
        }
    )
    register.notify("change_confirmed", request, account, {"payer_account_id": payer})
    return int(account["customer_id"])


def set_user(register: Register, request: Row, wanted: SetUser) -> int:
    """Say who uses a subscription, and for which cost centre, from a day on."""
    version = subscription_of(register, request, wanted)
    on = request["effective_on"]
    before = [row for row in _users(register, version["subscription_id"]) if row["valid_from"] <= on]
    known = before[-1] if before else {"cost_centre": None, "user_name": None}
    said = {
        name: (getattr(wanted, name) if getattr(wanted, name) is not None else known[name]) or None
        for name in ("cost_centre", "user_name")
    }
    row = {"subscription_id": version["subscription_id"], "valid_from": on, "request_id": request["request_id"]}
    register[tables.SUBSCRIPTION_USER].put(row | said)
    return int(customer_of(register, request, wanted)["customer_id"])


def _require_payer(register: Register, account: Row, payer_id: int) -> None:
    """Refuse a payer that is unknown, the account itself, paid for by a third, or billed in another currency."""
    payer = register[tables.ACCOUNT].get(payer_id)
    if payer is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"account {payer_id} is not known; check the number")
    account_id = account["account_id"]
    if payer_id == account_id:
        raise RefusedError("NOT_ALLOWED", "an account cannot pay for itself through itself; leave out payer_account_id")
    above = _payer_of(register, payer_id)
    if above is not None:
        raise RefusedError("NOT_ALLOWED", f"account {above} pays for account {payer_id}; name account {above}")
    paid_for = {row["account_id"] for row in register[tables.PAYER].where("payer_account_id", account_id)}
    still = sorted(each for each in paid_for if _payer_of(register, each) == account_id)
    if still:
        raise RefusedError("NOT_ALLOWED", f"the account pays for account {still[0]} itself; end that first")
    if payer["currency"] != account["currency"]:
        text = f"account {payer_id} is billed in {payer['currency']}, this one in {account['currency']}"
        raise RefusedError("NOT_ALLOWED", f"{text}; choose a payer with the same currency")


def _earliest(register: Register, account_id: int, wanted: date) -> date:
    rows = register[tables.PAYER].where("account_id", account_id)
    after: date = rows[-1]["valid_from"] + timedelta(days=1) if rows else wanted
    return max(wanted, after)


def _payer_of(register: Register, account_id: int) -> int | None:
    """Return who pays for an account by the last row there is; None where it pays itself."""
    rows = register[tables.PAYER].where("account_id", account_id)
    return rows[-1]["payer_account_id"] if rows else None


def _users(register: Register, subscription_id: int) -> list[Row]:
    return register[tables.SUBSCRIPTION_USER].where("subscription_id", subscription_id)
