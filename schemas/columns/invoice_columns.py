"""Columns of invoices."""

from __future__ import annotations

import pandera.polars as pa

from schemas import codes
from schemas.columns.column import DAY, DIGITS, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT, CHARGE, RATE

INVOICE_COLUMNS = (
    Column("invoice_no", WHOLE, "Number of an invoice or credit note: each kind has a series without gaps", POSITIVE),
    Column("credited_net_amount", AMOUNT, "To take back of a line, excluding VAT; null for all that is left", POSITIVE),
    Column("credit_order_no", WHOLE, "Ordinal of the credit among those of its invoice", POSITIVE),
    Column("credited_total_amount", AMOUNT, "To take back of an invoice, including VAT; null for all of it", POSITIVE),
    Column("credit_note_no", WHOLE, "Credit note that was made of it; null until then", POSITIVE),
    Column("credits_invoice_no", WHOLE, "Invoice that a credit note credits; null for an invoice", POSITIVE),
    Column("billing_date", DAY, "Billing date: the invoice covers usage before it"),
    Column("invoiced_on", DAY, "Date of the invoice"),
    Column("due_on", DAY, "Last day to pay"),
    Column("period_from", DAY, "First day of the period"),
    Column("period_to", DAY, "First day after the period"),
    Column("net_amount", AMOUNT, "Amount excluding VAT, rounded to 2 decimals"),
    Column("vat_amount", AMOUNT, "VAT, rounded once per rate and document"),
    Column("rounding_amount", AMOUNT, "Rounding of the total to whole kronor, 0 where the policy does not round"),
    Column("total_amount", AMOUNT, "Total including VAT and rounding; negative for a credit note"),
    Column("credit_drawn_amount", AMOUNT, "Credit on the account that was drawn when the invoice was made"),
    Column("to_pay_amount", AMOUNT, "Amount to pay: the total less what was drawn of the account's credit"),
    Column("vat_treatment", TEXT, "How VAT applies to the buyer", one_of(codes.VAT_TREATMENTS)),
    Column(
        "exchange_rate", RATE, "Units of the operator's currency for one of the document's; 1 for its own", POSITIVE
    ),
    Column("rf_reference", TEXT, "Payment reference of ISO 11649, for payers abroad"),
    Column("line_group", TEXT, "Part of the document that a line stands in", one_of(codes.LINE_GROUPS)),
    Column("cost_centre", TEXT, "Cost centre of the corporate customer"),
    Column("user_name", TEXT, "Who uses the subscription, as the customer calls him or her"),
    Column("payer_account_id", WHOLE, "Account that pays in its place; null: it pays itself", POSITIVE),
    Column("section_no", WHOLE, "Part of an invoice line that is one user's, from 1", POSITIVE),
    Column("rolled_in_quantity", CHARGE, "How much of what was granted came from the period before", NOT_NEGATIVE),
    Column("rolled_over_quantity", CHARGE, "Quantity that moved into the next period", NOT_NEGATIVE),
    Column("left_quantity", CHARGE, "Quantity that is neither used nor moved, in the allowance's unit"),
    Column(
        "credited_entry_no", WHOLE, "Line of the credited invoice that a line of a credit note takes back", POSITIVE
    ),
    Column("vat_category", TEXT, "VAT category of EN 16931 (UNCL 5305)", one_of(codes.VAT_CATEGORIES)),
    Column("exemption_text", TEXT, "Why no VAT is charged, as the law wants it on the document"),
    Column(
        "vat_no",
        TEXT,
        "VAT number with its country's letters",
        (pa.Check.str_matches(r"^[A-Z]{2}[0-9A-Z+*.]{2,13}$"),),
    ),
    Column("buyer_reference", TEXT, "The buyer's own reference, as its system wants it (BT-10)"),
    Column("order_reference", TEXT, "The buyer's order number (BT-13)"),
    Column("electronic_address", TEXT, "Address of the buyer's e-invoices, scheme before it: 0007:5566778899"),
    Column("seller_no", WHOLE, "Version of the operator's details on documents", POSITIVE),
    Column("seller_details", TEXT, "The operator's details as JSON, as [operator] of policy.toml had them"),
    Column("seen_on", DAY, "Business date of the night that saw this version first"),
    Column("draft_state", TEXT, "What becomes of an invoice that somebody must look at", one_of(codes.DRAFT_STATES)),
    Column("draft_reasons", TEXT, "Why it waits: codes of schemas.codes.DRAFT_REASONS, separated by spaces"),
    Column("last_total_amount", AMOUNT, "Total of the account's invoice before this one"),
    Column("proposed_on", DAY, "Business date of the night that proposed the invoice last"),
    Column("ocr_reference", TEXT, "Payment reference with length and check digit", DIGITS),
    Column("line_text", TEXT, "Text of the invoice line"),
)
