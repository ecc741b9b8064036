"""The tables of the lake, in the order data flows through them."""

from __future__ import annotations

from schemas.table import Table

# Configuration, as loaded from config/*.csv
ZONE_PREFIX = Table(
    "zone_prefix",
    "Numbering plan: the longest prefix that a called number begins with gives its zone.",
    ("prefix",),
    "prefix zone_code zone_name",
)
TIME_BAND = Table(
    "time_band",
    "Local hours and weekdays of each time band.",
    ("time_band", "weekdays", "band_from"),
    "time_band weekdays band_from band_to",
)
HOLIDAY = Table(
    "holiday", "Dates whose hours follow the bands of `holiday`.", ("holiday_on",), "holiday_on holiday_name"
)
ARTICLE = Table(
    "article",
    "What is sold, its VAT class and its revenue account.",
    ("article_no",),
    "article_no article_name vat_class revenue_account",
)
PRICE = Table(
    "price",
    "Price rows of every price list; time band * stands for all bands that have no row of their own.",
    ("price_list", "zone_code", "time_band", "valid_from"),
    "price_list article_no zone_code time_band valid_from valid_to? currency connect_fee price_per_minute "
    "first_increment_s increment_s",
)
PLAN = Table(
    "plan",
    "What a customer can subscribe to: service, price list and recurring fee.",
    ("plan_code",),
    "plan_code plan_name service price_list article_no monthly_fee currency",
)
RESELLER = Table(
    "reseller",
    "Resellers and their commission.",
    ("reseller_code",),
    "reseller_code reseller_name commission_percent",
)
VAT_RATE = Table(
    "vat_rate",
    "VAT rates by class and date.",
    ("vat_class", "valid_from"),
    "vat_class valid_from valid_to? vat_percent vat_account",
)
LEDGER_ACCOUNT = Table("ledger_account", "Chart of accounts.", ("ledger_account",), "ledger_account account_name")
CONFIG_VERSION = Table(
    "config_version",
    "Which content of each configuration file is in force.",
    ("config_name",),
    "config_name content_sha256 loaded_on",
)

# Ingest
SOURCE_FILE = Table(
    "source_file",
    "Every file that came in, by content; rows read = accepted + duplicate + rejected.",
    ("file_sha256",),
    "file_sha256 file_name file_kind? file_format? file_state file_fault? bank_file_id? size_bytes "
    "rows_read rows_accepted rows_duplicate rows_rejected received_on",
)
REJECTED = Table(
    "rejected",
    "Records set aside with their reason. Those of the stage `rate` are retried every night.",
    ("stage", "file_sha256", "record_no"),
    "stage file_sha256 record_no line_no file_name usage_id? reason_code reason_text record? rejected_on",
)
USAGE = Table(
    "usage",
    "Usage records as accepted from the switches, priced or not.",
    ("usage_id",),
    "usage_id source_system service a_number b_number started_at duration_s outcome file_sha256 record_no line_no received_on",
    month_of="started_at",
)
REQUEST = Table(
    "request",
    "Every request ever received and what became of it: the customer's history.",
    ("request_id",),
    "request_id request_type channel reseller_code? requested_at effective_on payload file_sha256 record_no line_no "
    "received_on",
)
REQUEST_OUTCOME = Table(
    "request_outcome",
    "What became of each request.",
    ("request_id",),
    "request_id request_state customer_id? reason_code? reason_text? applied_on",
)
PAYMENT_RECORD = Table(
    "payment_record",
    "Every report of a payment, in every bank format; one payment may be reported in two.",
    ("payment_record_id",),
    "payment_record_id payment_id file_format bank_reference? payee_account booked_on amount currency reference_text? "
    "payer_name? payer_account? file_sha256 record_no line_no received_on",
)

# Register
CUSTOMER = Table(
    "customer",
    "Persons and companies.",
    ("customer_id",),
    "customer_id customer_name customer_category registration_no? street postcode city country_code email? language "
    "customer_from request_id",
)
ACCOUNT = Table(
    "account",
    "Accounts: what is billed together and owed by a customer.",
    ("account_id",),
    "account_id account_bucket customer_id billing_day currency credit_limit delivery_channel reseller_code? account_from",
)
SUBSCRIPTION = Table(
    "subscription",
    "Subscriptions by version: a change of plan ends one row and begins another.",
    ("subscription_id", "service_from"),
    "subscription_id account_id plan_code service_from service_to?",
)
NUMBER_ASSIGNMENT = Table(
    "number_assignment",
    "Which subscription held a number, and when.",
    ("a_number", "owned_from"),
    "a_number subscription_id owned_from owned_to?",
)

# Rate
RATED_USAGE = Table(
    "rated_usage",
    "Priced usage: one row per answered record, with the price that was used.",
    ("usage_id",),
    "usage_id charge_id account_bucket account_id subscription_id a_number b_number started_at started_on duration_s "
    "billed_s zone_code time_band price_list article_no connect_fee amount_ex_vat currency rated_on",
    month_of="started_on",
)
CHARGE = Table(
    "charge",
    "What can be invoiced: usage per subscription, article and day, and recurring fees per period.",
    ("charge_id",),
    "charge_id charge_kind account_bucket account_id subscription_id article_no service_from service_to quantity duration_s "
    "used_days? full_days? amount_ex_vat currency vat_class charged_on",
    month_of="service_from",
)

# Bill
INVOICE = Table(
    "invoice",
    "Finalised invoices; never changed.",
    ("invoice_no",),
    "invoice_no account_bucket account_id customer_id billing_date invoiced_on due_on period_from period_to currency "
    "net_amount vat_amount rounding_amount total_amount ocr_reference",
)
INVOICE_LINE = Table(
    "invoice_line",
    "Lines of invoices: one per article and kind of charge.",
    ("invoice_no", "entry_no"),
    "invoice_no entry_no charge_kind article_no line_text quantity duration_s service_from service_to amount_ex_vat "
    "net_amount vat_class vat_percent revenue_account",
)
INVOICE_VAT = Table(
    "invoice_vat",
    "VAT of invoices per class and rate.",
    ("invoice_no", "vat_class"),
    "invoice_no vat_class vat_percent net_amount vat_amount vat_account",
)
BILLED_CHARGE = Table(
    "billed_charge",
    "Which charge stands on which invoice line: each on exactly one.",
    ("charge_id",),
    "charge_id invoice_no entry_no amount_ex_vat",
)
RECEIVABLE = Table(
    "receivable",
    "Claims on customers: invoices and reminder fees.",
    ("receivable_id",),
    "receivable_id receivable_kind account_id invoice_no amount currency due_on booked_on",
)

# Settle
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
    "allocation_id payment_id voucher_id account_id? receivable_id? allocation_kind amount match_rule allocated_on",
)
COMMISSION = Table(
    "commission",
    "Commission earned by resellers on what was paid.",
    ("commission_id",),
    "commission_id allocation_id reseller_code account_id invoice_no base_amount commission_percent amount accrued_on",
)

# Remind and restrict
REMINDER = Table(
    "reminder",
    "Reminders sent, each step once per invoice.",
    ("reminder_id",),
    "reminder_id invoice_no reminder_step account_id fee_amount open_amount reminded_on due_on",
)
BLOCK = Table(
    "block",
    "Numbers the switch must refuse, from when and until when.",
    ("a_number", "blocked_on"),
    "a_number account_id block_reason prompt blocked_on exposure credit_limit unblocked_on?",
)

# Book
VOUCHER = Table(
    "voucher",
    "One voucher per event.",
    ("voucher_id",),
    "voucher_id voucher_series voucher_no posted_on voucher_text",
)
LEDGER_ENTRY = Table(
    "ledger_entry",
    "Double-entry postings; the rows of a voucher sum to zero.",
    ("voucher_id", "entry_no"),
    "voucher_id entry_no ledger_account debit_credit account_bucket account_id? invoice_no? posted_on",
    month_of="posted_on",
)
LEDGER_EXPORT = Table(
    "ledger_export",
    "Ledger files written for the bookkeeping.",
    ("export_no",),
    "export_no file_path content_sha256 voucher_count debit_amount credit_amount exported_on",
)
EXPORTED_VOUCHER = Table(
    "exported_voucher",
    "Which voucher stands in which ledger file: each in exactly one.",
    ("voucher_id",),
    "voucher_id export_no",
)

# Publish, prove, and the run's own record
DOCUMENT = Table(
    "document",
    "Documents made for customers.",
    ("document_id",),
    "document_id document_kind invoice_no file_path content_sha256 rendered_on",
)
CUSTOMER_CARD = Table(
    "customer_card",
    "One card per customer, for customer service.",
    ("customer_id",),
    "customer_id card_json card_page content_sha256",
)
CONTROL_TOTAL = Table(
    "control_total",
    "The proof of each run: equations that must hold to the last decimal.",
    ("run_id", "check_name", "subject"),
    "run_id run_on check_name subject left_side right_side holds",
)
RUN = Table(
    "run",
    "Runs of the night and of its commands.",
    ("run_id",),
    "run_id run_on run_command run_through run_state begun_at ended_at? summary?",
)
RUN_STAGE = Table(
    "run_stage",
    "Stages of each run.",
    ("run_id", "stage_no"),
    "run_id stage_no stage begun_at ended_at rows_in rows_out rows_rejected summary",
)

CONFIG_TABLES = (ZONE_PREFIX, TIME_BAND, HOLIDAY, ARTICLE, PRICE, PLAN, RESELLER, VAT_RATE, LEDGER_ACCOUNT)
TABLES = (
    *CONFIG_TABLES,
    CONFIG_VERSION,
    SOURCE_FILE,
    REJECTED,
    USAGE,
    REQUEST,
    REQUEST_OUTCOME,
    PAYMENT_RECORD,
    CUSTOMER,
    ACCOUNT,
    SUBSCRIPTION,
    NUMBER_ASSIGNMENT,
    RATED_USAGE,
    CHARGE,
    INVOICE,
    INVOICE_LINE,
    INVOICE_VAT,
    BILLED_CHARGE,
    RECEIVABLE,
    PAYMENT,
    ALLOCATION,
    COMMISSION,
    REMINDER,
    BLOCK,
    VOUCHER,
    LEDGER_ENTRY,
    LEDGER_EXPORT,
    EXPORTED_VOUCHER,
    DOCUMENT,
    CUSTOMER_CARD,
    CONTROL_TOTAL,
    RUN,
    RUN_STAGE,
)
