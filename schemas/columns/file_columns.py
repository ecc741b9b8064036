"""Columns of files and what happened to them."""

from __future__ import annotations

import pandera.polars as pa

from schemas import codes
from schemas.columns.column import DAY, MOMENT, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of

FILE_COLUMNS = (
    Column(
        "file_sha256",
        TEXT,
        "SHA-256 of the file's bytes: the file's identity, whatever its name",
        (pa.Check.str_matches(r"^[0-9a-f]{64}$"),),
    ),
    Column("file_name", TEXT, "Name the file had in the inbox"),
    Column(
        "file_format",
        TEXT,
        "Layout recognised from the content (asterisk_csv, camt054, bgmax, ... or a profile's name)",
    ),
    Column(
        "file_kind",
        TEXT,
        "What the file holds: usage, payments, statements, requests, or answers to what was sent out",
    ),
    Column("file_state", TEXT, "archived when read, quarantined when refused whole", one_of(codes.FILE_STATES)),
    Column("file_fault", TEXT, "Why the file was quarantined: a code of schemas.codes.FILE_FAULTS"),
    Column("bank_file_id", TEXT, "The bank's own identity for the file (message id, or BgMax timestamp)"),
    Column("first_begun_at", MOMENT, "When the first usage accepted from the file began, UTC; null for other files"),
    Column("last_ended_at", MOMENT, "When the last usage accepted from the file ended, UTC; null for other files"),
    Column("size_bytes", WHOLE, "Size of the file in bytes", NOT_NEGATIVE),
    Column("rows_read", WHOLE, "Records found in the file", NOT_NEGATIVE),
    Column("rows_accepted", WHOLE, "Records accepted into the lake", NOT_NEGATIVE),
    Column("rows_duplicate", WHOLE, "Records received before, from this or another file", NOT_NEGATIVE),
    Column("rows_rejected", WHOLE, "Records set aside with a reason, when a file was read or by a stage", NOT_NEGATIVE),
    Column("received_on", DAY, "Business date of the night that read the file"),
    Column("record_no", WHOLE, "Position of the record in its file, from 1", POSITIVE),
    Column("line_no", WHOLE, "Line of the record in its file, from 1", POSITIVE),
    Column("record", TEXT, "The record as it stood in the file"),
    Column("stage", TEXT, "Stage of the night"),
    Column(
        "reason_code",
        TEXT,
        "Why the row was set aside: a code of schemas.codes.REASONS",
        one_of(tuple(codes.REASONS)),
    ),
    Column("reason_text", TEXT, "The reason with its value, limit and next step"),
    Column("rejected_on", DAY, "Business date of the night that set the row aside first, or gave it up as late"),
)
