"""Tables of reminders, credit, blocks, and orders to the network."""

from __future__ import annotations

from schemas.table import Table

REMINDER = Table(
    "reminder",
    "Reminders sent, each step once per invoice, and once per instalment of a payment agreement.",
    ("reminder_id",),
    "reminder_id invoice_no reminder_step account_id fee_amount open_amount reminded_on due_on "
    "agreement_id? instalment_no?",
)
BLOCK = Table(
    "block",
    "What the switch must refuse of which number, why, from when and until when; a number may be blocked for several causes.",
    ("block_id",),
    "block_id a_number subscription_id? account_id? block_reason block_cause barred prompt blocked_on blocked_at exposure? "
    "credit_limit? unblocked_on? unblocked_at? request_id? note_text?",
)
SPEND_WARNING = Table(
    "spend_warning",
    "Percentages of a spend limit that were reached, each once per period.",
    ("subscription_id", "set_by", "spend_period", "period_from", "warned_percent"),
    "subscription_id account_id set_by spend_period period_from warned_percent spend_limit_amount list_amount raised_on",
)
BLOCK_LIST_ENTRY = Table(
    "block_list_entry",
    "The block list as the switch was last told it: one row per number.",
    ("a_number",),
    "a_number block_reason barred_services prompt blocked_on",
)
BLOCK_LIST_CHANGE = Table(
    "block_list_change",
    "What each file of changes told the switch; of a number taken off, the row it had.",
    ("file_no", "a_number"),
    "file_no a_number list_change block_reason barred_services prompt blocked_on",
)
BLOCK_LIST_FILE = Table(
    "block_list_file",
    "Files of changes to the block list.",
    ("file_no",),
    "file_no file_path content_sha256 changed_rows exported_on",
)
INVOICE_BASIS = Table(
    "invoice_basis",
    "What an account had ordered when it reached its limit, waiting to be released for invoicing.",
    ("basis_id",),
    "basis_id account_id basis_state exposure credit_limit reached_at made_on released_on? decided_by? decision_text? "
    "invoice_no? paid_on?",
)
BASIS_CHARGE = Table(
    "basis_charge", "Which charge stands in which basis: each in one at most.", ("charge_id",), "charge_id basis_id"
)
BASIS_CHANGE = Table(
    "basis_change",
    "Changes made by hand to lines of a basis: who, when and why; and what they make of adjustments of these lines.",
    ("request_id", "charge_id"),
    "request_id charge_id basis_id change_no article_no basis_change_kind change_value? difference_amount decided_by "
    "decision_text changed_on",
)
PROVISIONING_ORDER = Table(
    "provisioning_order",
    "Orders to the network, in order, each once; a row says how the line shall be after it, a terminated one as it was.",
    ("order_id",),
    "order_id network_element element_order_no provisioning_action a_number subscription_id plan_code barred_services? ordered_on "
    "file_no",
)
PROVISIONING_FILE = Table(
    "provisioning_file",
    "Order files written for network elements.",
    ("network_element", "file_no"),
    "network_element file_no file_path content_sha256 order_count ordered_on",
)
PROVISIONING_ANSWER = Table(
    "provisioning_answer",
    "What network elements answered; of several answers to an order the last one by `acknowledged_at` stands.",
    ("order_id", "acknowledged_at"),
    "order_id acknowledgement acknowledgement_text? acknowledged_at file_sha256 record_no line_no received_on",
)
