"""Columns of claims handed over to an external billing, factoring or collection service."""

from __future__ import annotations

from schemas import codes
from schemas.columns.column import CODE, DAY, NOT_NEGATIVE, TEXT, WHOLE, Column, one_of
from schemas.money import AMOUNT

COLLECTION_COLUMNS = (
    Column("collection_service", TEXT, "Service that claims are handed over to, as [collection] names it", CODE),
    Column("handed_on", DAY, "Business date on which the claim was handed over"),
    Column("handed_count", WHOLE, "Invoices that the order handed over", NOT_NEGATIVE),
    Column("capital_amount", AMOUNT, "Open of the invoice itself, credit notes counted against it"),
    Column("fees_amount", AMOUNT, "Open of fees for reminders and the like"),
    Column("interest_amount", AMOUNT, "Open of interest"),
    Column("reminders_sent", WHOLE, "Reminders sent of the invoice before", NOT_NEGATIVE),
    Column("last_reminded_on", DAY, "Date of the last reminder"),
    Column("collection_status", TEXT, "What the service says became of the claim", one_of(codes.COLLECTION_STATUSES)),
)
