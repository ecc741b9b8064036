"""Details and preferences change; notes, messages and disputes become history."""

from __future__ import annotations

from crm.handlers.sign_ups import registration_no, require_language, require_layout
from crm.handlers.subjects import account_of, customer_of, main_account, owner_of_invoice, subscription_of
from crm.refusal import RefusedError
from crm.register import Register
from crm.request_models.customers import Dispute, SetPreference, UpdateDetails
from crm.request_models.fields import OfCustomer
from crm.vat_number import checked_vat_no
from crm.working_table import Row
from schemas import tables
from schemas.electronic_address import NO_ELECTRONIC_ADDRESS, organisation_digits

# Details of the account; those of the customer that are not simply kept under their own name.
_OF_ACCOUNT = {"billing_day", "electronic_address", "buyer_reference", "order_reference"}
_APART = {"name", "vat_no"} | _OF_ACCOUNT


def update_details(register: Register, request: Row, wanted: UpdateDetails) -> int:
    """Change what is given of a customer, and of the account: its billing day, and what its e-invoices need."""
    customer = customer_of(register, request, wanted)
    details = wanted.model_dump(exclude=set(OfCustomer.model_fields) | _APART, exclude_none=True)
    if wanted.name:
        details["customer_name"] = wanted.name
    if wanted.registration_no:
        country = wanted.country_code or customer["country_code"]
        number = registration_no(request, wanted.registration_no, country, customer["customer_category"])
        details["registration_no"] = number
    register[tables.CUSTOMER].put(customer | details | _vat_no(customer, wanted))
    account = _account(register, request, wanted, customer)
    of_account = wanted.model_dump(include=_OF_ACCOUNT, exclude_none=True)
    if of_account:
        register[tables.ACCOUNT].put(account | of_account)
    register.notify("change_confirmed", request, account, {"details": sorted(details)})
    return int(customer["customer_id"])


def _vat_no(customer: Row, wanted: UpdateDetails) -> Row:
    """Check a VAT number; a customer that moves to another country leaves its old one behind."""
    country = wanted.country_code or customer["country_code"]
    if wanted.vat_no:
        return {"vat_no": checked_vat_no(wanted.vat_no, country)}
    return {} if country == customer["country_code"] else {"vat_no": None}


def set_preference(register: Register, request: Row, wanted: SetPreference) -> int:
    """Keep a choice; language and delivery channel also change the customer and the account."""
    customer = customer_of(register, request, wanted)
    of = "customer"
    if wanted.preference == "delivery_channel":
        account = _account(register, request, wanted, customer)
        if wanted.value == "e_invoice":
            _require_electronic_address(customer, account)
        register[tables.ACCOUNT].put(account | {"delivery_channel": wanted.value})
        of = f"account:{account['account_id']}"
    elif wanted.preference in {"invoice_layout", "itemisation"}:
        of = f"account:{_account(register, request, wanted, customer)['account_id']}"
        require_layout(customer["customer_category"], wanted.value)
    elif wanted.preference == "language":
        require_language(register, wanted.value, "value")
        register[tables.CUSTOMER].put(customer | {"language": wanted.value})
    elif wanted.number or wanted.subscription_id:
        of = f"subscription:{wanted.subscription_id or _subscription_id(register, request, wanted)}"
    row = {"customer_id": customer["customer_id"], "preference_of": of, "preference": wanted.preference}
    chosen = {"preference_value": wanted.value, "set_on": register.rules.on, "request_id": request["request_id"]}
    register[tables.PREFERENCE].put(row | chosen)
    return int(customer["customer_id"])


def remember(register: Register, request: Row, wanted: OfCustomer) -> int:
    """Keep a note or message: the request itself is the customer's history."""
    return int(customer_of(register, request, wanted)["customer_id"])


def dispute(register: Register, request: Row, wanted: Dispute) -> int:
    """Keep a dispute of an invoice that is the customer's own."""
    customer_id = int(customer_of(register, request, wanted)["customer_id"])
    require_own_invoice(register, wanted.invoice_no, customer_id)
    return customer_id


def require_own_invoice(register: Register, invoice_no: int, customer_id: int) -> None:
    """Refuse an invoice that does not exist or is somebody else's."""
    if owner_of_invoice(register, invoice_no) != customer_id:
        raise RefusedError("NOT_OWNER", f"invoice {invoice_no} is not this customer's; check the number")


def _account(register: Register, request: Row, wanted: OfCustomer, customer: Row) -> Row:
    if wanted.account_id or wanted.subscription_id or wanted.number:
        return account_of(register, request, wanted)
    return main_account(register, customer)


def _subscription_id(register: Register, request: Row, wanted: OfCustomer) -> int:
    return int(subscription_of(register, request, wanted)["subscription_id"])


def _require_electronic_address(customer: Row, account: Row) -> None:
    is_organisation = customer["country_code"] == "SE" and organisation_digits(customer["registration_no"])
    if not (account["electronic_address"] or is_organisation):
        raise RefusedError("BAD_REQUEST", f"value e_invoice: {NO_ELECTRONIC_ADDRESS}, with update_details")
