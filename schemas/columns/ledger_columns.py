"""Columns of ledger."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT, PERCENT

LEDGER_COLUMNS = (
    Column("voucher_id", TEXT, "Natural key of a voucher: the event it books"),
    Column("voucher_series", TEXT, "Voucher series", one_of(tuple(codes.VOUCHER_SERIES))),
    Column("voucher_no", WHOLE, "Number in the series, without gaps", POSITIVE),
    Column("event_on", DAY, "Date of the event that a voucher books"),
    Column("posted_on", DAY, "Date in the books: that of the event, or the first day of the first open month after it"),
    Column("booked_by_night", DAY, "Business date of the night that booked the voucher"),
    Column("voucher_text", TEXT, "Text of the voucher"),
    Column("period_state", TEXT, "What a month of the books is", one_of(codes.PERIOD_STATES)),
    Column("period_change_no", WHOLE, "Ordinal of the change among those of its month", POSITIVE),
    Column("release_month", DAY, "First day of the month that earns the share"),
    Column("deferred_on", DAY, "Date of the document that defers the share"),
    Column("deferred_amount", AMOUNT, "Share excluding VAT, in the operator's currency; negative of a credit note"),
    Column("written_off_amount", AMOUNT, "What was lost, in the operator's currency; null until it is booked"),
    Column("provision_month", DAY, "First day of the month at whose end claims were looked at"),
    Column("age_bucket", TEXT, "How long claims are past due, in days", one_of(tuple(codes.AGE_BUCKETS))),
    Column("open_net_amount", AMOUNT, "Open claims of the bucket excluding VAT, in the operator's currency"),
    Column("provision_percent", PERCENT, "Percent of them that is set aside", NOT_NEGATIVE),
    Column("provision_amount", AMOUNT, "What is set aside for the bucket, in the operator's currency"),
    Column("entry_no", WHOLE, "Row of the voucher, from 1", POSITIVE),
    Column("debit_credit", AMOUNT, "Debit positive, credit negative"),
)
