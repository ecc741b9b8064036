"""One definition per column: name, type, unit, description, constraint. Every table is a list of these names."""

from __future__ import annotations

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from schemas import codes
from schemas.money import AMOUNT, CHARGE, PERCENT

TIMESTAMP = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """A column: what it is called, holds, means and must satisfy."""

    name: str
    dtype: pl.DataType
    description: str
    checks: tuple[pa.Check, ...] = ()


_text, _whole, _day, _moment, _flag = pl.String(), pl.Int64(), pl.Date(), TIMESTAMP, pl.Boolean()
_not_negative = (pa.Check.ge(0),)
_positive = (pa.Check.gt(0),)
_prefix = (pa.Check.str_matches(r"^[0-9]{1,15}$"),)  # E.164's longest number has 15 digits
_digits = (pa.Check.str_matches(r"^[0-9]{1,20}$"),)
_code = (pa.Check.str_matches(r"^[A-Za-z0-9_.-]{1,40}$"),)


def _one_of(values: tuple[str, ...]) -> tuple[pa.Check, ...]:
    return (pa.Check.isin(list(values)),)


_DEFINITIONS = (
    # Files and what happened to them
    Column(
        "file_sha256",
        _text,
        "SHA-256 of the file's bytes: the file's identity, whatever its name",
        (pa.Check.str_matches(r"^[0-9a-f]{64}$"),),
    ),
    Column("file_name", _text, "Name the file had in the inbox"),
    Column(
        "file_format",
        _text,
        "Layout recognised from the content (asterisk_csv, camt054, bgmax, ... or a profile's name)",
    ),
    Column("file_kind", _text, "What the file holds: usage, payments or requests"),
    Column("file_state", _text, "archived when read, quarantined when refused whole", _one_of(codes.FILE_STATES)),
    Column("file_fault", _text, "Why the file was quarantined: a code of schemas.codes.FILE_FAULTS"),
    Column("bank_file_id", _text, "The bank's own identity for the file (message id, or BgMax timestamp)"),
    Column("size_bytes", _whole, "Size of the file in bytes", _not_negative),
    Column("rows_read", _whole, "Records found in the file", _not_negative),
    Column("rows_accepted", _whole, "Records accepted into the lake", _not_negative),
    Column("rows_duplicate", _whole, "Records received before, from this or another file", _not_negative),
    Column(
        "rows_rejected", _whole, "Records set aside with a reason, when a file was read or by a stage", _not_negative
    ),
    Column("received_on", _day, "Business date of the night that read the file"),
    Column("record_no", _whole, "Position of the record in its file, from 1", _positive),
    Column("line_no", _whole, "Line of the record in its file, from 1", _positive),
    Column("record", _text, "The record as it stood in the file"),
    Column("stage", _text, "Stage of the night"),
    Column(
        "reason_code",
        _text,
        "Why the row was set aside: a code of schemas.codes.REASONS",
        _one_of(tuple(codes.REASONS)),
    ),
    Column("reason_text", _text, "The reason with its value, limit and next step"),
    Column("rejected_on", _day, "Business date of the night that set the row aside first"),
    # Configuration
    Column("config_name", _text, "Configuration file, relative to config/"),
    Column(
        "content_sha256",
        _text,
        "SHA-256 of what the row stands for: a configuration file, a document, a ledger file, a card",
    ),
    Column("loaded_on", _day, "Business date of the night that loaded this version"),
    Column("prefix", _text, "Leading digits of an international number, at most 15", _prefix),
    Column("zone_code", _text, "Destination zone", _code),
    Column("zone_name", _text, "Name of the zone as customers read it"),
    Column("price_list", _text, "Price list", _code),
    Column("time_band", _text, "Time band, * in configuration for all bands"),
    Column("weekdays", _text, "Days of a time band: mon to sun and holiday, separated by blanks"),
    Column("band_from", _text, "Local time of day when a time band begins, HH:MM"),
    Column("band_to", _text, "Local time of day when a time band ends, HH:MM, 24:00 for midnight"),
    Column("holiday_on", _day, "Date that counts as holiday for time bands"),
    Column("holiday_name", _text, "Name of the holiday"),
    Column("valid_from", _day, "First local date a row is in force"),
    Column("valid_to", _day, "First local date a row is no longer in force, null while open"),
    Column("currency", _text, "ISO 4217 currency code", (pa.Check.str_matches(r"^[A-Z]{3}$"),)),
    Column("connect_fee", CHARGE, "Fee per answered call, excluding VAT, in the row's currency", _not_negative),
    Column("price_per_minute", CHARGE, "Price per 60 seconds, excluding VAT, in the row's currency", _not_negative),
    Column("first_increment_s", _whole, "Seconds of the first increment", _positive),
    Column("increment_s", _whole, "Seconds of every later increment", _positive),
    Column("article_no", _text, "Article number", _code),
    Column("article_name", _text, "Article as it stands on an invoice"),
    Column("revenue_account", _text, "Ledger account that sales of the article are booked on", _digits),
    Column("vat_class", _text, "VAT class", _code),
    Column("vat_percent", PERCENT, "VAT rate in percent", _not_negative),
    Column("vat_account", _text, "Ledger account that output VAT of the class is booked on", _digits),
    Column("ledger_account", _text, "Account number in the chart of accounts", _digits),
    Column("account_name", _text, "Name of the ledger account"),
    Column("plan_code", _text, "Plan", _code),
    Column("plan_name", _text, "Name of the plan as customers read it"),
    Column("service", _text, "Service", _one_of(codes.SERVICES)),
    Column("monthly_fee", CHARGE, "Recurring fee per billing period, excluding VAT", _not_negative),
    Column("reseller_code", _text, "Personal code of the reseller who sold", _code),
    Column("reseller_name", _text, "Name of the reseller"),
    Column("commission_percent", PERCENT, "Reseller's share in percent of what the customer paid", _not_negative),
    # Customers
    Column("request_id", _text, "Sender's id of the request: applied once, however often it arrives"),
    Column("request_type", _text, "Type of the request (sign_up, cancel, ...)"),
    Column("channel", _text, "Where the request came from", _one_of(codes.CHANNELS)),
    Column("requested_at", _moment, "When the customer asked, UTC"),
    Column("effective_on", _day, "Local date from which the request holds"),
    Column("payload", _text, "The request's own fields as JSON"),
    Column("request_state", _text, "What became of the request", _one_of(codes.REQUEST_STATES)),
    Column("applied_on", _day, "Business date of the night that applied or refused the request"),
    Column("customer_id", _whole, "Customer number", _positive),
    Column("customer_name", _text, "Name of the person or company"),
    Column("customer_category", _text, "Customer category", _one_of(codes.CUSTOMER_CATEGORIES)),
    Column("registration_no", _text, "Personal or company registration number"),
    Column("street", _text, "Street and number"),
    Column("postcode", _text, "Postcode"),
    Column("city", _text, "City"),
    Column("country_code", _text, "ISO 3166 country code", (pa.Check.str_matches(r"^[A-Z]{2}$"),)),
    Column("email", _text, "E-mail address"),
    Column("language", _text, "ISO 639 language of letters and invoices", (pa.Check.str_matches(r"^[a-z]{2}$"),)),
    Column("customer_from", _day, "Date the customer signed up"),
    Column("account_id", _whole, "Account that is billed and owes", _positive),
    Column(
        "account_bucket",
        _whole,
        "Bucket of the account: md5(account_id) modulo the policy's bucket count",
        _not_negative,
    ),
    Column(
        "billing_day",
        _whole,
        "Day of the month the account is billed; beyond a month's end, its last day",
        (pa.Check.in_range(1, 31),),
    ),
    Column(
        "credit_limit",
        AMOUNT,
        "Largest exposure (owed and not yet invoiced, VAT included) before calls are blocked",
        _not_negative,
    ),
    Column("delivery_channel", _text, "How invoices reach the customer", _one_of(codes.DELIVERY_CHANNELS)),
    Column("account_from", _day, "Date the account was opened"),
    Column("subscription_id", _whole, "Subscription", _positive),
    Column("service_from", _day, "First day of the service or of the period charged"),
    Column("service_to", _day, "First day after the service or the period charged, null while open"),
    Column("owned_from", _moment, "Moment from which the subscription holds the number, UTC"),
    Column("owned_to", _moment, "Moment from which it no longer does, UTC, null while open"),
    # Usage and charges
    Column("usage_id", _text, "Natural key of a usage record: source system and record id"),
    Column("source_system", _text, "Switch or system that wrote the record"),
    Column("a_number", _text, "Calling number, international digits without +", _digits),
    Column("b_number", _text, "Called number, international digits without +", _digits),
    Column("started_at", _moment, "When the call was answered (or tried), UTC"),
    Column("started_on", _day, "Local date of started_at on the operator's clock"),
    Column("duration_s", _whole, "Seconds of talk time, fractions rounded up", _not_negative),
    Column(
        "outcome",
        _text,
        "What became of the call; only answered calls with a duration are priced",
        _one_of(codes.OUTCOMES),
    ),
    Column("billed_s", _whole, "Seconds priced after increments", _not_negative),
    Column("charge_id", _text, "Natural key of a charge"),
    Column("charge_kind", _text, "What is charged", _one_of(codes.CHARGE_KINDS)),
    Column("quantity", _whole, "Number of calls or periods", _not_negative),
    Column("used_days", _whole, "Days of a recurring period that were used", _not_negative),
    Column("full_days", _whole, "Days of the whole recurring period", _positive),
    Column("amount_ex_vat", CHARGE, "Amount excluding VAT, 6 decimals"),
    Column("rated_on", _day, "Business date of the night that priced the record"),
    Column("charged_on", _day, "Business date of the night that made the charge"),
    # Invoices
    Column("invoice_no", _whole, "Invoice number: one series without gaps", _positive),
    Column("billing_date", _day, "Billing date: the invoice covers usage before it"),
    Column("invoiced_on", _day, "Date of the invoice"),
    Column("due_on", _day, "Last day to pay"),
    Column("period_from", _day, "First day of the period"),
    Column("period_to", _day, "First day after the period"),
    Column("net_amount", AMOUNT, "Amount excluding VAT, rounded to 2 decimals"),
    Column("vat_amount", AMOUNT, "VAT, rounded once per rate and document"),
    Column("rounding_amount", AMOUNT, "Rounding of the total to whole kronor, 0 where the policy does not round"),
    Column("total_amount", AMOUNT, "Amount to pay"),
    Column("ocr_reference", _text, "Payment reference with length and check digit", _digits),
    Column("line_text", _text, "Text of the invoice line"),
    # Receivables and payments
    Column("receivable_id", _text, "Natural key of a claim on a customer"),
    Column("receivable_kind", _text, "What the claim is for", _one_of(codes.RECEIVABLE_KINDS)),
    Column("amount", AMOUNT, "Amount in the row's currency"),
    Column("payment_id", _text, "Natural key of a payment: payee, day, amount, reference and ordinal"),
    Column("payment_record_id", _text, "Natural key of one report of a payment in one bank format"),
    Column("payee_account", _text, "Our account that received the money (Bankgiro number or other)"),
    Column("booked_on", _day, "Date the bank booked the payment, or the claim arose"),
    Column("reference_text", _text, "Reference as the payer gave it"),
    Column("payer_name", _text, "Name of the payer, as the bank reports it"),
    Column("payer_account", _text, "Account of the payer, as the bank reports it"),
    Column("bank_reference", _text, "The bank's own reference of the payment"),
    Column("allocation_id", _text, "Natural key of an allocation"),
    Column(
        "allocation_kind",
        _text,
        "Where the money went: a receivable, credit on the account, or suspense",
        _one_of(codes.ALLOCATION_KINDS),
    ),
    Column("allocated_on", _day, "Business date of the allocation"),
    Column("match_rule", _text, "Rule that decided the allocation", _one_of(codes.MATCH_RULES)),
    Column("commission_id", _text, "Natural key of a commission: the allocation it was earned on"),
    Column("base_amount", AMOUNT, "Amount the commission is a percentage of"),
    Column("accrued_on", _day, "Business date the commission was accrued"),
    Column("reminder_id", _text, "Natural key of a reminder: invoice and step"),
    Column("reminder_step", _whole, "1 for the first reminder", _positive),
    Column("fee_amount", AMOUNT, "Reminder fee (no VAT)", _not_negative),
    Column("open_amount", AMOUNT, "Amount still to pay"),
    Column("reminded_on", _day, "Date of the reminder"),
    Column("block_reason", _text, "Why calls are blocked", _one_of(codes.BLOCK_REASONS)),
    Column("prompt", _text, "Announcement the switch plays"),
    Column("blocked_on", _day, "Business date the block was set"),
    Column("unblocked_on", _day, "Business date the block was lifted, null while blocked"),
    Column(
        "exposure",
        AMOUNT,
        "Open receivables plus charges not yet invoiced, VAT included, less credit, on the last night of the block",
    ),
    # Ledger
    Column("voucher_id", _text, "Natural key of a voucher: the event it books"),
    Column("voucher_series", _text, "Voucher series", _one_of(tuple(codes.VOUCHER_SERIES))),
    Column("voucher_no", _whole, "Number in the series, without gaps", _positive),
    Column("posted_on", _day, "Date of the event in the books"),
    Column("voucher_text", _text, "Text of the voucher"),
    Column("entry_no", _whole, "Row of the voucher, from 1", _positive),
    Column("debit_credit", AMOUNT, "Debit positive, credit negative"),
    Column("export_no", _whole, "Serial number of a ledger file, without gaps", _positive),
    Column("voucher_count", _whole, "Vouchers in the file", _not_negative),
    Column("debit_amount", AMOUNT, "Sum of debits"),
    Column("credit_amount", AMOUNT, "Sum of credits, negative"),
    Column("exported_on", _day, "Business date of the ledger file"),
    # Documents, cards, runs, proof
    Column("document_id", _text, "Natural key of a document"),
    Column("document_kind", _text, "Kind of document", _one_of(codes.DOCUMENT_KINDS)),
    Column("file_path", _text, "Path of the file, relative to the home"),
    Column("rendered_on", _day, "Business date the document was made"),
    Column("card_json", _text, "Customer card as JSON"),
    Column("card_page", _text, "Customer card as an HTML page"),
    Column("run_id", _text, "One run of the night or of one of its commands"),
    Column("run_on", _day, "Business date of the run"),
    Column("run_command", _text, "Command that started the run"),
    Column("run_state", _text, "How the run ended", _one_of(codes.RUN_STATES)),
    Column("run_through", _text, "What called the stages: direct, or prefect"),
    Column("begun_at", _moment, "When work began, UTC"),
    Column("ended_at", _moment, "When work ended, UTC, null while running"),
    Column("stage_no", _whole, "Position of the stage in the run, from 1", _positive),
    Column("rows_in", _whole, "Rows the stage read", _not_negative),
    Column("rows_out", _whole, "Rows the stage accepted", _not_negative),
    Column("summary", _text, "What the stage or the run did, in words"),
    Column("check_name", _text, "Equation that must hold"),
    Column("subject", _text, "What the equation is about: the night, a file, an invoice"),
    Column("left_side", pl.Decimal(38, 6), "Left side of the equation"),
    Column("right_side", pl.Decimal(38, 6), "Right side of the equation"),
    Column("holds", _flag, "Whether both sides are equal, without tolerance"),
)

COLUMNS = {column.name: column for column in _DEFINITIONS}
if len(COLUMNS) != len(_DEFINITIONS):
    message = "schemas/columns.py defines a column twice"
    raise ValueError(message)
