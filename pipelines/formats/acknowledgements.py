"""Acknowledgements of network elements: CSV with a header, what became of which order and when.

`order_id`, `answer` (done or failed), `answered_at` (ISO 8601 with offset) and, where there is something to say,
`text`; commas or semicolons, columns in any order, others are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.formats.delimited_text import HEAD_BYTES, head_lines, read_lines, recode, split_fields
from pipelines.formats.file_faults import unreadable
from pipelines.formats.layout import ACKNOWLEDGEMENT_RECORDS, REJECTED_RECORDS, Parsed, ReadContext
from schemas.codes import ACKNOWLEDGEMENTS as ANSWERS
from schemas.columns import TIMESTAMP
from schemas.set_aside import Fault, set_aside

_REQUIRED, _WORDS = ("order_id", "answer", "answered_at"), "text"
_SEPARATORS = (",", ";")


@dataclass(frozen=True)
class Acknowledgements:
    """The layout of files of acknowledgements."""

    name: str = "acknowledgements"
    kind: str = "acknowledgements"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line that is not blank names the three columns that an acknowledgement must have."""
        return set(_REQUIRED) <= set(_header(head)[0])

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (every time brings its offset)
        """Read the lines after the header.

        Rows are rejected as MALFORMED_ROW (fields, no order, an answer that is neither done nor failed), BAD_TIME or
        BAD_ENCODING. Raises `FileFaultError` (UNREADABLE) for a header that names a column twice.
        """
        text = recode(content)
        names, separator = _header(text[:HEAD_BYTES])
        if len(set(names)) < len(names):
            raise unreadable(f"the header names {', '.join(sorted({n for n in names if names.count(n) > 1}))} twice")
        wanted = [name for name in (*_REQUIRED, _WORDS) if name in names]
        body = read_lines(text).slice(1).with_columns(pl.col("record_no") - 1)
        fields = split_fields(body, names, separator, wanted=wanted)
        records, rejected = set_aside(fields.with_columns(_values(wanted)), *_faults())
        return Parsed(records.select(ACKNOWLEDGEMENT_RECORDS.keys()), rejected.select(REJECTED_RECORDS.keys()))


ACKNOWLEDGEMENTS = Acknowledgements()


def _header(head: bytes) -> tuple[list[str], str]:
    """Return the names of the first line that is not blank, and what parts them."""
    record = "".join(head_lines(head)["record"].head(1))
    separator = max(_SEPARATORS, key=record.count)
    return [name.strip().strip('"').strip() for name in record.split(separator)], separator


def _values(present: list[str]) -> list[pl.Expr]:
    bare = {name: pl.col(name).str.strip_chars() if name in present else pl.lit(None, pl.String)
            for name in (*_REQUIRED, _WORDS)}  # fmt: skip
    text = {name: pl.when(value != "").then(value) for name, value in bare.items()}
    moment = text["answered_at"].str.replace(" ", "T").str.replace("Z$", "+00:00")
    return [
        text["order_id"].alias("order_id"),
        text["answer"].str.to_lowercase().alias("acknowledgement"),
        text[_WORDS].alias("acknowledgement_text"),
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
