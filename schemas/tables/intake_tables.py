"""Tables of what comes in: files, usage, requests, payments as reported."""

from __future__ import annotations

from schemas.table import Table

SOURCE_FILE = Table(
    "source_file",
    "Every file that came in, by content; rows read = accepted + duplicate + rejected.",
    ("file_sha256",),
    "file_sha256 file_name file_kind? file_format? file_state file_fault? bank_file_id? first_begun_at? last_ended_at? size_bytes "
    "rows_read rows_accepted rows_duplicate rows_rejected received_on",
)
REJECTED = Table(
    "rejected",
    "Records set aside with their reason. Those of the stage `rate` are retried every night, until they are late; payments without an exchange rate when there is one.",
    ("stage", "file_sha256", "record_no"),
    "stage file_sha256 record_no line_no file_name usage_id? reason_code reason_text record? rejected_on",
)
USAGE = Table(
    "usage",
    "Usage records as accepted from the switches, priced or not.",
    ("usage_id",),
    "usage_id source_system service usage_kind a_number b_number origin_number? started_at duration_s volume_bytes "
    "event_count outcome file_sha256 record_no line_no received_on",
)
REQUEST = Table(
    "request",
    "Every request ever received: the customer's history. One that nightbill made itself comes from no file.",
    ("request_id",),
    "request_id request_type channel reseller_code? actor? requested_at effective_on effective_at payload file_sha256? "
    "record_no? line_no? received_on received_at",
)
REQUEST_OUTCOME = Table(
    "request_outcome",
    "What became of each request; one that waits in the manual queue is queued until it is decided.",
    ("request_id",),
    "request_id request_state customer_id? reason_code? reason_text? applied_on",
)
COMING_CHANGE = Table(
    "coming_change",
    "Rows that a request has changed for a coming day, kept until that day so that it can be withdrawn.",
    ("request_id", "change_no"),
    "request_id change_no holds_from table_name row_before? row_after?",
)
APPROVAL_CASE = Table(
    "approval_case",
    "The manual queue: requests that somebody must decide, or that wait for a proof, and how they were decided.",
    ("request_id",),
    "request_id case_state waits_for address_outcome? credit_decision? approved_limit? deposit_amount? case_text opened_on "
    "decided_on? decided_by? decision_text?",
)
IDENTITY_DOCUMENT = Table(
    "identity_document",
    "Documents that prove who a customer is; before sign-up is applied they belong to its request.",
    ("identity_id",),
    "identity_id sign_up_id? customer_id? identity_kind? number_hash? issuer? valid_until? identity_state checked_by? "
    "file_reference? changed_on request_id",
)
DIRECT_DEBIT_ANSWER = Table(
    "direct_debit_answer",
    "What banks answered to direct debits, refunds and mandates. Mandates of Autogiro are known by payer number, others "
    "by mandate; a refund by the id its order carried.",
    ("answer_id",),
    "answer_id scheme answer answer_code? answer_text? payer_no? mandate_id? direct_debit_id? amount? currency? "
    "answered_on file_sha256 record_no line_no received_on",
)
PAYMENT_RECORD = Table(
    "payment_record",
    "Every report of a payment, in every bank format; one payment may be reported in two. Without payment_id until all "
    "files of the run are read.",
    ("payment_record_id",),
    "payment_record_id payment_id? file_format payment_kind bank_reference? entry_reference? original_reference? "
    "bank_entry_id? end_to_end_id? payee_account booked_on amount currency reference_text? reference_parts? free_text? payer_name? "
    "payer_account? payer_registration_no? return_code? file_sha256 record_no line_no received_on",
)
