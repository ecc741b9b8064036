"""The operator as payment messages to banks name it."""

from __future__ import annotations

from pipelines.formats.payment_message import OurSide
from schemas.policy import Policy


def our_side(policy: Policy) -> OurSide:
    """Return the operator's name, numbers and account."""
    operator, rules = policy.operator, policy.direct_debit
    return OurSide(
        name=operator.legal_name,
        registration_no=_digits(policy),
        iban=operator.iban,
        bic=rules.bank_bic,
        creditor_id=rules.sepa_creditor_id,
        instrument=rules.sepa_instrument,
    )


def message_id(policy: Policy, kind: str, file_no: int) -> str:
    """Name a message by the operator, its kind and its file's number: the bank refuses an id that it knows."""
    return f"{_digits(policy)}{kind}{file_no:06}"


def _digits(policy: Policy) -> str:
    return policy.operator.registration_no.replace("-", "")
