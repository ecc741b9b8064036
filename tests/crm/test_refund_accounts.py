"""Which account a refund goes to is never guessed."""

import pytest
from pydantic import ValidationError

from crm.request_models.payments import RefundPayment


def account(text):
    wanted = RefundPayment(account_id=20001, to_account=text, to_name="Anna Ek", reason="She asked for it")
    return wanted.to_account


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("SE35 5000 0000 0549 1000 0003", "SE3550000000054910000003"),
        ("8327-9 123 456 789-0", "832791234567890"),
        ("5000-1234567", "50001234567"),
        ("5050-1055", "5050-1055"),
        ("12345-5", "12345-5"),
        ("1234567-4", "1234567-4"),
    ],
)
def test_an_account_keeps_what_tells_its_kind(written, kept):
    assert account(written) == kept


@pytest.mark.parametrize("written", ["50501055", "1234566", "123456789", "SE3550000000054910000004", "Anna Ek AB"])
def test_a_giro_number_without_its_hyphen_and_what_is_no_account_are_refused(written):
    """1234566 may be the Bankgiro number 123-4566 or the Plusgiro number 123456-6, of somebody else."""
    with pytest.raises(ValidationError):
        account(written)


@pytest.mark.parametrize("written", ["5050-1056", "123456-7"])
def test_a_giro_number_with_a_wrong_check_digit_is_refused(written):
    with pytest.raises(ValidationError, match="wrong check digit"):
        account(written)
