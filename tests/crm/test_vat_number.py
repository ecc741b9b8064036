"""VAT numbers: one form, right check digits, the customer's own country."""

import pytest

from crm.refusal import RefusedError
from crm.vat_number import checked_vat_no


@pytest.mark.parametrize(
    ("number", "country", "kept"),
    [
        ("SE 559999-0008 01", "SE", "SE559999000801"),
        ("de136695976", "DE", "DE136695976"),
        ("EL 094259216", "GR", "EL094259216"),
    ],
)
def test_a_number_is_kept_in_one_form(number, country, kept):
    assert checked_vat_no(number, country) == kept


@pytest.mark.parametrize(
    ("number", "country", "told"),
    [
        ("DE136695977", "DE", "check digits"),
        ("136695976", "DE", "check digits"),  # without its country's letters
        ("NO123456785MVA", "NO", "check digits"),  # not a number of the EU
        ("DE136695976", "FR", "begins with DE, but the customer is in FR"),
    ],
)
def test_a_wrong_number_is_refused_without_being_told(number, country, told):
    with pytest.raises(RefusedError, match=told) as refused:
        checked_vat_no(number, country)
    assert refused.value.code == "BAD_VAT_NO"
    assert number not in str(refused.value)
