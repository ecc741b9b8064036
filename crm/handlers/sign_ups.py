"""Sign-ups: checked, put into the manual queue where a person must look, and activated."""

from __future__ import annotations

import hmac
from datetime import datetime
from decimal import Decimal

from crm.handlers.activation import subscribe
from crm.handlers.strangers import hold_from_earlier
from crm.person_number import PersonNumberError, checked_number
from crm.refusal import RefusedError
from crm.register import Register, SignUpCheck, is_own
from crm.request_models.sign_up import SignUp
from crm.vat_number import checked_vat_no
from crm.working_table import Row
from schemas import tables
from schemas.buckets import account_bucket

_UNCHECKED = SignUpCheck()
_CODE_DIGITS = 8


def sign_up(register: Register, request: Row, wanted: SignUp) -> int | None:
    """Activate a customer whose address and credit are beyond doubt; put any other into the queue (None).

    A late call of a stranger who is a customer by now makes no other one.
    """
    known = hold_from_earlier(register, request, wanted) if is_own(request) else None
    if known is not None:
        return known
    require_known(register, request, wanted)
    check = register.checks.get(request["request_id"], _UNCHECKED)
    if check.black_listed:
        raise RefusedError("BLACK_LISTED", check.black_listed)
    if check.credit_decision == "refuse":
        raise RefusedError("CREDIT_REFUSED", check.found or "the credit rules refuse this customer")
    waits_for = _waits_for(check)
    if waits_for is not None or lacks_proof(register, request, wanted):
        queue(register, request, check, waits_for or "identity")
        return None
    return activate(register, request, wanted, check.approved_limit)


def activate(register: Register, request: Row, wanted: SignUp, limit: Decimal | None) -> int:
    """Make customer, account, subscriptions and numbers; ask for confirmation and welcome letter."""
    on, request_id = request["effective_on"], request["request_id"]
    customer_id, account_id = register.next_id("customer_id"), register.next_id("account_id")
    policy = register.rules.policy
    person = wanted.customer
    register[tables.CUSTOMER].put(
        {
            **person.model_dump(exclude={"name", "category"}),
            "customer_id": customer_id,
            "customer_name": person.name,
            "customer_category": person.category,
            "registration_no": registration_no(request, person.registration_no, person.country_code, person.category),
            "vat_no": person.vat_no and checked_vat_no(person.vat_no, person.country_code),
            "customer_from": on,
            "request_id": request_id,
        }
    )
    account = {
        "account_id": account_id,
        "customer_id": customer_id,
        "account_bucket": account_bucket(account_id, policy.store.account_buckets),
        "billing_day": wanted.account.billing_day,
        "currency": wanted.account.currency or policy.operator.currency,
        "credit_limit": getattr(policy.credit, person.category) if limit is None else limit,
        "delivery_channel": wanted.account.delivery_channel,
        "reseller_code": request["reseller_code"],
        "account_from": on,
        "electronic_address": wanted.account.electronic_address,
        "buyer_reference": wanted.account.buyer_reference,
        "order_reference": wanted.account.order_reference,
    }
    register[tables.ACCOUNT].put(account)
    _choose_layout(register, account, wanted.account.invoice_layout, request_id)
    for subscription in wanted.subscriptions:
        subscribe(register, request, account, subscription)
    _own_documents(register, request_id, customer_id)
    for kind in ("sign_up_confirmation", "welcome_letter"):
        register.notify(kind, request, account, {"name": person.name, "credit_limit": account["credit_limit"]})
    return customer_id


def _choose_layout(register: Register, account: Row, layout: str | None, request_id: str) -> None:
    """Keep the layout of invoices that a sign-up chooses, as a request for it would."""
    if layout is not None:
        register[tables.PREFERENCE].put(
            {
                "customer_id": account["customer_id"],
                "preference_of": f"account:{account['account_id']}",
                "preference": "invoice_layout",
                "preference_value": layout,
                "set_on": register.rules.on,
                "request_id": request_id,
            }
        )


def require_known(register: Register, request: Row, wanted: SignUp) -> None:
    """Refuse what no decision could mend: plans, reseller, numbers, registration number."""
    for subscription in wanted.subscriptions:
        register.rules.contracts.plan(subscription.plan_code)
    reseller = request["reseller_code"]
    if reseller is not None and reseller not in register.rules.resellers:
        raise RefusedError("UNKNOWN_RESELLER", f"reseller {reseller!r} is not in resellers.csv")
    person = wanted.customer
    require_language(register, person.language, "customer.language")
    registration_no(request, person.registration_no, person.country_code, person.category)
    _require_billable(register, wanted)
    numbers = [number for subscription in wanted.subscriptions for number in subscription.numbers]
    if len(set(numbers)) < len(numbers):
        raise RefusedError("NUMBER_IN_USE", "the request names a number twice; name each once")
    for number in numbers:
        require_free(register, number, request["effective_at"])


def require_language(register: Register, language: str, field: str) -> None:
    """Refuse a language that no letter can be written in. Raises `RefusedError` BAD_REQUEST."""
    known = register.rules.languages
    if known and language not in known:
        text = (
            f"{field}: there are texts in {', '.join(sorted(known))}, none in {language!r}; choose one of these, or "
            f"add texts_{language}.toml to config/brand"
        )
        raise RefusedError("BAD_REQUEST", text)


def require_layout(category: str, layout: str | None) -> None:
    """Refuse a consolidated invoice to a private person. Raises `RefusedError` NOT_ALLOWED."""
    if layout == "consolidated" and category == "private":
        raise RefusedError("NOT_ALLOWED", "consolidated invoices are for companies; choose standard")


def _require_billable(register: Register, wanted: SignUp) -> None:
    person, currency = wanted.customer, wanted.account.currency
    require_layout(person.category, wanted.account.invoice_layout)
    if person.vat_no:
        checked_vat_no(person.vat_no, person.country_code)
    if currency is not None and currency not in register.rules.currencies:
        known = ", ".join(sorted(register.rules.currencies))
        text = f"exchange_rates.csv has no rate of {currency}; add it, or use one of {known}"
        raise RefusedError("BAD_CURRENCY", text)


def registration_no(request: Row, number: str | None, country_code: str, category: str) -> str | None:
    """Return a registration number in its one form. Raises `RefusedError` BAD_PERSON_NO."""
    if number is None:
        return None
    try:
        return checked_number(number, country_code, category, request["requested_at"].date()).canonical
    except PersonNumberError as error:
        raise RefusedError("BAD_PERSON_NO", str(error)) from None


def require_free(register: Register, number: str, since: datetime) -> None:
    """Refuse a number that somebody holds at a moment or later: periods of ownership never overlap."""
    prefix = register.rules.policy.numbering.code_prefix
    if number.startswith(prefix):
        text = f"numbers that begin with {prefix} are codes of callers with secret numbers; give a telephone number"
        raise RefusedError("NOT_ALLOWED", text)
    held = register[tables.NUMBER_ASSIGNMENT].where("a_number", number)
    taken = [row for row in held if _is_held_after(row, since)]
    if taken:
        until = taken[-1]["owned_to"]
        clock = register.rules.policy.operator.zone
        free = f"is free from {until.astimezone(clock):%Y-%m-%d}" if until else "is held without end"
        raise RefusedError("NUMBER_IN_USE", f"number ...{number[-3:]} {free}; choose another or cancel first")


def _is_held_after(row: Row, since: datetime) -> bool:
    ends = row["owned_to"]
    return ends is None or (ends > since and ends > row["owned_from"])


def lacks_proof(register: Register, request: Row, wanted: SignUp) -> bool:
    """Tell whether a plan wants a verified document that the sign-up does not have yet."""
    plans = (register.rules.contracts.plan(each.plan_code) for each in wanted.subscriptions)
    wants = any(plan.get("identity_required") for plan in plans)
    documents = register[tables.IDENTITY_DOCUMENT].where("sign_up_id", request["request_id"])
    return wants and not any(is_proof(row, register) for row in documents)


def is_proof(document: Row, register: Register) -> bool:
    """Tell whether a document is verified and still valid."""
    return bool(document["identity_state"] == "verified" and document["valid_until"] >= register.rules.on)


def queue(register: Register, request: Row, check: SignUpCheck, waits_for: str, customer_id: int | None = None) -> None:
    """Open a case for a person to decide, or that waits for a proof; of a customer, where one asks."""
    register.requests.setdefault(request["request_id"], request)  # its proof or decision may come the same night
    known = register[tables.APPROVAL_CASE].get(request["request_id"]) or {"opened_on": register.rules.on}
    register[tables.APPROVAL_CASE].put(
        {
            **known,
            "request_id": request["request_id"],
            "case_state": "waiting",
            "waits_for": waits_for,
            "address_outcome": check.address_outcome,
            "credit_decision": check.credit_decision,
            "approved_limit": check.approved_limit,
            "deposit_amount": check.deposit_amount,
            "case_text": check.found or f"waits for {waits_for}",
        }
    )
    register.settle(request["request_id"], "queued", customer_id, text=check.found or f"waits for {waits_for}")
    if waits_for in {"identity", "deposit"}:
        register.notify(f"{waits_for}_wanted", request, None, {"deposit": check.deposit_amount})
    if waits_for == "identity":
        wanted = {"identity_id": request["request_id"], "sign_up_id": request["request_id"]}
        state = {"identity_state": "wanted", "changed_on": register.rules.on, "request_id": request["request_id"]}
        if not register[tables.IDENTITY_DOCUMENT].where("sign_up_id", request["request_id"]):
            register[tables.IDENTITY_DOCUMENT].put(wanted | state)


def _waits_for(check: SignUpCheck) -> str | None:
    if check.address_outcome not in {None, "complete"}:
        return "address"
    return {"manual": "credit", "deposit": "deposit"}.get(check.credit_decision)


def _own_documents(register: Register, request_id: str, customer_id: int) -> None:
    for row in register[tables.IDENTITY_DOCUMENT].where("sign_up_id", request_id):
        register[tables.IDENTITY_DOCUMENT].put(row | {"customer_id": customer_id})


def access_code(register: Register, request_id: str, attempt: int) -> str:
    """Make a code for a caller with a secret number: digits that no telephone number begins with.

    The same one each time in one home, and only there: whoever lacks the home's secret cannot compute it.
    """
    digest = hmac.digest(register.rules.secret, f"access code/{request_id}/{attempt}".encode(), "sha256")
    digits = int.from_bytes(digest[:8], "big") % 10**_CODE_DIGITS
    return f"{register.rules.policy.numbering.code_prefix}{digits:0{_CODE_DIGITS}}"
