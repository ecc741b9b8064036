"""Columns of money that goes out of the house or is fetched: mandates, direct debits, and their files."""

from __future__ import annotations

import pandera.polars as pa

from schemas import codes
from schemas.columns.column import DAY, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of

DIRECT_DEBIT_COLUMNS = (
    Column(
        "mandate_id",
        TEXT,
        "Number of a mandate, as the payer signed it",
        (pa.Check.str_matches(r"^[A-Za-z0-9+?/:().,'-]{1,35}$"),),  # ISO 20022 Max35Text in SEPA's characters
    ),
    Column("scheme", TEXT, "Scheme of direct debit", one_of(codes.DEBIT_SCHEMES)),
    Column(
        "payer_no",
        TEXT,
        "The payer's number at Bankgirot, one for each mandate",
        (pa.Check.str_matches(r"^[0-9]{1,16}$"),),
    ),
    Column("mandate_use", TEXT, "Whether a mandate is for one collection or for all", one_of(codes.MANDATE_USES)),
    Column("mandate_state", TEXT, "What a mandate has come to", one_of(codes.MANDATE_STATES)),
    Column("signed_on", DAY, "Date the payer signed"),
    Column("mandate_order_id", TEXT, "Natural key of what Bankgirot is told of a mandate: mandate and action"),
    Column("mandate_action", TEXT, "What Bankgirot shall do with the mandate", one_of(codes.MANDATE_ACTIONS)),
    Column("direct_debit_id", TEXT, "Natural key of a direct debit: invoice and attempt, as the bank reports it"),
    Column("answer_id", TEXT, "Natural key of an answer of the bank: what it is about, its day and what it says"),
    Column(
        "answer",
        TEXT,
        "What the bank says became of a direct debit, a refund or a mandate",
        one_of(codes.DEBIT_ANSWERS),
    ),
    Column("answer_code", TEXT, "The bank's code of an answer"),
    Column("answer_text", TEXT, "What the answer says in words"),
    Column("answered_on", DAY, "Day that an answer is of"),
    Column("attempt_no", WHOLE, "1 for the first attempt to collect an invoice", POSITIVE),
    Column("collect_on", DAY, "Bank day on which the money is collected"),
    Column("sequence_type", TEXT, "Place in the mandate's sequence (SEPA)", one_of(codes.SEQUENCE_TYPES)),
    Column("creditor_id", TEXT, "Our identifier as creditor in SEPA, as it was then"),
    Column("notified_on", DAY, "Business date of the invoice that announces the collection"),
    Column("message_version", TEXT, "Layout of the file", one_of(codes.MESSAGE_VERSIONS)),
    Column("debit_count", WHOLE, "Direct debits in the file", NOT_NEGATIVE),
    Column("mandate_count", WHOLE, "Mandates in the file that are added or cancelled", NOT_NEGATIVE),
)
