"""Tables of invoices and the claims they make."""

from __future__ import annotations

from schemas.table import Table

INVOICE = Table(
    "invoice",
    "Finalised invoices and credit notes; never changed. The amounts of a credit note are negative.",
    ("invoice_no",),
    "invoice_no document_kind credits_invoice_no? account_bucket account_id customer_id billing_date invoiced_on due_on "
    "period_from period_to currency exchange_rate vat_treatment net_amount vat_amount rounding_amount total_amount "
    "credit_drawn_amount to_pay_amount ocr_reference rf_reference? seller_no",
)
INVOICE_LINE = Table(
    "invoice_line",
    "Lines of invoices: one per article and kind of charge.",
    ("invoice_no", "entry_no"),
    "invoice_no entry_no line_group charge_kind article_no line_text quantity duration_s usage_kind? volume_bytes "
    "included_units used_days? full_days? service_from service_to amount_ex_vat net_amount vat_class vat_category "
    "vat_percent revenue_account cost_centre? credited_entry_no?",
)
INVOICE_VAT = Table(
    "invoice_vat",
    "VAT of invoices per class and rate.",
    ("invoice_no", "vat_class"),
    "invoice_no vat_class vat_category vat_percent net_amount vat_amount vat_account exemption_text?",
)
INVOICE_PARTY = Table(
    "invoice_party",
    "The buyer of each invoice as it was when the invoice was made: what a document of it says, however late it is made.",
    ("invoice_no",),
    "invoice_no customer_name customer_category registration_no? vat_no? street postcode city country_code email? language "
    "delivery_channel buyer_reference? order_reference? electronic_address?",
)
INVOICE_ALLOWANCE = Table(
    "invoice_allowance",
    "What was included in periods that an invoice closes, and what became of it: granted = used + moved + left.",
    ("grant_id",),
    "invoice_no grant_id subscription_id a_number? allowance_code allowance_name allowance_unit period_from period_to "
    "granted_quantity rolled_in_quantity used_quantity rolled_over_quantity left_quantity",
)
INVOICE_SECTION = Table(
    "invoice_section",
    "Lines of consolidated invoices by user; the parts of a line add up to it.",
    ("invoice_no", "entry_no", "section_no"),
    "invoice_no entry_no section_no subscription_id? a_number? user_name? cost_centre? quantity duration_s "
    "volume_bytes amount_ex_vat net_amount",
)
CREDIT_ORDER = Table(
    "credit_order",
    "What people decided to credit of invoices: each becomes a credit note the same night.",
    ("request_id",),
    "request_id invoice_no credit_order_no credited_entry_no? credited_net_amount? credited_total_amount? ordered_on decided_by decision_text "
    "credit_note_no?",
)
SELLER = Table(
    "seller",
    "The operator's details on documents, by version.",
    ("seller_no",),
    "seller_no seller_details content_sha256 seen_on",
)
INVOICE_DRAFT = Table(
    "invoice_draft",
    "Invoices that somebody must look at before they are numbered, and what was decided; their lines are computed anew.",
    ("account_id", "billing_date"),
    "account_id billing_date draft_state draft_reasons net_amount total_amount last_total_amount? proposed_on decided_on? "
    "decided_by? decision_text? invoice_no?",
)
BILLED_CHARGE = Table(
    "billed_charge",
    "Which charge stands on which invoice line: each on exactly one.",
    ("charge_id",),
    "charge_id invoice_no entry_no amount_ex_vat",
)
COUPON_USE = Table(
    "coupon_use",
    "Which redeemed coupon reduced which invoice: so its invoices are counted.",
    ("redemption_id", "invoice_no"),
    "redemption_id invoice_no coupon_code account_id billing_date used_amount",
)
RECEIVABLE = Table(
    "receivable",
    "Claims on customers: invoices and reminder fees.",
    ("receivable_id",),
    "receivable_id receivable_kind account_id invoice_no amount currency home_amount due_on booked_on",
)
