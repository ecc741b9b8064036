"""From the rows a bank reader has judged to what every layout returns."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl

from pipelines.formats.layout import PAYMENT_RECORDS, REJECTED_RECORDS, Parsed
from pipelines.formats.reference_parts import field_parts

_WHERE_NOTHING_IS_SAID: dict[str, Any] = dict.fromkeys(PAYMENT_RECORDS) | {"payment_kind": "received"}

Judgement = tuple[str | None, str | None]


def first_fault(*faults: tuple[bool, str, str]) -> Judgement:
    """Return reason code and text of the first fault that holds, None for both where none does."""
    return next(((code, text) for holds, code, text in faults if holds), (None, None))


def parsed_payments(rows: list[dict[str, Any]], bank_file_id: str) -> Parsed:
    """Number the rows and part them by `reason_code`.

    Each row has fields of `PAYMENT_RECORDS` save `record_no`, and `reason_code` and `reason_text`; fields left out are
    null, a payment is `received`, and without parts its `reference_text` is its only one.
    """
    numbered = [_complete(row) | {"record_no": number} for number, row in enumerate(rows, start=1)]
    return Parsed(
        records=_frame([row for row in numbered if row["reason_code"] is None], PAYMENT_RECORDS),
        rejected=_frame([row for row in numbered if row["reason_code"] is not None], REJECTED_RECORDS),
        bank_file_id=bank_file_id,
    )


def number_alike(rows: list[dict[str, Any]], key: str = "payment_record_id") -> None:
    """Tell apart sound records of a file that the sender's references do not: two equal ones on a day are legal."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row.get("reason_code") is None:
            seen[row[key]] += 1
            if (occurrence := seen[row[key]]) > 1:
                row[key] += f"/{occurrence}"


def _complete(row: dict[str, Any]) -> dict[str, Any]:
    parts = row["parts"] if "parts" in row else field_parts(row["reference_text"])
    return _WHERE_NOTHING_IS_SAID | row | {"parts": parts}


def _frame(rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
