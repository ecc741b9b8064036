"""Coupons are redeemed, and amounts are given back out of goodwill."""

from __future__ import annotations

from datetime import date

from crm.contract_changes import Fee
from crm.handlers.customers import require_own_invoice
from crm.handlers.subjects import account_of, subscription_of
from crm.refusal import RefusedError
from crm.register import Charged, Register
from crm.request_models.terms import Goodwill, RedeemCoupon
from crm.working_table import Row
from schemas import tables


def redeem_coupon(register: Register, request: Row, wanted: RedeemCoupon) -> int:
    """Let a coupon hold for an account or subscription, with the terms that it has today."""
    account, on = account_of(register, request, wanted), request["effective_on"]
    coupon = _valid_coupon(register, wanted.coupon_code, on)
    version = None
    if coupon["term_scope"] == "subscription":
        if not (wanted.number or wanted.subscription_id):
            raise RefusedError("BAD_REQUEST", "this coupon is for one subscription; give number or subscription_id")
        version = subscription_of(register, request, wanted)
    _require_meant(register, coupon, account, version, on)
    whose = f"subscription:{version['subscription_id']}" if version else f"account:{account['account_id']}"
    redemption_id = f"{coupon['coupon_code']}:{whose}"
    redemptions = register[tables.COUPON_REDEMPTION]
    if redemptions.get(redemption_id):
        raise RefusedError("ALREADY_SO", f"coupon {coupon['coupon_code']} was redeemed for {whose} before")
    limit, given = coupon["redemption_limit"], len(redemptions.where("coupon_code", coupon["coupon_code"]))
    if limit is not None and given >= limit:
        raise RefusedError("COUPON_USED_UP", f"{given} of {limit} have redeemed {coupon['coupon_code']}; offer another")
    whom = {"account_id": account["account_id"], "subscription_id": version and version["subscription_id"]}
    given_on = {"redemption_id": redemption_id, "redeemed_on": on, "request_id": request["request_id"]}
    redemptions.put(coupon | whom | given_on)
    return int(account["customer_id"])


def _valid_coupon(register: Register, code: str, on: date) -> Row:
    coupon = register.rules.coupons.get(code)
    if coupon is None:
        raise RefusedError("UNKNOWN_COUPON", f"coupon {code!r} is not in coupons.csv; check how it is written")
    since, until = coupon["valid_from"], coupon["valid_to"]
    if on < since or (until is not None and on >= until):
        text = f"coupon {code} can be redeemed from {since} until before {until or 'any day'}, not on {on}"
        raise RefusedError("COUPON_NOT_VALID", text)
    return coupon


def _require_meant(register: Register, coupon: Row, account: Row, version: Row | None, on: date) -> None:
    """Refuse a coupon in another currency, or one for others: of another plan, group, customer or subscription."""
    if coupon["currency"] not in {None, account["currency"]}:
        raise RefusedError(
            "NOT_ALLOWED", f"the coupon is in {coupon['currency']}, the account in {account['currency']}"
        )
    versions = [version] if version else [
        row
        for row in register[tables.SUBSCRIPTION].where("account_id", account["account_id"])
        if row["service_from"] <= on and (row["service_to"] is None or on < row["service_to"])
    ]  # fmt: skip
    fits = {
        "all": {"*"},
        "plan": {row["plan_code"] for row in versions},
        "group": {_group_of(register, account["customer_id"], on)},
        "customer": {str(account["customer_id"])},
        "subscription": {str(row["subscription_id"]) for row in versions},
    }
    if coupon["link_to"] not in fits[coupon["link_scope"]]:
        text = f"coupon {coupon['coupon_code']} is for {coupon['link_scope']} {coupon['link_to']} only"
        raise RefusedError("NOT_ALLOWED", text)


def _group_of(register: Register, customer_id: int, on: date) -> str:
    """Return the group that a customer is in on a day; without one it is the category."""
    for row in register.rules.groups.get(customer_id, ()):
        if row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"]):
            return str(row["customer_group"])
    return str((register[tables.CUSTOMER].get(customer_id) or {})["customer_category"])


def goodwill(register: Register, request: Row, wanted: Goodwill) -> int:
    """Give an amount back on the next invoice, as a charge below nothing that keeps its request's name."""
    account = account_of(register, request, wanted)
    ceiling = register.rules.policy.billing.goodwill_ceiling
    if wanted.amount > ceiling:
        text = f"{wanted.amount} is above billing.goodwill_ceiling, {ceiling}; give less, or ask who may raise it"
        raise RefusedError("ABOVE_CEILING", text)
    if wanted.article_no not in register.rules.articles:
        raise RefusedError("UNKNOWN_PRODUCT", f"article {wanted.article_no!r} is not in articles.csv")
    if wanted.invoice_no is not None:
        require_own_invoice(register, wanted.invoice_no, account["customer_id"])
    named = bool(wanted.number or wanted.subscription_id)
    subscription_id = subscription_of(register, request, wanted)["subscription_id"] if named else None
    fee = Fee("goodwill", wanted.article_no, -wanted.amount)
    register.fees.append(
        Charged(request["request_id"], fee, account, subscription_id, request["effective_on"], account["currency"])
    )
    return int(account["customer_id"])
