"""Columns of ledger files and of what their readers said of them."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

EXPORT_COLUMNS = (
    Column("export_no", WHOLE, "Serial number of an export batch of the ledger, without gaps", POSITIVE),
    Column("exported_on", DAY, "Business date of the batch"),
    Column("voucher_count", WHOLE, "Vouchers in the batch", NOT_NEGATIVE),
    Column("entry_count", WHOLE, "Ledger entries in the batch", NOT_NEGATIVE),
    Column("debit_amount", AMOUNT, "Sum of debits"),
    Column("credit_amount", AMOUNT, "Sum of credits, negative"),
    Column(
        "batch_settings",
        TEXT,
        "What the batch's files depend on beside its vouchers, as JSON: company, accounts, formats",
    ),
    Column(
        "export_format", TEXT, "Format of a ledger file: sie4i, beancount, hledger, datev, csv:<profile> or manifest"
    ),
    Column("replaced_count", WHOLE, "Characters that the file's code page lacks, and others stand for", NOT_NEGATIVE),
    Column("event_no", WHOLE, "What happened to a batch, counted from 1", POSITIVE),
    Column("export_state", TEXT, "What became of a batch", one_of(codes.EXPORT_STATES)),
    Column("state_text", TEXT, "What was said of it"),
    Column("stated_on", DAY, "Business date on which it became known"),
)
