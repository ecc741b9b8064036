"""VAT numbers, checked by the rule of their country (python-stdnum; whether one is in use is for VIES to say)."""

from __future__ import annotations

from stdnum.eu import vat
from stdnum.exceptions import ValidationError

from crm.refusal import RefusedError
from schemas.vat_areas import vat_letters


def checked_vat_no(number: str, country_code: str) -> str:
    """Return a VAT number in its one form, with its country's letters.

    Raises `RefusedError` BAD_VAT_NO for wrong check digits, and for the number of another country than the customer's:
    reverse charge is for a business where it is established.
    """
    try:
        checked = str(vat.validate(number))
    except ValidationError:
        text = "vat_no does not fit its country's check digits; copy it, with its country's letters, and send it again"
        raise RefusedError("BAD_VAT_NO", text) from None
    if checked[:2] != vat_letters(country_code):
        text = (
            f"vat_no begins with {checked[:2]}, but the customer is in {country_code}; give the number of that country"
        )
        raise RefusedError("BAD_VAT_NO", text)
    return checked
