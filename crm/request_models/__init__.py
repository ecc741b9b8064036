"""What a request of each type must say: one model per type, so that a refusal names the field."""

from __future__ import annotations

import re

from pydantic import ValidationError

from crm.request_models.agreements import AgreePayments, EndAgreement
from crm.request_models.collection import HandOver
from crm.request_models.contracts import AddNumber, Cancel, ChangePlan, Order, Port, RemoveNumber, Withdraw
from crm.request_models.credit import (
    Adjust,
    Block,
    CreditInvoice,
    HoldInvoice,
    ReleaseBasis,
    ReleaseInvoice,
    SetAutoTopUp,
    SetCreditLimit,
    SetSpendLimit,
    TopUp,
    Unblock,
)
from crm.request_models.customers import Dispute, MessageIn, Note, SetPreference, UpdateDetails
from crm.request_models.fields import Payload
from crm.request_models.ledger import ClosePeriod, ReopenPeriod, WriteOff
from crm.request_models.mandates import AddMandate, CancelMandate
from crm.request_models.payers import SetPayer, SetUser
from crm.request_models.payments import BookPayment, MatchPayment, RefundPayment, UnbookPayment, UnmatchPayment
from crm.request_models.sign_up import Decide, Identity, SignUp
from crm.request_models.terms import Goodwill, RedeemCoupon

REQUEST_MODELS: dict[str, type[Payload]] = {
    "sign_up": SignUp,
    "identity": Identity,
    "decide": Decide,
    "order": Order,
    "change_plan": ChangePlan,
    "upgrade": ChangePlan,
    "downgrade": ChangePlan,
    "cancel": Cancel,
    "withdraw": Withdraw,
    "move": UpdateDetails,
    "update_details": UpdateDetails,
    "add_number": AddNumber,
    "remove_number": RemoveNumber,
    "port": Port,
    "set_spend_limit": SetSpendLimit,
    "set_auto_top_up": SetAutoTopUp,
    "top_up": TopUp,
    "set_credit_limit": SetCreditLimit,
    "set_preference": SetPreference,
    "set_payer": SetPayer,
    "set_user": SetUser,
    "add_mandate": AddMandate,
    "cancel_mandate": CancelMandate,
    "block": Block,
    "unblock": Unblock,
    "note": Note,
    "message_in": MessageIn,
    "dispute": Dispute,
    "adjust": Adjust,
    "release_basis": ReleaseBasis,
    "hold_invoice": HoldInvoice,
    "release_invoice": ReleaseInvoice,
    "credit_invoice": CreditInvoice,
    "hand_over": HandOver,
    "write_off": WriteOff,
    "close_period": ClosePeriod,
    "reopen_period": ReopenPeriod,
    "agree_payments": AgreePayments,
    "end_agreement": EndAgreement,
    "match_payment": MatchPayment,
    "unmatch_payment": UnmatchPayment,
    "book_payment": BookPayment,
    "unbook_payment": UnbookPayment,
    "refund_payment": RefundPayment,
    "redeem_coupon": RedeemCoupon,
    "goodwill": Goodwill,
}


def first_fault(error: ValidationError) -> str:
    """Word the first fault of a payload: field, what is wrong, value found (a missing field has none)."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    count = error.error_count()
    more = f" (and {count - 1} more faults)" if count > 1 else ""
    found = _without_numbers(str(fault.get("input", "")))[:60]
    shown = "" if fault["type"] in {"missing", "value_error"} else f", found {found!r}"
    said = fault["msg"].removeprefix("Value error, ")
    place = f"{field}: " if field else ""
    return f"{place}{said}{shown}{more}; send a corrected request with a new id"


def _without_numbers(found: str) -> str:
    """Leave only the end of what may be a telephone or personal number: reasons are read by many."""
    number = r"\+?[0-9](?:[ +.()/-]{0,3}[0-9]){5,}"
    return re.sub(number, lambda one: f"...{re.sub('[^0-9]', '', one.group())[-3:]}", found)
