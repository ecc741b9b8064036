"""The manual queue: proofs arrive, people decide, and what waited goes on."""

from __future__ import annotations

import json
from typing import Any

from crm.decided_by import decision
from crm.handlers.activation import hold
from crm.handlers.sign_ups import access_code, activate, is_proof, lacks_proof, queue, require_known
from crm.handlers.subjects import account_of
from crm.handlers.subscriptions import order
from crm.refusal import RefusedError
from crm.register import Register, SignUpCheck, is_own
from crm.request_models.contracts import Order
from crm.request_models.sign_up import Decide, Identity, SignUp
from crm.working_table import Row
from schemas import tables
from schemas.codes import UNKNOWN_TEXT

_DETAILS = ("name", "street", "postcode", "city")


def decide(register: Register, request: Row, wanted: Decide) -> int | None:
    """Approve or refuse what waits in the queue; approval does what was asked for, from today at the earliest."""
    case, asked = _waiting(register, wanted.case)
    if wanted.decision == "refuse":
        close_case(register, request, wanted.case, wanted.reason)
        register.settle(wanted.case, "refused", None, "REFUSED_BY_HAND", wanted.reason)
        register.notify("sign_up_refused", request, None, {"case": wanted.case})
        return None
    register[tables.APPROVAL_CASE].put(case | _decided(register, request, "approved", wanted.reason))
    limit = wanted.limit if wanted.limit is not None else case["approved_limit"]
    customer_id = _go_on(register, case, _with_details(_not_before(register, asked), wanted), limit)
    if customer_id is None and case["waits_for"] == "identity":
        raise RefusedError("PROOF_MISSING", _what_is_missing(register, asked))
    return customer_id


def close_case(register: Register, request: Row, request_id: str, why: str) -> None:
    """Close a case that leads to nothing: no proof is wanted for it any longer."""
    case = register[tables.APPROVAL_CASE].get(request_id)
    if case:
        register[tables.APPROVAL_CASE].put(case | _decided(register, request, "refused", why))
    _want_no_longer(register, request_id)


def _decided(register: Register, request: Row, state: str, why: str) -> Row:
    return {"case_state": state, "decided_on": register.rules.on} | decision(request, why)


def _what_is_missing(register: Register, asked: Row) -> str:
    """Say which proof a case waits for, and how it comes."""
    came = [row for row in register[tables.IDENTITY_DOCUMENT].where("sign_up_id", asked["request_id"]) if row["issuer"]]
    what = f"the {came[0]['identity_kind']} is {came[0]['identity_state']} only" if came else "no document has come"
    return (
        f"approval cannot stand for the proof that the plan wants: {what}. Send a request identity with "
        f"sign_up={asked['request_id']} and checked_by, or refuse the case; proven, it goes on by itself"
    )


def _with_details(asked: Row, wanted: Decide) -> Row:
    """Fill in name and address that whoever decides has found out; nobody becomes a customer without."""
    if asked["request_type"] != "sign_up":
        return asked
    payload = json.loads(asked["payload"])
    payload["customer"] |= wanted.model_dump(include=set(_DETAILS), exclude_none=True)
    unknown = [name for name in _DETAILS if payload["customer"].get(name) == UNKNOWN_TEXT]
    if unknown:
        raise RefusedError("BAD_REQUEST", f"the register does not know this caller: give {', '.join(unknown)} as well")
    return asked | {"payload": json.dumps(payload)}


def identity(register: Register, request: Row, wanted: Identity) -> int | None:
    """Keep a document that proves who somebody is; when it is verified, what waited for it goes on."""
    customer_id = wanted.customer_id
    if (wanted.sign_up is None) == (customer_id is None):
        raise RefusedError("BAD_REQUEST", "give sign_up (its request_id) or customer_id; send a corrected request")
    if customer_id is not None and register[tables.CUSTOMER].get(customer_id) is None:
        raise RefusedError("UNKNOWN_CUSTOMER", f"customer {customer_id} is not known; check the number")
    if wanted.sign_up is not None and register[tables.APPROVAL_CASE].get(wanted.sign_up) is None:
        raise RefusedError("NOT_WAITING", "no sign-up with this id waits for a proof: nightbill queue list")
    if wanted.valid_until < register.rules.on:
        raise RefusedError("BAD_REQUEST", f"valid_until {wanted.valid_until} has passed; ask for a valid document")
    document = {
        "identity_id": wanted.sign_up or f"{customer_id}:{wanted.kind}",
        "sign_up_id": wanted.sign_up,
        "customer_id": customer_id or _customer_of_case(register, wanted.sign_up),
        "identity_kind": wanted.kind,
        "number_hash": wanted.number_hash,
        "issuer": wanted.issuer,
        "valid_until": wanted.valid_until,
        "identity_state": "verified" if wanted.checked_by else "received",
        "checked_by": wanted.checked_by,
        "file_reference": wanted.file_reference,
        "changed_on": register.rules.on,
        "request_id": request["request_id"],
    }
    register[tables.IDENTITY_DOCUMENT].put(document)
    if not is_proof(document, register):
        return customer_id
    return _proven(register, wanted) or customer_id


def _proven(register: Register, wanted: Identity) -> int | None:
    """Let the sign-up or the orders that waited for this proof go on."""
    if wanted.sign_up is not None:
        case, asked = _waiting(register, wanted.sign_up, also_decided=True)
        return _go_on(register, case, _not_before(register, asked), case["approved_limit"]) if _waits(case) else None
    for request_id, asked in register.requests.items():
        held = register[tables.APPROVAL_CASE].get(request_id)
        if held and _waits(held) and _is_order_of(register, asked, wanted.customer_id):
            _order_goes_on(register, held, asked)
    return wanted.customer_id


def _want_no_longer(register: Register, request_id: str) -> None:
    """Take away that a document is wanted for a case that is over; one that came is kept."""
    for row in register[tables.IDENTITY_DOCUMENT].where("sign_up_id", request_id):
        if row["identity_state"] == "wanted":
            register[tables.IDENTITY_DOCUMENT].remove(row)


def _order_goes_on(register: Register, case: Row, asked: Row) -> None:
    """Apply an order that waited for a proof; what stands against it by now refuses the order, not the proof."""
    try:
        _go_on(register, case, _not_before(register, asked), None)
    except RefusedError as refusal:
        refused = {"case_state": "refused", "decided_on": register.rules.on, "decision_text": refusal.text}
        register[tables.APPROVAL_CASE].put(case | refused)
        register.settle(asked["request_id"], "refused", None, refusal.code, refusal.text)
        _want_no_longer(register, asked["request_id"])


def _waits(case: Row) -> bool:
    return bool(case["case_state"] == "waiting" and case["waits_for"] == "identity")


def _is_order_of(register: Register, asked: Row, customer_id: int | None) -> bool:
    return asked["request_type"] == "order" and _customer_of_order(register, asked) == customer_id


def _customer_of_case(register: Register, request_id: str | None) -> int | None:
    """Return who has become a customer by a sign-up, or who ordered; None while there is no customer."""
    asked = register.requests.get(request_id or "")
    if asked and asked["request_type"] == "order":
        return _customer_of_order(register, asked)
    document = register[tables.IDENTITY_DOCUMENT].get(request_id)
    return document["customer_id"] if document else None


def _customer_of_order(register: Register, asked: Row) -> int | None:
    """Return whose account an order is for, None when nobody holds any longer what it names."""
    try:
        return int(account_of(register, asked, Order.model_validate_json(asked["payload"]))["customer_id"])
    except RefusedError:
        return None


def _waiting(register: Register, request_id: str, *, also_decided: bool = False) -> tuple[Row, Row]:
    case, asked = register[tables.APPROVAL_CASE].get(request_id), register.requests.get(request_id)
    if case is None or asked is None or (case["case_state"] != "waiting" and not also_decided):
        raise RefusedError("NOT_WAITING", "no case with this id waits for a decision: nightbill queue list")
    return case, asked


def _not_before(register: Register, asked: Row) -> Row:
    """What somebody approved begins today at the earliest; a stranger's calls are priced from the first one."""
    on = register.rules.on
    if is_own(asked) or asked["effective_on"] >= on:
        return asked
    return asked | {"effective_on": on, "effective_at": register.midnight(on)}


def _go_on(register: Register, case: Row, asked: Row, limit: Any) -> int | None:
    """Do what waited: a sign-up is activated unless it still lacks a proof, an order is applied."""
    if asked["request_type"] == "sign_up":
        customer_id = _sign_up_again(register, case, asked, limit)
    else:
        register.begin_change()
        customer_id = order(register, asked, Order.model_validate_json(asked["payload"]))
    if customer_id is not None:
        case = register[tables.APPROVAL_CASE].get(case["request_id"]) or case
        decided = {"case_state": "approved", "decided_on": case["decided_on"] or register.rules.on}
        register[tables.APPROVAL_CASE].put(case | decided)
        register.settle(asked["request_id"], "applied", customer_id)
        _want_no_longer(register, asked["request_id"])
    return customer_id


def _sign_up_again(register: Register, case: Row, asked: Row, limit: Any) -> int | None:
    wanted = SignUp.model_validate_json(asked["payload"])
    require_known(register, asked, wanted)
    if lacks_proof(register, asked, wanted):
        found = SignUpCheck(case["address_outcome"], "approve", limit, None, "approved, waits for identity")
        queue(register, asked, found, "identity")
        return None
    customer_id = activate(register, asked, wanted, limit)
    if case["address_outcome"] == "secret":
        _give_code(register, asked, customer_id)
    return customer_id


def _give_code(register: Register, asked: Row, customer_id: int) -> None:
    """Give a customer with a secret number a code to key in: the switch reports it as the calling number."""
    account = register[tables.ACCOUNT].where("customer_id", customer_id)[0]
    first = register[tables.SUBSCRIPTION].where("account_id", account["account_id"])[0]
    attempt = 0
    while register[tables.NUMBER_ASSIGNMENT].where("a_number", access_code(register, asked["request_id"], attempt)):
        attempt += 1
    code = access_code(register, asked["request_id"], attempt)
    hold(register, code, first["subscription_id"], asked)
    register.notify("code_issued", asked, account, {"code": code}, first["subscription_id"])
