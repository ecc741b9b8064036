"""Columns of payment agreements."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

AGREEMENT_COLUMNS = (
    Column("agreement_id", TEXT, "Natural key of a payment agreement: account and ordinal"),
    Column("agreement_state", TEXT, "How a payment agreement stands", one_of(codes.AGREEMENT_STATES)),
    Column("agreed_on", DAY, "Business date from which an agreement stands"),
    Column("ended_on", DAY, "Business date on which it was kept, broken or ended; null while it stands"),
    Column("credited_amount", AMOUNT, "What credit notes and write-offs had taken off a claim by then", NOT_NEGATIVE),
    Column("instalment_no", WHOLE, "Instalment of a payment agreement, from 1", POSITIVE),
)
