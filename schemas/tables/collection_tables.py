"""Tables of claims handed over to an external billing, factoring or collection service."""

from __future__ import annotations

from schemas.table import Table

HAND_OVER = Table(
    "hand_over",
    "What people decided to hand over: one invoice, or all overdue ones of an account; the same night does it.",
    ("request_id",),
    "request_id account_id? invoice_no? collection_service ordered_on decided_by decision_text handed_count?",
)
HANDED_INVOICE = Table(
    "handed_invoice",
    "Invoices that a service claims for us, with what was open when they were handed over.",
    ("request_id", "invoice_no"),
    "request_id invoice_no account_id collection_service handed_on currency capital_amount fees_amount interest_amount "
    "open_amount reminders_sent last_reminded_on? file_no?",
)
COLLECTION_FILE = Table(
    "collection_file",
    "Files of claims handed over, numbered without gaps.",
    ("file_no",),
    "file_no file_path content_sha256 collection_service handed_on batch_settings",
)
COLLECTION_ANSWER = Table(
    "collection_answer",
    "What services say of claims: closed or returned. What was paid to them is a payment like any other.",
    ("file_sha256", "record_no"),
    "request_id invoice_no collection_status answer_text? file_sha256 record_no line_no received_on",
)
