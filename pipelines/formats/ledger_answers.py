"""Answers to ledger files: CSV with a header, which batch the bookkeeping accepted or rejected, and why.

`export_no`, `status` (accepted or rejected) and, where there is something to say, `text` and `format`; commas or
semicolons, columns in any order, others are passed over. A SIE file answers for itself: its #FLAGGA becomes 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.formats.field_values import whole_count
from pipelines.formats.layout import LEDGER_ANSWER_RECORDS, REJECTED_RECORDS, Parsed, ReadContext
from pipelines.formats.named_columns import header_of, named_columns
from schemas.set_aside import Fault, set_aside

_REQUIRED, _OPTIONAL = ("export_no", "status"), ("format", "text")
_ANSWERS = ("accepted", "rejected")


@dataclass(frozen=True)
class LedgerAnswers:
    """The layout of files of answers to ledger files."""

    name: str = "ledger_answers"
    kind: str = "ledger_answers"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line that is not blank names the two columns that an answer must have."""
        return set(_REQUIRED) <= set(header_of(head)[0])

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (an answer has no time of its own)
        """Read the lines after the header.

        Rows are rejected as MALFORMED_ROW (fields, no number, a status that is neither accepted nor rejected) or
        BAD_ENCODING. Raises `FileFaultError` (UNREADABLE) for a header that names a column twice.
        """
        fields = named_columns(content, _REQUIRED, _OPTIONAL).with_columns(
            whole_count(pl.col("export_no")).alias("number"),
            pl.col("status").str.to_lowercase().alias("export_state"),
            pl.col("format").alias("export_format"),
            pl.col("text").alias("state_text"),
        )
        records, rejected = set_aside(fields, *_faults())
        numbered = records.with_columns(pl.col("number").alias("export_no"))
        return Parsed(numbered.select(LEDGER_ANSWER_RECORDS.keys()), rejected.select(REJECTED_RECORDS.keys()))


LEDGER_ANSWERS = LedgerAnswers()


def _faults() -> list[Fault]:
    answer = pl.format(
        "{} is no status: use {}", pl.col("export_state").fill_null("nothing"), pl.lit(" or ".join(_ANSWERS))
    )
    number = pl.format("{} is no number of a ledger file", pl.col("export_no").fill_null("nothing"))
    return [
        ((pl.col("number") > 0).fill_null(value=False).not_(), "MALFORMED_ROW", number),
        (~pl.col("export_state").is_in(list(_ANSWERS)).fill_null(value=False), "MALFORMED_ROW", answer),
    ]
