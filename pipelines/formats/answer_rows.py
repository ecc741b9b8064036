"""From the answers a reader has found to what every layout of answers returns."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.formats.layout import ANSWER_RECORDS, Parsed
from pipelines.formats.payment_rows import number_alike, parsed_payments

_NOTHING: dict[str, Any] = dict.fromkeys(ANSWER_RECORDS)


def parsed_answers(answers: list[dict[str, Any]], payments: list[dict[str, Any]], bank_file_id: str) -> Parsed:
    """Number the answers (fields of `ANSWER_RECORDS`, null where left out); take payments (`PAYMENT_RECORDS`) along.

    Ids that repeat within the file are told apart: two equal answers on one day are legal.
    """
    number_alike(answers, "answer_id")
    number_alike(payments)
    numbered = [_NOTHING | row | {"record_no": number} for number, row in enumerate(answers, start=1)]
    found = parsed_payments([{"reason_code": None, "reason_text": None} | row for row in payments], bank_file_id)
    return Parsed(
        records=pl.DataFrame(numbered, schema=ANSWER_RECORDS),
        bank_file_id=bank_file_id,
        payments=found.records,
    )
