"""Tables of payments, and of where their money goes."""

from __future__ import annotations

from schemas.table import Table

PAYMENT = Table(
    "payment",
    "Payments received, each once.",
    ("payment_id",),
    "payment_id payee_account booked_on amount currency reference_text? payer_name? payer_account? received_on",
)
ALLOCATION = Table(
    "allocation",
    "Where each payment went; the rows of a payment add up to it.",
    ("allocation_id",),
    "allocation_id payment_id voucher_id account_id? receivable_id? allocation_kind amount home_amount paid_amount "
    "paid_home_amount match_rule allocated_on request_id?",
)
COMMISSION = Table(
    "commission",
    "Commission earned by resellers on what was paid.",
    ("commission_id",),
    "commission_id allocation_id reseller_code account_id invoice_no base_amount commission_percent amount accrued_on",
)
