"""Columns of credit and blocks."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, MOMENT, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT, CHARGE, PERCENT

CREDIT_COLUMNS = (
    Column("block_id", TEXT, "Natural key of a block: cause, number and which of its blocks"),
    Column("block_reason", TEXT, "Reason class of the block", one_of(codes.BLOCK_REASONS)),
    Column("block_cause", TEXT, "What made the block, and must cease before it is lifted", one_of(codes.BLOCK_CAUSES)),
    Column("barred", TEXT, "What is barred; emergency numbers never are", one_of(codes.BARRED_SERVICES)),
    Column("prompt", TEXT, "Announcement the switch plays"),
    Column("blocked_on", DAY, "Business date the block was set"),
    Column("blocked_at", MOMENT, "When the block was set, UTC: what starts later came all the same"),
    Column("unblocked_on", DAY, "Business date the block was lifted, null while blocked"),
    Column("unblocked_at", MOMENT, "When the block was lifted, UTC, null while blocked"),
    Column("note_text", TEXT, "Note, in the words of who made it"),
    Column("first_limit", AMOUNT, "Credit limit that an account begins with, VAT included", NOT_NEGATIVE),
    Column("limit_step", AMOUNT, "Amount that the limit rises by when all is paid", NOT_NEGATIVE),
    Column("limit_step_percent", PERCENT, "Percent that the limit rises by when all is paid", NOT_NEGATIVE),
    Column("limit_ceiling", AMOUNT, "Limit that no step goes beyond", NOT_NEGATIVE),
    Column(
        "basis_release",
        TEXT,
        "Whether what reaches the limit becomes an invoice basis, and who releases it",
        one_of(codes.BASIS_RELEASES),
    ),
    Column("partly_paid", TEXT, "What a part payment does to a block", one_of(codes.PARTLY_PAID)),
    Column("holds_from", DAY, "Coming day from which what was asked for holds"),
    Column("table_name", TEXT, "Table of the row"),
    Column("row_before", TEXT, "The row before the change as JSON, null where there was none"),
    Column("row_after", TEXT, "The row after the change as JSON, null where it is gone"),
    Column("change_no", WHOLE, "Position in the changes of its subject, from 1", POSITIVE),
    Column("old_limit", AMOUNT, "Credit limit before the change", NOT_NEGATIVE),
    Column("change_cause", TEXT, "What changed the limit", one_of(codes.LIMIT_CAUSES)),
    Column("basis_id", TEXT, "Natural key of an invoice basis: account and which of its bases"),
    Column("basis_state", TEXT, "open until released for invoicing", one_of(codes.BASIS_STATES)),
    Column("made_on", DAY, "Business date the basis was made"),
    Column("reached_at", MOMENT, "When the order began with which the limit was reached, UTC"),
    Column("released_on", DAY, "Business date the basis was released, null while open"),
    Column("basis_change_kind", TEXT, "What a change does to a line of a basis", one_of(codes.BASIS_CHANGE_KINDS)),
    Column(
        "change_value", CHARGE, "New price per minute (or unit), or percent off; null for a line removed", NOT_NEGATIVE
    ),
    Column(
        "spend_limit_amount", CHARGE, "Spend at list price, excluding VAT, at which services are barred", NOT_NEGATIVE
    ),
    Column("warned_percent", WHOLE, "Percent of the limit that the spend reached", POSITIVE),
    Column("set_by", TEXT, "Who set the limit", one_of(codes.LIMIT_SETTERS)),
    Column("barred_services", TEXT, "What is barred by all blocks of the number together, joined by +"),
    Column("list_change", TEXT, "What became of the row of the block list", one_of(codes.LIST_CHANGES)),
    Column("changed_rows", WHOLE, "Rows added, changed and removed", POSITIVE),
    Column("threshold_amount", AMOUNT, "Credit left below which a top-up is ordered", NOT_NEGATIVE),
    Column("top_up_amount", AMOUNT, "Amount of one automatic top-up", POSITIVE),
    Column("month_ceiling", AMOUNT, "Most that is topped up automatically in a calendar month", POSITIVE),
    Column("top_up_id", TEXT, "Natural key of a top-up: the request, or account and ordinal of an automatic one"),
    Column(
        "top_up_kind",
        TEXT,
        "paid: money came with it; automatic: it is ordered and waits for its money",
        one_of(codes.TOP_UP_KINDS),
    ),
    Column("ordered_on", DAY, "Business date of the order"),
    Column("paid_on", DAY, "Business date by which its money had come in full, null while it waits"),
    Column("set_on", DAY, "Business date of the setting"),
    Column(
        "exposure",
        AMOUNT,
        "Open receivables plus charges not yet invoiced, VAT included, less credit: of a block on its last night, of a "
        "basis at the order with which the limit was reached",
    ),
)
