"""Where a refund may go: an account that cannot be mistaken for another's."""

import pytest
from pydantic import ValidationError

from crm.request_models.payments import RefundPayment
from pipelines.formats.pain001 import to_account


def refund(account):
    return RefundPayment(account_id=20001, to_account=account, to_name="Anna Ek", reason="moved")


@pytest.mark.parametrize(
    ("written", "kept", "kind"),
    [
        ("SE35 5000 0000 0549 1000 0003", "SE3550000000054910000003", "iban"),
        ("5050-1055", "5050-1055", "bankgiro"),
        ("991-2346", "991-2346", "bankgiro"),
        ("123 45-5", "12345-5", "plusgiro"),
        ("123456-6", "123456-6", "plusgiro"),
        ("8327-9 123 456 789-0", "832791234567890", "account"),
        ("5000-1234567", "50001234567", "account"),
    ],
)
def test_a_plusgiro_number_is_never_taken_for_the_bankgiro_number_with_its_digits(written, kept, kind):
    assert refund(written).to_account == kept
    assert to_account(kept).kind == kind


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("9912346", "with its hyphen"),
        ("1234566", "with its hyphen"),
        ("Anna Ek AB", "wrong check digits or length"),
        ("5050-1056", "wrong check digit"),
        ("123456-7", "wrong check digit"),
        ("SE3550000000054910000004", "wrong check digits or length"),
    ],
)
def test_an_account_of_unknown_kind_or_with_a_wrong_check_digit_is_refused(account, told):
    with pytest.raises(ValidationError, match=told):
        refund(account)
