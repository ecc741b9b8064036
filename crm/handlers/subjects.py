"""Whom a request is about: the subscription, account or customer that it names, on the day it holds."""

from __future__ import annotations

from datetime import date, datetime

from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.fields import OfCustomer
from crm.working_table import Row
from schemas import tables


def subscription_of(register: Register, request: Row, wanted: OfCustomer) -> Row:
    """Return the version of the subscription that is in force when the request holds.

    Raises `RefusedError`: UNKNOWN_SUBSCRIPTION, BEFORE_ACTIVATION, TERMINATED, NOT_OWNER.
    """
    subscription_id = wanted.subscription_id or _holder(register, wanted.number or "", request["effective_at"])
    on = request["effective_on"]
    version = _version(register[tables.SUBSCRIPTION].where("subscription_id", subscription_id), on)
    account = register[tables.ACCOUNT].get(version["account_id"])
    _require_owner(register, wanted, account, version)
    return version


def account_of(register: Register, request: Row, wanted: OfCustomer) -> Row:
    """Return the account that a request names, by itself, a subscription or a number."""
    if wanted.subscription_id or wanted.number:
        account = register[tables.ACCOUNT].get(subscription_of(register, request, wanted)["account_id"])
    else:
        account = register[tables.ACCOUNT].get(wanted.account_id)
    if account is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"account {wanted.account_id} is not known; check the number")
    _require_owner(register, wanted, account)
    return account


def customer_of(register: Register, request: Row, wanted: OfCustomer) -> Row:
    """Return the customer that a request names, by itself, an account, a subscription or a number."""
    if wanted.subscription_id or wanted.number or wanted.account_id:
        customer_id = account_of(register, request, wanted)["customer_id"]
    else:
        customer_id = wanted.customer_id
    customer = register[tables.CUSTOMER].get(customer_id)
    if customer is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"customer {customer_id} is not known; check the number")
    return customer


def owner_of_invoice(register: Register, invoice_no: int) -> int:
    """Return the customer whom an invoice was sent to. Raises `RefusedError` (UNKNOWN_CUSTOMER) where there is none."""
    owner = register.invoices.get(invoice_no)
    if owner is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"invoice {invoice_no} does not exist; check the number")
    return owner


def main_account(register: Register, customer: Row) -> Row:
    """Return a customer's first account: where notices to the customer go."""
    return register[tables.ACCOUNT].where("customer_id", customer["customer_id"])[0]


def _require_owner(register: Register, wanted: OfCustomer, account: Row | None, version: Row | None = None) -> None:
    owned = {"account_id": account and account["account_id"], "customer_id": account and account["customer_id"]}
    for name, owner in owned.items():
        said = getattr(wanted, name)
        if said is not None and said != owner:
            raise RefusedError("NOT_OWNER", f"what is named does not belong to {name} {said}; check whose it is")
    if version and wanted.number and wanted.subscription_id:
        held = register[tables.NUMBER_ASSIGNMENT].where("a_number", wanted.number)
        if not any(row["subscription_id"] == wanted.subscription_id for row in held):
            text = f"number {tail(wanted.number)} is not of subscription {wanted.subscription_id}; give one of them"
            raise RefusedError("NOT_OWNER", text)


def _holder(register: Register, number: str, at: datetime) -> int:
    """Return the subscription that holds a number at a moment, or did last, or will first."""
    held = sorted(register[tables.NUMBER_ASSIGNMENT].where("a_number", number), key=lambda row: row["owned_from"])
    real = [row for row in held if row["owned_to"] is None or row["owned_from"] < row["owned_to"]]
    if not real:
        raise RefusedError("UNKNOWN_SUBSCRIPTION", f"no subscription holds {tail(number)}; check the number")
    begun = [row for row in real if row["owned_from"] <= at]
    if not begun:
        first = real[0]["owned_from"].astimezone(register.rules.policy.operator.zone)
        text = f"{tail(number)} is held from {first:%Y-%m-%d} on; give a date from then on"
        raise RefusedError("BEFORE_ACTIVATION", text)
    last = begun[-1]
    if last["owned_to"] is not None and last["owned_to"] <= at:
        ended = last["owned_to"].astimezone(register.rules.policy.operator.zone)
        raise RefusedError("TERMINATED", f"{tail(number)} was given back on {ended:%Y-%m-%d}; nobody holds it by then")
    return int(last["subscription_id"])


def subscription_at(register: Register, number: str, at: datetime) -> int | None:
    """Return the subscription that holds a number at a moment, or did last, or will first; None where none does."""
    held = sorted(register[tables.NUMBER_ASSIGNMENT].where("a_number", number), key=lambda row: row["owned_from"])
    real = [row for row in held if row["owned_to"] is None or row["owned_from"] < row["owned_to"]]
    begun = [row for row in real if row["owned_from"] <= at]
    return int((begun[-1] if begun else real[0])["subscription_id"]) if real else None


def _version(versions: list[Row], on: date) -> Row:
    real = [row for row in versions if row["service_to"] is None or row["service_from"] < row["service_to"]]
    if not real:
        raise RefusedError("UNKNOWN_SUBSCRIPTION", "the subscription is not known; check its number")
    if on < real[0]["service_from"]:
        text = f"the subscription begins on {real[0]['service_from']}; give a date from then on"
        raise RefusedError("BEFORE_ACTIVATION", text)
    current = [
        row for row in real if row["service_from"] <= on and (row["service_to"] is None or on < row["service_to"])
    ]
    if not current:
        raise RefusedError("TERMINATED", f"the subscription ended on {real[-1]['service_to']}; order a new one")
    return current[0]


def tail(number: str) -> str:
    """Show only the end of a number: reasons are read by many."""
    return f"...{number[-3:]}"
