"""Acknowledgements of network elements: CSV with a header, what became of which order and when.

`order_id`, `answer` (done or failed), `answered_at` (ISO 8601 with offset) and, where there is something to say,
`text`; commas or semicolons, columns in any order, others are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.formats.layout import ACKNOWLEDGEMENT_RECORDS, REJECTED_RECORDS, Parsed, ReadContext
from pipelines.formats.named_columns import header_of, named_columns
from schemas.codes import ACKNOWLEDGEMENTS as ANSWERS
from schemas.columns import TIMESTAMP
from schemas.set_aside import Fault, set_aside

_REQUIRED, _WORDS = ("order_id", "answer", "answered_at"), "text"


@dataclass(frozen=True)
class Acknowledgements:
    """The layout of files of acknowledgements."""

    name: str = "acknowledgements"
    kind: str = "acknowledgements"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line that is not blank names the three columns that an acknowledgement must have."""
        return set(_REQUIRED) <= set(header_of(head)[0])

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (every time brings its offset)
        """Read the lines after the header.

        Rows are rejected as MALFORMED_ROW (fields, no order, an answer that is neither done nor failed), BAD_TIME or
        BAD_ENCODING. Raises `FileFaultError` (UNREADABLE) for a header that names a column twice.
        """
        fields = named_columns(content, _REQUIRED, [_WORDS])
        records, rejected = set_aside(fields.with_columns(_values()), *_faults())
        return Parsed(records.select(ACKNOWLEDGEMENT_RECORDS.keys()), rejected.select(REJECTED_RECORDS.keys()))


ACKNOWLEDGEMENTS = Acknowledgements()


def _values() -> list[pl.Expr]:
    moment = pl.col("answered_at").str.replace(" ", "T").str.replace("Z$", "+00:00")
    return [
        pl.col("answer").str.to_lowercase().alias("acknowledgement"),
        pl.col(_WORDS).alias("acknowledgement_text"),
        moment.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", strict=False, time_unit="us", time_zone="UTC")
        .cast(TIMESTAMP)
        .alias("acknowledged_at"),
    ]


def _faults() -> list[Fault]:
    answer = pl.format("{} is no answer: use {}", pl.col("answer").fill_null("nothing"), pl.lit(" or ".join(ANSWERS)))
    moment = pl.format(
        "{} is not a time with offset, as 2026-11-01T09:30:00+01:00", pl.col("answered_at").fill_null("nothing")
    )
    return [
        (pl.col("order_id").is_null(), "MALFORMED_ROW", "order_id is empty; name the order that is answered"),
        (~pl.col("acknowledgement").is_in(list(ANSWERS)).fill_null(value=False), "MALFORMED_ROW", answer),
        (pl.col("acknowledged_at").is_null(), "BAD_TIME", moment),
    ]
