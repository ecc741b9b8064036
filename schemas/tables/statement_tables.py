"""Tables of bank statements."""

from __future__ import annotations

from schemas.table import Table

BANK_STATEMENT = Table(
    "bank_statement",
    "Statements of our bank accounts: balances that their entries lead from and to.",
    ("statement_id",),
    "statement_id payee_account statement_no sequence_no? page_no is_last_page covered_from covered_to currency "
    "opening_amount? closing_amount? file_sha256 received_on",
)
BANK_ENTRY = Table(
    "bank_entry",
    "Booked entries of bank statements; what left the account is negative. The night holds them against the payments.",
    ("bank_entry_id",),
    "bank_entry_id statement_id bank_entry_no payee_account booked_on amount currency entry_reference? entry_code? "
    "entry_text? transaction_count file_sha256 record_no line_no received_on",
)
BANK_NOTIFICATION = Table(
    "bank_notification",
    "Notifications (camt.054) that came, page by page: what the bank says they hold, over all pages, and what they do.",
    ("notification_id",),
    "notification_id payee_account notification_no sequence_no? page_no is_last_page reported_on? stated_count? "
    "stated_amount? held_count held_amount file_sha256 received_on",
)
