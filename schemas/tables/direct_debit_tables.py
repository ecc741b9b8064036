"""Tables of mandates and direct debits, and of the files that carry them and refunds to the bank."""

from __future__ import annotations

from schemas.table import Table

MANDATE = Table(
    "mandate",
    "Mandates to collect from an account at a bank; only state and day of the last change are ever changed.",
    ("mandate_id",),
    "mandate_id account_id scheme mandate_use payer_no? payer_account payer_name registration_no? mandate_state signed_on "
    "changed_on request_id",
)
MANDATE_ORDER = Table(
    "mandate_order",
    "What Bankgirot is told of mandates, each once.",
    ("mandate_order_id",),
    "mandate_order_id mandate_id mandate_action ordered_on",
)
DIRECT_DEBIT_NOTICE = Table(
    "direct_debit_notice",
    "Which invoices say that they are collected, from where and on which day: nothing else is.",
    ("invoice_no",),
    "invoice_no mandate_id scheme payer_account creditor_id? collect_on notified_on",
)
DIRECT_DEBIT = Table(
    "direct_debit",
    "Requests to collect an invoice, one for each attempt; what became of them is in the answers.",
    ("direct_debit_id",),
    "direct_debit_id mandate_id account_id invoice_no attempt_no scheme amount currency collect_on sequence_type? ordered_on",
)
DIRECT_DEBIT_FILE = Table(
    "direct_debit_file",
    "Files of direct debits and mandates; each scheme has a series without gaps.",
    ("scheme", "file_no"),
    "scheme file_no file_path content_sha256 message_version debit_count mandate_count amount ordered_on",
)
FILED_DIRECT_DEBIT = Table(
    "filed_direct_debit",
    "Which direct debit stands in which file: each in exactly one.",
    ("direct_debit_id",),
    "direct_debit_id scheme file_no",
)
FILED_MANDATE_ORDER = Table(
    "filed_mandate_order",
    "Which order about a mandate stands in which file: each in exactly one.",
    ("mandate_order_id",),
    "mandate_order_id scheme file_no",
)
REFUND_FILE = Table(
    "refund_file",
    "Files of refunds written for the bank.",
    ("file_no",),
    "file_no file_path content_sha256 message_version order_count amount ordered_on",
)
FILED_REFUND = Table(
    "filed_refund",
    "Which refund stands in which file: each in exactly one.",
    ("refund_no",),
    "refund_no file_no",
)
