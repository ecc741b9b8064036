"""Orders, changes of plan and terminations, as the contract allows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from crm.contract_changes import (
    ANY_KIND,
    ChangeWanted,
    Fee,
    decide_change,
    decide_termination,
    fees_beyond,
    leaving_fees,
)
from crm.handlers.activation import category_of, charge_activation, subscribe
from crm.handlers.products import order_product
from crm.handlers.sign_ups import is_proof, queue, require_free
from crm.handlers.subjects import account_of, subscription_of
from crm.refusal import RefusedError
from crm.register import Charged, Register, SignUpCheck, is_own
from crm.request_models.contracts import Cancel, ChangePlan, Order
from crm.working_table import Row
from schemas import tables
from schemas.periods import months_after

_MOMENT = timedelta(microseconds=1)


def order(register: Register, request: Row, wanted: Order) -> int | None:
    """Begin one more product on an account; one that wants a proof waits for it (None)."""
    if wanted.product == "equipment":
        return order_product(register, request, wanted)
    if wanted.product != "subscription":
        return _order_allowance(register, request, wanted)
    if wanted.allowance_code:
        raise RefusedError("BAD_REQUEST", "allowance_code: order a bundle or booster apart from the subscription")
    account = account_of(register, request, wanted)
    if request["effective_on"] < account["account_from"]:
        text = f"the account begins on {account['account_from']}; give a date from then on"
        raise RefusedError("BEFORE_ACTIVATION", text)
    plan = register.rules.contracts.plan(wanted.plan_code or "")
    for number in wanted.numbers:
        require_free(register, number, request["effective_at"])
    documents = register[tables.IDENTITY_DOCUMENT].where("customer_id", account["customer_id"])
    if plan.get("identity_required") and not any(is_proof(row, register) for row in documents):
        queue(register, request, SignUpCheck(), "identity", account["customer_id"])
        return None
    subscription_id = subscribe(register, request, account, wanted)
    register.write_ahead(request, request["effective_on"])
    register.notify("change_confirmed", request, account, {"plan": plan["plan_name"]}, subscription_id)
    return int(account["customer_id"])


def _order_allowance(register: Register, request: Row, wanted: Order) -> int:
    """Give a subscription a bundle or booster of `allowances.csv`, and charge its fee."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    allowance = register.rules.allowances.get(wanted.allowance_code or "")
    if allowance is None:
        raise RefusedError("UNKNOWN_PLAN", f"allowance {wanted.allowance_code!r} is not in allowances.csv")
    on, days = request["effective_on"], allowance.get("order_days")
    key = (allowance["allowance_code"], str(version["subscription_id"]), on)
    if register[tables.ALLOWANCE_ORDER].get(*key):
        raise RefusedError("ALREADY_SO", f"{key[0]} was ordered for this subscription on {on} before")
    register[tables.ALLOWANCE_ORDER].put(
        {
            "allowance_code": key[0],
            "link_scope": "subscription",
            "link_to": key[1],
            "valid_from": on,
            "valid_to": on + timedelta(days=days) if days else None,
            "request_id": request["request_id"],
        }
    )
    if allowance.get("order_fee") and allowance.get("fee_article_no"):
        fee = Fee("order_fee", allowance["fee_article_no"], allowance["order_fee"])
        charge(register, request, (fee,), version, on)
    register.write_ahead(request, on)
    register.notify("change_confirmed", request, account, {"allowance": allowance["allowance_name"]})
    return int(account["customer_id"])


def change_plan(register: Register, request: Row, wanted: ChangePlan) -> int:
    """Put a subscription on another plan from the day its contract allows, and charge what the contract says."""
    version, account = subscription_of(register, request, wanted), account_of(register, request, wanted)
    plan = register.rules.contracts.plan(wanted.plan_code)
    if wanted.quantity not in {None, version["quantity"] or 1} and plan["plan_code"] == version["plan_code"]:
        return _change_quantity(register, request, version, account, wanted.quantity)
    kind = ANY_KIND if request["request_type"] == "change_plan" else request["request_type"]
    change = decide_change(
        register.rules.contracts,
        contract_in_force(register, version, request["effective_on"], account),
        ChangeWanted(plan["plan_code"], request["effective_on"], _may_begin(register, request), kind),
        category_of(register, account),
        account["billing_day"],
    )
    _require_open(version, change.begins_on)
    quantity = wanted.quantity or version["quantity"]
    _replace_version(register, version, change.begins_on, {"plan_code": plan["plan_code"], "quantity": quantity})
    register[tables.CONTRACT].put(change.contract)
    charge(register, request, change.fees, version, change.begins_on)
    charge_activation(register, request, account, version["subscription_id"], plan["plan_code"], change.begins_on)
    register.write_ahead(request, change.begins_on)
    data = {"plan": plan["plan_name"], "from": change.begins_on, "fee": sum(fee.amount_ex_vat for fee in change.fees)}
    register.notify("change_confirmed", request, account, data, version["subscription_id"])
    return int(account["customer_id"])


def _change_quantity(register: Register, request: Row, version: Row, account: Row, quantity: int | None) -> int:
    """Let a subscription pay for another number of units of its plan; its contract stays as it is."""
    begins_on = max(request["effective_on"], _may_begin(register, request))
    _require_open(version, begins_on)
    _replace_version(register, version, begins_on, {"quantity": quantity})
    data = {"plan": version["plan_code"], "from": begins_on, "quantity": quantity}
    register.notify("change_confirmed", request, account, data, version["subscription_id"])
    return int(account["customer_id"])


def _require_open(version: Row, begins_on: date) -> None:
    if version["service_to"] is not None and version["service_to"] <= begins_on:
        text = f"the plan ends on {version['service_to']}, before the change could begin on {begins_on}"
        raise RefusedError("TERMINATED", text)


def _replace_version(register: Register, version: Row, on: date, changed: Row) -> None:
    """End the version on a day, and let the next begin; a change that was to come later gives way."""
    subscriptions = register[tables.SUBSCRIPTION]
    ends = version["service_to"]
    for later in subscriptions.where("subscription_id", version["subscription_id"]):
        if later["service_from"] > version["service_from"]:
            ends = later["service_to"]
            subscriptions.remove(later)
            _withdraw(register, later)
    if on > version["service_from"]:
        subscriptions.put(version | {"service_to": on})
    subscriptions.put(version | changed | {"service_from": on, "service_to": ends})


def _withdraw(register: Register, version: Row) -> None:
    """Take back the contract and the fees of a version that will not begin."""
    for contract in register[tables.CONTRACT].where("subscription_id", version["subscription_id"]):
        if contract["contract_from"] == version["service_from"]:
            register[tables.CONTRACT].remove(contract)
    register.withdraw_fees(version["subscription_id"], version["service_from"])


def cancel(register: Register, request: Row, wanted: Cancel) -> int:
    """End a subscription and its numbers; an end already set may be brought forward."""
    day_before = request | {
        "effective_at": request["effective_at"] - _MOMENT,
        "effective_on": request["effective_on"] - timedelta(days=1),
    }
    version, account = subscription_of(register, day_before, wanted), account_of(register, day_before, wanted)
    versions = register[tables.SUBSCRIPTION].where("subscription_id", version["subscription_id"])
    ends_on, until, set_before = request["effective_on"], request["effective_at"], versions[-1]["service_to"]
    if until > register.midnight(ends_on):  # within a day, which is then the last one of the service
        ends_on += timedelta(days=1)
    beyond: tuple[Fee, ...] = ()
    if not is_own(request):
        contract = contract_in_force(register, version, day_before["effective_on"], account)
        end = decide_termination(contract, ends_on, _asked_on(register, request))
        if end.ends_on != ends_on:
            ends_on, until = end.ends_on, register.midnight(end.ends_on)
        charged = leaving_fees(contract, set_before) if set_before else ()
        beyond = fees_beyond(end.fees, charged)
    if set_before is not None and set_before <= ends_on:
        raise RefusedError("ALREADY_SO", f"the subscription ends on {set_before} already")
    for row in versions:
        if row["service_to"] is None or row["service_to"] > ends_on:
            register[tables.SUBSCRIPTION].put(row | {"service_to": max(row["service_from"], ends_on)})
        if row["service_from"] > version["service_from"] and row["service_from"] >= ends_on:
            _withdraw(register, row)
    for row in register[tables.NUMBER_ASSIGNMENT].where("subscription_id", version["subscription_id"]):
        if row["owned_to"] is None or row["owned_to"] > until:
            register[tables.NUMBER_ASSIGNMENT].put(row | {"owned_to": max(row["owned_from"], until)})
    charge(register, request, beyond, version, ends_on)
    register.write_ahead(request, ends_on)
    register.notify("termination_confirmed", request, account, {"ends_on": ends_on}, version["subscription_id"])
    return int(account["customer_id"])


def contract_in_force(register: Register, version: Row, on: date, account: Row) -> Row:
    """Return the contract of a subscription on a day; one from before there were contracts has today's terms."""
    contracts = register[tables.CONTRACT].where("subscription_id", version["subscription_id"])
    begun = [row for row in contracts if row["contract_from"] <= on]
    if begun:
        return begun[-1]
    return register.rules.contracts.contract(
        version["subscription_id"], version["plan_code"], category_of(register, account), version["service_from"]
    )


def charge(register: Register, request: Row, fees: tuple[Fee, ...], version: Row, on: date) -> None:
    """Charge one-off fees from a day on."""
    account = register[tables.ACCOUNT].get(version["account_id"]) or {}
    register.fees += [Charged(request["request_id"], fee, account, version["subscription_id"], on) for fee in fees]


def _may_begin(register: Register, request: Row) -> date:
    """Return the first day a change may begin: when it was asked for, but not before fees are closed for good."""
    rules = register.rules
    return max(_asked_on(register, request), months_after(rules.on, -rules.policy.billing.open_months))


def _asked_on(register: Register, request: Row) -> date:
    asked_at: datetime = request["requested_at"]
    return asked_at.astimezone(register.rules.policy.operator.zone).date()
