"""Tables of payment agreements: what an account owes, paid in instalments."""

from __future__ import annotations

from schemas.table import Table

PAYMENT_AGREEMENT = Table(
    "payment_agreement",
    "Agreements to pay what is owed in instalments; claims and fee = amount + fee_amount = the instalments.",
    ("agreement_id",),
    "agreement_id account_id agreement_state amount currency fee_amount agreed_on ended_on? decided_by decision_text "
    "request_id",
)
AGREEMENT_CLAIM = Table(
    "agreement_claim",
    "What was open of each claim when it came under an agreement; the agreement's fee is one of its claims.",
    ("agreement_id", "receivable_id"),
    "agreement_id receivable_id amount credited_amount",
)
AGREEMENT_INSTALMENT = Table(
    "agreement_instalment",
    "Instalments as they were agreed on; what is paid of them follows from what is paid of the claims.",
    ("agreement_id", "instalment_no"),
    "agreement_id instalment_no due_on amount",
)
