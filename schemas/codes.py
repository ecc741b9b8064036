"""The closed lists of codes: what a column may say, and why a row was set aside.

Every reason code has its sentence here; `docs/data-dictionary.md` prints them.
"""

from __future__ import annotations

SERVICES = ("voice", "mobile", "callcentre", "broadband")
CUSTOMER_CATEGORIES = ("private", "corporate", "vip")
CHANNELS = ("direct", "reseller", "web", "api", "agent", "network")
DELIVERY_CHANNELS = ("paper", "email", "portal", "e_invoice")
OUTCOMES = ("answered", "unanswered", "failed")
USAGE_KINDS = ("call", "message", "event", "data")
TREATMENTS = ("free", "attempt_fee", "rejected")
NUMBER_KINDS = ("emergency", "free", "premium", "short")
FEE_RULES = ("added", "deductible")
CROSSING_RULES = ("increment_at_start", "each_part_rounded", "whole_call_at_start", "rounded_then_cut")
ROUNDING_MODES = ("up", "down", "half_up", "half_even", "half_away_from_zero")
LIST_SCOPES = ("customer", "group", "plan", "basic")
DISCOUNT_SCOPES = ("customer", "group", "plan", "all")
ALLOWANCE_LINK_SCOPES = ("plan", "group", "customer", "subscription")
DISCOUNT_KINDS = ("new_price", "percent", "amount")
ALLOWANCE_UNITS = ("s", "message", "event", "byte", "call", "money")
ALLOWANCE_SCOPES = ("own", "shared")
ALLOWANCE_PERIODS = ("period", "once")
TIER_MODES = ("graduated", "volume", "package")
TIER_SCOPES = ("subscription", "account", "customer")
TERM_KINDS = ("rebate", "coupon", "cap", "commitment")  # charges that terms of the period make, in their order
TERM_LINK_SCOPES = ("subscription", "customer", "group", "plan", "all")  # the more special first
TERM_SCOPES = ("subscription", "account")
TERM_TARGETS = ("usage", "recurring", "service", "all")  # service: usage and recurring fees
REBATE_MODES = ("graduated", "volume")
INSTALMENTS_AT_END = ("due", "continue")
OFFER_TARGETS = ("usage", "recurring", "both")
RESALE_ROLES = ("wholesale", "reseller")
SPEND_PERIODS = ("day", "month")
BATCH_KINDS = ("night", "rerate", "basis")
FILE_STATES = ("archived", "quarantined")
CHARGE_KINDS = (
    "usage", "recurring", "one_off", "adjustment", "basis_change", "paper_fee", "rebate", "coupon", "cap", "commitment",
    "credit",
)  # fmt: skip
FEE_TIMINGS = ("advance", "arrears")
FEE_ALIGNMENTS = ("account", "subscription")
FEE_PERIOD = r"^[1-9][0-9]{0,2} (day|week|month|quarter|year)s?$"
PRORATION = r"^(actual_days|inclusive_days|calendar_months|fixed_days\([1-9][0-9]{0,2}\)|none|full)$"
SUSPENSIONS = ("bill", "reduce", "pause")
# What a claim is, in the order of payments and on the papers of a collection service.
CLAIM_GROUPS = {
    "invoice": "capital", "credit_note": "capital", "interest": "interest", "reminder_fee": "fees",
    "return_fee": "fees", "agreement_fee": "fees",
}  # fmt: skip
RECEIVABLE_KINDS = tuple(CLAIM_GROUPS)
AGREEMENT_STATES = ("standing", "kept", "written_off", "broken", "ended")
PAYMENT_KINDS = ("received", "reversal", "paid_out")
REFERENCE_KINDS = ("ocr", "invoice_no", "end_to_end_id", "free_text")
ALLOCATION_KINDS = (
    "receivable", "credit", "suspense", "refund", "bank_cost", "booked", "reversal", "loss", "recovered",
)  # fmt: skip
MATCH_RULES = (
    "ocr_reference", "invoice_no", "end_to_end_id", "customer_amount", "free_text", "by_hand", "top_up",
    "account_credit", "credit_note", "reversed", "refund", "write_off", "none",
)  # fmt: skip
CURRENCY_OF_SCHEME = {"autogiro": "SEK", "sepa": "EUR"}  # each scheme of direct debit collects in its own only
DEBIT_SCHEMES = tuple(CURRENCY_OF_SCHEME)
DEBIT_ANSWERS = (
    "paid", "failed", "retry", "refunded", "rejected", "accepted", "mandate_active", "mandate_cancelled",
    "mandate_refused",
)  # fmt: skip
MANDATE_STATES = ("requested", "active", "cancelled", "refused")
MANDATE_USES = ("recurring", "one_off")
MANDATE_ACTIONS = ("add", "cancel")
SEQUENCE_TYPES = ("FRST", "RCUR", "OOFF")
DIRECT_DEBIT_STATES = ("ordered", "retried", "paid", "failed", "rejected", "refunded", "unanswered")
MESSAGE_VERSIONS = ("autogiro", "pain.008.001.02", "pain.008.001.08", "pain.001.001.03", "pain.001.001.09")
DOCUMENT_KINDS = ("invoice", "credit_note", "reminder")
LINE_GROUPS = ("fee", "one_off", "usage", "premium", "adjustment", "reduction", "commitment")
VAT_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O")  # standard, zero, exempt, reverse charge, EU, export, outside VAT
VAT_TREATMENTS = ("domestic", "reverse_charge", "oss", "outside_eu")
DRAFT_STATES = ("draft", "held", "released", "finalised")
PERIOD_STATES = ("open", "closed")
# How long a claim is past due: the first day of each bucket but the first.
AGE_BUCKETS = {"not_due": None, "days_1_30": 1, "days_31_60": 31, "days_61_90": 61, "days_over_90": 91}
INVOICE_STATES = ("finalised", "sent", "paid", "overdue", "credited", "written_off")
RUN_STATES = ("running", "completed", "failed", "unproven")
REQUEST_STATES = ("applied", "refused", "queued", "withdrawn")

# Customers and contracts
CASE_STATES = ("waiting", "approved", "refused")
WAITS_FOR = ("address", "credit", "deposit", "identity")
ADDRESS_OUTCOMES = ("complete", "incomplete", "secret", "none")
CREDIT_DECISIONS = ("approve", "deposit", "manual", "refuse")
IDENTITY_STATES = ("wanted", "received", "verified", "expired")
IDENTITY_KINDS = ("passport", "national_id", "driving_licence", "residence_permit", "company_extract")
SUBSCRIPTION_STATES = ("ordered", "active", "restricted", "suspended", "terminated")
STATE_CAUSES = ("ordered", "begun", "credit_limit", "spend_limit", "unpaid", "request", "black_list", "paid", "ended")
CHANGE_KINDS = ("upgrade", "downgrade", "change")
CHANGE_MOMENTS = ("at_once", "period_end")
BINDING_RULES = ("refused", "fee")
FEE_BASES = ("none", "fixed", "remaining_months")
PREFERENCES = (
    "content_control", "delivery_channel", "language", "invoice_layout", "itemisation", "consent_email", "consent_sms",
    "consent_calls",
)  # fmt: skip
UNKNOWN_TEXT = "?"  # name and address of a caller whom no register knows
LISTED_KINDS = ("number", "customer", "person", "address")

# Credit and blocks
BLOCK_REASONS = ("financial", "behaviour", "fraud", "customer", "regulatory")
BLOCK_CAUSES = ("credit_limit", "spend_limit", "unpaid", "request", "black_list")
LINE_PREFIX = "0"  # begins the line of a subscription without numbers: no international number begins so
BARRED_SERVICES = ("all", "premium", "abroad")  # emergency numbers are never barred
LIMIT_CAUSES = ("sign_up", "paid", "request")
BASIS_RELEASES = ("none", "manual", "automatic")
BASIS_STATES = ("open", "released")
BASIS_CHANGE_KINDS = ("unit_price", "discount", "remove")
PARTLY_PAID = ("stay_blocked", "lift_below_limit")
TOP_UP_KINDS = ("paid", "automatic")
LIMIT_SETTERS = ("customer", "operator")
LIST_CHANGES = ("added", "changed", "removed")

# What leaves the house
NOTICE_KINDS = (
    "sign_up_confirmation", "welcome_letter", "identity_wanted", "deposit_wanted", "code_issued", "sign_up_refused",
    "change_confirmed", "termination_confirmed", "spend_warning", "spend_barred", "blocked", "unblocked",
    "top_up_ordered",
)  # fmt: skip
NOTICE_CHANNELS = ("paper", "email", "sms", "portal")
PROVISIONING_ACTIONS = ("activate", "change", "block", "unblock", "terminate")
ACKNOWLEDGEMENTS = ("done", "failed")
COLLECTION_STATUSES = ("closed", "returned")
EXPORT_STATES = ("written", "read", "accepted", "rejected")
ACCOUNT_KINDS = ("asset", "liability", "equity", "income", "expense")
EXPORT_DIMENSIONS = ("cost_centre", "product_group", "reseller", "customer", "invoice")
VOUCHER_SERIES = {
    "F": "invoices",
    "K": "credit notes",
    "R": "fees and interest",
    "B": "payments received, taken back and paid out",
    "A": "credit drawn for an open item, and credit notes set off",
    "U": "payments moved by hand, taken back or ordered to be refunded",
    "L": "claims written off",
    "P": "commission accrued, and taken back",
    "T": "top-ups received",
    "D": "fees billed in advance: deferred, and released month by month",
    "E": "bad debts expected: what the provision changes by in a month",
}

REASONS = {
    # Rows that an input file's own content condemns.
    "MALFORMED_ROW": "The row does not have the columns its file layout declares.",
    "BAD_TIME": "A time is missing, unreadable or does not exist on the operator's clock.",
    "BAD_DURATION": "A duration, volume or count is missing, not a number, or longer than is believed.",
    "NOT_CHARGEABLE": "The policy rejects usage that failed, was not answered, or has no or a negative quantity.",
    "LATE_RECORD": "The record is older than limits.late_days: an exception to be decided on by hand.",
    "BAD_NUMBER": "A telephone number is missing or holds something other than digits.",
    "BAD_AMOUNT": "An amount is missing, unreadable, not positive or has more decimals than its currency.",
    "BAD_CURRENCY": "The currency is not the books' own, or has no exchange rate.",
    "BAD_ENCODING": "The row holds bytes that are not text in the file's encoding.",
    "BAD_REQUEST": "The request is not valid JSON or lacks a required field.",
    "RECORD_DIFFERS": "A record with this id was received before with other content.",
    "UNKNOWN_ORDER": "No order to the network has this id.",
    "NOT_HANDED_OVER": "The invoice was handed over to no collection service.",
    "UNKNOWN_EXPORT": "No ledger file has this number.",
    "NOT_BOOKED": "The bank lists the entry but has not booked it.",
    "BANK_DEBIT": "Money left the account, as no refund of ours and no credit taken back: a charge, a transfer.",
    "TOLD_APART": "The sum of direct debits that Bankgirot's own file tells one by one.",
    "UNCOVERED_DEDUCTION": "The payer deducts more than the payments that it sent along with the deduction.",
    # Requests that cannot be applied.
    "UNKNOWN_REQUEST_TYPE": "No rule applies requests of this type.",
    "UNKNOWN_PLAN": "The plan is not in plans.csv.",
    "UNKNOWN_RESELLER": "The reseller code is not in resellers.csv.",
    "UNKNOWN_SUBSCRIPTION": "No active subscription holds this number.",
    "NUMBER_IN_USE": "The number belongs to another subscription at that time.",
    "NOT_OWNER": "The number, subscription or account belongs to somebody else than the request says.",
    "FUTURE_SCHEMA": "The request is written in a later schema than this version knows.",
    "CONTRADICTION": "Two requests made at the same instant want different things of the same subject.",
    "TERMINATED": "The subscription has ended by then.",
    "BEFORE_ACTIVATION": "The effective date lies before the subscription begins.",
    "BAD_PERSON_NO": "A personal or company number does not fit its check digit.",
    "BAD_VAT_NO": "A VAT number does not fit its check digits, or is of another country than the customer.",
    "UNKNOWN_CUSTOMER": "No customer, account, invoice or case has the number given.",
    "NOT_ALLOWED": "The contract does not allow this change.",
    "TOO_EARLY": "The contract allows this change, from a later date.",
    "BLACK_LISTED": "The number, person or address is on the black list.",
    "CREDIT_REFUSED": "The credit rules refuse the customer.",
    "REFUSED_BY_HAND": "Somebody refused it in the manual queue.",
    "ALREADY_SO": "It is so already; nothing to change.",
    "UNKNOWN_PRODUCT": "The product or article is not in products.csv or articles.csv.",
    "UNKNOWN_COUPON": "The coupon is not in coupons.csv.",
    "COUPON_NOT_VALID": "The coupon cannot be redeemed on that day.",
    "COUPON_USED_UP": "The coupon has been redeemed as often as it may be.",
    "ABOVE_CEILING": "The amount is above what the policy lets one person give away.",
    "PROOF_MISSING": "The plan wants a verified document of identity, and there is none.",
    "UNKNOWN_PAYMENT": "No payment has this id or code, or several codes begin so.",
    "NOT_ENOUGH": "There is less money there than was asked for.",
    "NOT_WAITING": "No case, basis, order or request waits for this decision.",
    # Usage that cannot be priced, retried every night.
    "UNKNOWN_A_NUMBER": "No subscription held the calling number when the call started.",
    "NO_PLAN": "The subscription had no plan in force when the call started.",
    "NO_ZONE": "No prefix in zones.csv matches the called number.",
    "NO_PRICE": "The price list has no price for the zone, time band and date.",
    # Fees that cannot be charged, retried every night.
    "NO_FEE_PRICE": "The plan has no fee in the account's currency on some day of the period.",
}

# Why an invoice waits for somebody before it is numbered, most pressing first.
DRAFT_REASONS = {
    # Faults: no invoice can be made before they are mended, whoever releases it.
    "NO_VAT_RATE": "A line's VAT class has no rate in force for where the buyer is.",
    "NO_FEE_PRICE": "The plan of a subscription has no price for the period.",
    "NO_EXCHANGE_RATE": "The account's currency has no exchange rate in force.",
    "MIXED_CURRENCY": "A charge is in another currency than its account.",
    "NO_ADDRESS": "The account gets paper and has no street or city, or e-invoices and has no electronic address.",
    "SERIES_FULL": "The numbers left before the series of the other kind of document begins do not suffice.",
    # What somebody must decide.
    "HELD_BY_HAND": "Somebody holds the account's invoice.",
    "AMOUNT_LIMIT": "The total is above review.amount_limit.",
    # Outliers, which somebody shall look at.
    "AMOUNT_JUMPED": "The total is far above that of the account's invoice before.",
    "NO_USAGE": "The invoice before had usage, this one has none.",
    "FIRST_INVOICE": "It is the account's first invoice.",
    "UNRATED_USAGE": "Usage of the account waits for its price.",
}

FILE_FAULTS = {
    "UNREADABLE": "The file is empty, or cannot be read or decoded.",
    "UNRECOGNISED": "No known layout or declared profile fits the content.",
    "ALREADY_SEEN": "A file with the same content, or the same bank id, was registered before.",
    "WRONG_TOTALS": "Counts or sums in the file do not agree with its own trailer.",
    "NOT_FOR_POSTING": "The bank marks the file as a test or a copy.",
    "UNSAFE_XML": "The XML declares entities or a document type.",
}
