"""Tables of payments, and of where their money goes."""

from __future__ import annotations

from schemas.table import Table

PAYMENT = Table(
    "payment",
    "Payments, each once. What left the account (reversals, refunds paid out) is negative: the account is their sum.",
    ("payment_id",),
    "payment_id payment_kind payee_account booked_on amount currency exchange_rate home_amount reference_text? "
    "end_to_end_id? free_text? payer_name? payer_account? payer_registration_no? return_code? reverses_payment_id? received_on",
)
PAYMENT_PART = Table(
    "payment_part",
    "What a payer says its payment is for: one row per reference. A credit note that the payer deducts is negative.",
    ("payment_id", "part_no"),
    "payment_id part_no reference_text reference_kind amount?",
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
PAYMENT_BOOKING = Table(
    "payment_booking",
    "Money in suspense that people booked on an account of the chart; taken back, a row more with the opposite sign.",
    ("allocation_id",),
    "allocation_id payment_id ledger_account amount home_amount decided_by decision_text request_id",
)
REFUND = Table(
    "refund",
    "Money that people ordered to be paid back; what the bank made of it is in the payments and answers.",
    ("refund_id",),
    "refund_id refund_no payment_id? account_id? amount currency to_account to_name requested_on decided_by decision_text "
    "request_id",
)
