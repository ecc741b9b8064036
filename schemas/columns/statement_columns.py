"""Columns of bank statements and their entries."""

from __future__ import annotations

from schemas.columns.column import DAY, FLAG, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column
from schemas.money import AMOUNT

STATEMENT_COLUMNS = (
    Column("statement_id", TEXT, "Natural key of a bank statement, or of one page of it: account and the bank's id"),
    Column("statement_no", TEXT, "The bank's id of a statement"),
    Column(
        "sequence_no",
        WHOLE,
        "Number of a statement or notification in the bank's own series for the account",
        NOT_NEGATIVE,
    ),
    Column("page_no", WHOLE, "Page of a statement or notification, from 1", POSITIVE),
    Column("is_last_page", FLAG, "Whether no page comes after this one"),
    Column("covered_from", DAY, "First day that a statement covers"),
    Column("covered_to", DAY, "Last day that a statement covers"),
    Column("opening_amount", AMOUNT, "Balance before the entries of a statement"),
    Column("closing_amount", AMOUNT, "Balance after the entries of a statement"),
    Column("notification_id", TEXT, "Natural key of a notification (camt.054), or of one page: account and bank's id"),
    Column("notification_no", TEXT, "The bank's id of a notification"),
    Column("reported_on", DAY, "Day on which the bank made a notification"),
    Column("stated_count", WHOLE, "Entries that a notification says it has, on all its pages", NOT_NEGATIVE),
    Column("stated_amount", AMOUNT, "Sum of the entries that a notification says it has, on all its pages, unsigned"),
    Column("held_count", WHOLE, "Entries on a notification, or on one page of it", NOT_NEGATIVE),
    Column("held_amount", AMOUNT, "Sum of the entries on a notification, or on one page of it, unsigned"),
    Column("bank_entry_id", TEXT, "Natural key of an entry on a bank statement: statement and position"),
    Column("bank_entry_no", WHOLE, "Position of an entry on its statement, from 1", POSITIVE),
    Column("entry_code", TEXT, "The bank's code of what an entry is: of ISO 20022, or its own"),
    Column("entry_text", TEXT, "What the bank writes about an entry"),
    Column("transaction_count", WHOLE, "Transactions that an entry is the sum of, as far as told", NOT_NEGATIVE),
)
