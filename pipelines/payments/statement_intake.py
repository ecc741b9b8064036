"""Bank statements in: balances and entries are kept, and their transactions as reports of payments."""

from __future__ import annotations

import polars as pl

from pipelines.formats.layout import Parsed
from pipelines.intake.inbox_files import InboxFile
from pipelines.intake.outcome import Intake, differing_rows, from_file
from pipelines.night import Night
from pipelines.payments.payment_intake import keep_reports, own_account
from schemas import tables
from schemas.record_identity import sort_out


def statement_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep the statements of one file; an entry received before counts once, whatever file it comes in."""
    entries, statements = (each.with_columns(own_account(night)) for each in (parsed.records, parsed.statements))
    same = night.store.read_matching(tables.BANK_ENTRY, entries.select("bank_entry_id"))
    new, duplicates, differing = sort_out(entries, same, "bank_entry_id", ["booked_on", "amount", "currency"])
    known = night.store.read_matching(tables.BANK_STATEMENT, statements.select("statement_id"))
    unknown = statements.unique("statement_id", keep="first", maintain_order=True).join(
        known, on="statement_id", how="anti"
    )
    night.store.append(tables.BANK_STATEMENT, from_file(night, file, unknown))
    night.store.append(tables.BANK_ENTRY, from_file(night, file, new))
    reports = parsed.payments.join(new, on="bank_entry_id", how="semi", maintain_order="left")
    keep_reports(night, file, reports.with_columns(pl.lit("camt053").alias("file_format")))
    return Intake(new.height, duplicates, [differing_rows(differing, "bank_entry_id")])
