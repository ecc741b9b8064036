"""Columns of ledger."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

LEDGER_COLUMNS = (
    Column("voucher_id", TEXT, "Natural key of a voucher: the event it books"),
    Column("voucher_series", TEXT, "Voucher series", one_of(tuple(codes.VOUCHER_SERIES))),
    Column("voucher_no", WHOLE, "Number in the series, without gaps", POSITIVE),
    Column("event_on", DAY, "Date of the event that a voucher books"),
    Column("posted_on", DAY, "Date in the books: that of the event, or the first day of the first open month after it"),
    Column("booked_by_night", DAY, "Business date of the night that booked the voucher"),
    Column("voucher_text", TEXT, "Text of the voucher"),
    Column("entry_no", WHOLE, "Row of the voucher, from 1", POSITIVE),
    Column("debit_credit", AMOUNT, "Debit positive, credit negative"),
    Column("export_no", WHOLE, "Serial number of a ledger file, without gaps", POSITIVE),
    Column("voucher_count", WHOLE, "Vouchers in the file", NOT_NEGATIVE),
    Column("debit_amount", AMOUNT, "Sum of debits"),
    Column("credit_amount", AMOUNT, "Sum of credits, negative"),
    Column("exported_on", DAY, "Business date of the file"),
)
