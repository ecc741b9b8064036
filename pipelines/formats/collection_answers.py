"""Answers of a collection, factoring or billing service: CSV with a header, what became of which invoice.

`invoice_no` and `status`: paid, closed or returned. `paid` needs `amount` and `paid_on`, and may bring `id` (the
service's own, told apart by it) and `reference`; `text` may stand on any row. Commas or semicolons, columns in any
order, others are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.formats.field_values import amount_of, whole_count
from pipelines.formats.layout import COLLECTION_RECORDS, REJECTED_RECORDS, Parsed, ReadContext
from pipelines.formats.named_columns import header_of, named_columns
from schemas.codes import COLLECTION_STATUSES
from schemas.set_aside import Fault, set_aside

_REQUIRED, _OPTIONAL = ("invoice_no", "status"), ("amount", "paid_on", "reference", "id", "text")
_STATUSES = ("paid", *COLLECTION_STATUSES)


@dataclass(frozen=True)
class CollectionAnswers:
    """The layout of files of answers to claims handed over."""

    name: str = "collection_answers"
    kind: str = "collection_answers"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the first line that is not blank names the two columns that an answer must have."""
        return set(_REQUIRED) <= set(header_of(head)[0])

    def read(self, content: bytes, context: ReadContext) -> Parsed:  # noqa: ARG002 (dates have no clock)
        """Read the lines after the header.

        Rows are rejected as MALFORMED_ROW (fields, no invoice, no known status), BAD_TIME or BAD_AMOUNT (of what was
        paid) or BAD_ENCODING. Raises `FileFaultError` (UNREADABLE) for a header that names a column twice.
        """
        written = pl.col("amount").str.replace(",", ".", literal=True)
        fields = named_columns(content, _REQUIRED, _OPTIONAL).with_columns(
            whole_count(pl.col("invoice_no")).alias("invoice"),
            pl.col("status").str.to_lowercase(),
            amount_of(written, ".").alias("paid_amount"),
            pl.col("paid_on").str.to_date("%Y-%m-%d", strict=False).alias("booked_on"),
            pl.col("reference").alias("reference_text"),
            pl.col("id").alias("bank_reference"),
            pl.col("text").alias("answer_text"),
        )
        records, rejected = set_aside(fields, *_faults())
        named = records.with_columns(pl.col("invoice").alias("invoice_no"))
        return Parsed(named.select(COLLECTION_RECORDS.keys()), rejected.select(REJECTED_RECORDS.keys()))


COLLECTION_ANSWERS = CollectionAnswers()


def _faults() -> list[Fault]:
    paid = (pl.col("status") == "paid").fill_null(value=False)
    status = pl.format("{} is no status: use {}", pl.col("status").fill_null("nothing"), pl.lit(", ".join(_STATUSES)))
    given = {name: pl.col(name).fill_null("nothing") for name in ("invoice_no", "amount", "paid_on")}
    return [
        (
            (pl.col("invoice") > 0).fill_null(value=False).not_(),
            "MALFORMED_ROW",
            pl.format("{} is no number of an invoice", given["invoice_no"]),
        ),
        (~pl.col("status").is_in(list(_STATUSES)).fill_null(value=False), "MALFORMED_ROW", status),
        (
            paid & (pl.col("paid_amount") > 0).fill_null(value=False).not_(),
            "BAD_AMOUNT",
            pl.format("{} is not an amount above zero with at most 2 decimals", given["amount"]),
        ),
        (
            paid & pl.col("booked_on").is_null(),
            "BAD_TIME",
            pl.format("{} is not a date as 2026-11-01: say in paid_on when it was paid", given["paid_on"]),
        ),
    ]
