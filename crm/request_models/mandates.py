"""Mandates to collect what an account owes from an account at a bank."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator
from stdnum import iban

from crm.request_models.fields import OfAccount, Text

MandateId = Annotated[str, Field(pattern=r"^[A-Za-z0-9+?/:().,'-]{1,35}$")]
PayerNo = Annotated[str, Field(pattern=r"^[0-9]{1,16}$")]
_SWEDISH_ACCOUNT = re.compile(r"[0-9]{4}[0-9]{1,12}")  # clearing number and account, as TK04 has room for
_MESSAGE_OF_ACCOUNT = {
    "autogiro": "give the clearing number (its first four digits) and the account number",
    "sepa": "give an IBAN",
}


class AddMandate(OfAccount):
    """A mandate: what the account owes is collected from `payer_account` from the next invoice on.

    Autogiro takes clearing number and account number, and becomes active by Bankgirot's answer; SEPA an IBAN, and is
    active at once. `is_registered`: Bankgirot knows the mandate already, by `payer_no`. What is not given: `mandate_id`
    and `payer_no` are made of the account number, `signed_on` is the day of the request, payer and registration number
    are the customer's.
    """

    scheme: Literal["autogiro", "sepa"]
    payer_account: Annotated[str, Field(min_length=5, max_length=42)]
    mandate_id: MandateId | None = None
    payer_no: PayerNo | None = None
    payer_name: Text | None = None
    registration_no: Text | None = None
    signed_on: date | None = None
    one_off: bool = False
    is_registered: bool = False

    @property
    def compact_account(self) -> str:
        """The account without blanks and hyphens."""
        return re.sub(r"[\s-]", "", self.payer_account).upper()

    @model_validator(mode="after")
    def _fits_its_scheme(self) -> AddMandate:
        fits = iban.is_valid if self.scheme == "sepa" else _SWEDISH_ACCOUNT.fullmatch
        if not fits(self.compact_account):
            message = f"payer_account is no account of {self.scheme}; {_MESSAGE_OF_ACCOUNT[self.scheme]}"
            raise ValueError(message)
        if self.scheme == "sepa" and (self.payer_no or self.is_registered):
            message = "payer_no and is_registered are Autogiro's; leave them out"
            raise ValueError(message)
        if self.scheme == "autogiro" and self.one_off:
            message = "Autogiro has no mandate for one collection; leave out one_off"
            raise ValueError(message)
        if self.is_registered and not self.payer_no:
            message = "give the payer_no under which Bankgirot knows the mandate"
            raise ValueError(message)
        return self


class CancelMandate(OfAccount):
    """The end of an account's mandate, or of the one named: nothing more is collected."""

    mandate_id: MandateId | None = None
    reason: Text | None = None
