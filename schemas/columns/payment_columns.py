"""Columns of receivables and payments."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

PAYMENT_COLUMNS = (
    Column("receivable_id", TEXT, "Natural key of a claim on a customer"),
    Column("receivable_kind", TEXT, "What the claim is for", one_of(codes.RECEIVABLE_KINDS)),
    Column("amount", AMOUNT, "Amount in the row's currency"),
    Column("home_amount", AMOUNT, "The same in the operator's currency: of a claim at the rate of its invoice"),
    Column("paid_amount", AMOUNT, "What of the payment went there, in the payment's currency"),
    Column("paid_home_amount", AMOUNT, "That in the operator's currency, at the rate of the day the bank booked it"),
    Column("payment_id", TEXT, "Natural key of a payment: payee, day, amount, reference and ordinal"),
    Column("payment_record_id", TEXT, "Natural key of one report of a payment in one bank format"),
    Column("payment_kind", TEXT, "What the money did", one_of(codes.PAYMENT_KINDS)),
    Column("payee_account", TEXT, "Our account that received the money (Bankgiro number or other)"),
    Column("booked_on", DAY, "Date the bank booked the payment, or the claim arose"),
    Column("reference_text", TEXT, "Reference as the payer gave it"),
    Column("payer_name", TEXT, "Name of the payer, as the bank reports it"),
    Column("payer_account", TEXT, "Account of the payer, as the bank reports it"),
    Column("payer_registration_no", TEXT, "Organisation or personal number of the payer, as the bank reports it"),
    Column("bank_reference", TEXT, "The bank's own reference of the payment"),
    Column("entry_reference", TEXT, "The bank's own reference of the entry on the account that the payment is part of"),
    Column("original_reference", TEXT, "The bank's own reference of what a reversal takes back"),
    Column("end_to_end_id", TEXT, "Id that the one who ordered the payment gave it, and the bank carried to its end"),
    Column("free_text", TEXT, "What the payer wrote, where it is no reference"),
    Column("return_code", TEXT, "Why money came back: the bank's code, of ISO 20022 or of its own"),
    Column("reverses_payment_id", TEXT, "Payment that a reversal takes back, where it was found"),
    Column("reference_parts", TEXT, "What the payer says the money is for, as JSON: references with their amounts"),
    Column("part_no", WHOLE, "Position of a reference among those of its payment, from 1", POSITIVE),
    Column("reference_kind", TEXT, "What kind of reference it is", one_of(codes.REFERENCE_KINDS)),
    Column("allocation_id", TEXT, "Natural key of an allocation"),
    Column(
        "allocation_kind",
        TEXT,
        "Where the money went: to a claim, credit on the account, suspense, a refund ordered, what the bank kept of one, "
        "an account of the chart, the payment that takes it back, a claim lost, or one recovered after that",
        one_of(codes.ALLOCATION_KINDS),
    ),
    Column("allocated_on", DAY, "Business date of the allocation"),
    Column("match_rule", TEXT, "Rule that decided the allocation", one_of(codes.MATCH_RULES)),
    Column("refund_id", TEXT, "Natural key of a refund: the request that ordered it"),
    Column("refund_no", WHOLE, "Number of a refund, without gaps: `R` and this is its id through the bank", POSITIVE),
    Column(
        "to_account",
        TEXT,
        "Account that the money goes to: IBAN, clearing and account number, or a giro number with its hyphen",
    ),
    Column("to_name", TEXT, "Name of who gets the money"),
    Column("commission_id", TEXT, "Natural key of a commission: the allocation it was earned on"),
    Column("base_amount", AMOUNT, "Amount the commission is a percentage of"),
    Column("accrued_on", DAY, "Business date the commission was accrued"),
    Column("reminder_id", TEXT, "Natural key of a reminder: invoice and step, or agreement and instalment"),
    Column("reminder_step", WHOLE, "1 for the first reminder", POSITIVE),
    Column("fee_amount", AMOUNT, "Fee of the reminder or agreement (no VAT)", NOT_NEGATIVE),
    Column("open_amount", AMOUNT, "Amount still to pay"),
    Column("reminded_on", DAY, "Date of the reminder"),
)
