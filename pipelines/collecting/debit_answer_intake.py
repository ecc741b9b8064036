"""Answers of banks to direct debits, refunds and mandates; what was paid, or given back, is a payment besides."""

from __future__ import annotations

import polars as pl

from pipelines.formats.layout import Parsed
from pipelines.intake.inbox_files import InboxFile
from pipelines.intake.outcome import Intake, differing_rows, from_file
from pipelines.night import Night
from pipelines.payments.payment_intake import keep_reports
from schemas import tables
from schemas.record_identity import sort_out

_COMPARED = ["answer", "answer_code", "direct_debit_id", "payer_no", "amount"]


def debit_answer_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep the answers of one file, and the payments that it reports."""
    same = night.store.read_matching(tables.DIRECT_DEBIT_ANSWER, parsed.records.select("answer_id"))
    new, duplicates, differing = sort_out(parsed.records, same, "answer_id", _COMPARED)
    night.store.append(tables.DIRECT_DEBIT_ANSWER, from_file(night, file, new))
    keep_reports(night, file, parsed.payments.with_columns(pl.lit("autogiro").alias("file_format")))
    return Intake(new.height, duplicates, [differing_rows(differing, "answer_id")])
