"""Payments that a person decides about: what they are for, and money that goes back."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator
from stdnum import iban

from crm.request_models.fields import Id, LongText, Payload, PositiveMoney
from schemas.ocr_reference import has_valid_check_digit

_GIRO = re.compile(r"[0-9]{3,4}-[0-9]{4}|[0-9]{1,7}-[0-9]")  # Bankgiro, Plusgiro: only the hyphen tells them apart
_FEWEST_DIGITS = 11  # of clearing number and account number
PaymentCode = Annotated[str, Field(min_length=4, max_length=200)]


def checked_account(value: str) -> str:
    """Accept an IBAN, a Swedish clearing and account number, or a Bankgiro or Plusgiro number with its hyphen."""
    written = "".join(value.split()).upper()
    compact = written.replace("-", "")
    if compact[:2].isalpha():
        if not iban.is_valid(compact):
            message = "this IBAN has wrong check digits or length; copy it from the customer's bank"
            raise ValueError(message)
        return compact
    if _GIRO.fullmatch(written):
        if not has_valid_check_digit(compact):
            message = "this number has a wrong check digit; copy it from the customer's bank"
            raise ValueError(message)
        return written
    if not (compact.isascii() and compact.isdigit() and len(compact) >= _FEWEST_DIGITS):
        message = (
            "give an IBAN, clearing number and account number in digits, or a Bankgiro (NNNN-NNNN) or Plusgiro number "
            "(NNNNNN-N) with its hyphen, which tells one from the other"
        )
        raise ValueError(message)
    return compact


ToAccount = Annotated[str, Field(min_length=4, max_length=42), AfterValidator(checked_account)]


class MatchPayment(Payload):
    """Money of a payment in suspense is for an invoice or an account; a reversal takes back the payment it `reverses`.

    So does money in suspense that is a refund come back: it `reverses` the payment that the refund left with.
    Payments are named by their id or the beginning of their code. Without an amount: all of it that is in suspense.
    """

    payment: PaymentCode
    invoice_no: Id | None = None
    account_id: Id | None = None
    reverses: PaymentCode | None = None
    amount: PositiveMoney | None = None
    reason: LongText

    @model_validator(mode="after")
    def _for_one_thing(self) -> MatchPayment:
        if sum(each is not None for each in (self.invoice_no, self.account_id, self.reverses)) != 1:
            message = "give invoice_no, account_id or, for a reversal or a refund come back, reverses: one of them"
            raise ValueError(message)
        return self


class UnmatchPayment(Payload):
    """What a payment paid goes back into suspense: of an invoice, or all of it with what is credit."""

    payment: PaymentCode
    invoice_no: Id | None = None
    reason: LongText


class BookPayment(Payload):
    """Money of a payment in suspense, come in or gone out, is no customer's: it is booked on an account of the chart.

    Without an amount: all of it that is in suspense.
    """

    payment: PaymentCode
    ledger_account: Annotated[str, Field(pattern=r"^[0-9]{4}$")]
    amount: PositiveMoney | None = None
    reason: LongText


class UnbookPayment(Payload):
    """What of a payment is booked on accounts of the chart goes back into suspense."""

    payment: PaymentCode
    reason: LongText


class RefundPayment(Payload):
    """Money of a payment (credit or in suspense), or credit on an account, is paid back; all of it by default.

    `to_account`: an IBAN, clearing and account number, or a Bankgiro or Plusgiro number with its hyphen.
    """

    payment: PaymentCode | None = None
    account_id: Id | None = None
    amount: PositiveMoney | None = None
    to_account: ToAccount
    to_name: Annotated[str, Field(min_length=1, max_length=70)]
    reason: LongText

    @model_validator(mode="after")
    def _of_one_thing(self) -> RefundPayment:
        if (self.payment is None) == (self.account_id is None):
            message = "give payment or account_id, one of them"
            raise ValueError(message)
        return self
