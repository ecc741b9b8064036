"""Which function applies requests of which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crm.handlers.agreements import agree_payments, end_agreement
from crm.handlers.collection import hand_over
from crm.handlers.credit import (
    adjust,
    block,
    release_basis,
    set_auto_top_up,
    set_credit_limit,
    set_spend_limit,
    top_up,
    unblock,
)
from crm.handlers.customers import dispute, remember, set_preference, update_details
from crm.handlers.decisions import decide, identity
from crm.handlers.invoices import credit_invoice, hold_invoice, release_invoice
from crm.handlers.ledger import close_period, reopen_period, write_off
from crm.handlers.mandates import add_mandate, cancel_mandate
from crm.handlers.numbers import add_number, port, remove_number
from crm.handlers.payers import set_payer, set_user
from crm.handlers.payments import decide_payment
from crm.handlers.sign_ups import sign_up
from crm.handlers.subscriptions import cancel, change_plan, order
from crm.handlers.terms import goodwill, redeem_coupon
from crm.handlers.withdrawal import withdraw

HANDLERS: dict[str, Callable[..., Any]] = {
    "sign_up": sign_up,
    "identity": identity,
    "decide": decide,
    "order": order,
    "change_plan": change_plan,
    "upgrade": change_plan,
    "downgrade": change_plan,
    "cancel": cancel,
    "withdraw": withdraw,
    "move": update_details,
    "update_details": update_details,
    "add_number": add_number,
    "remove_number": remove_number,
    "port": port,
    "set_spend_limit": set_spend_limit,
    "set_auto_top_up": set_auto_top_up,
    "top_up": top_up,
    "set_credit_limit": set_credit_limit,
    "set_preference": set_preference,
    "set_payer": set_payer,
    "set_user": set_user,
    "add_mandate": add_mandate,
    "cancel_mandate": cancel_mandate,
    "block": block,
    "unblock": unblock,
    "note": remember,
    "message_in": remember,
    "dispute": dispute,
    "adjust": adjust,
    "release_basis": release_basis,
    "hold_invoice": hold_invoice,
    "release_invoice": release_invoice,
    "credit_invoice": credit_invoice,
    "hand_over": hand_over,
    "write_off": write_off,
    "close_period": close_period,
    "reopen_period": reopen_period,
    "agree_payments": agree_payments,
    "end_agreement": end_agreement,
    "match_payment": decide_payment,
    "unmatch_payment": decide_payment,
    "book_payment": decide_payment,
    "unbook_payment": decide_payment,
    "refund_payment": decide_payment,
    "redeem_coupon": redeem_coupon,
    "goodwill": goodwill,
}
