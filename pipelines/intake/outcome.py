"""What the records of one file came to, whatever their kind."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import polars as pl

from pipelines.intake.inbox_files import InboxFile
from pipelines.night import Night


class Intake(NamedTuple):
    """What the records of one file came to: records = accepted + duplicates + rows of all `rejected`.

    `times`: of usage, when the first accepted record began and the last one ended.
    """

    accepted: int
    duplicates: int
    rejected: list[pl.DataFrame]
    times: tuple[datetime | None, datetime | None] = (None, None)


def differing_rows(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Give the records that contradict what was received before their reason."""
    return frame.with_columns(
        pl.lit("RECORD_DIFFERS").alias("reason_code"),
        pl.format("{} was received before with other content; the first one counts", key).alias("reason_text"),
    )


def from_file(night: Night, file: InboxFile, frame: pl.DataFrame) -> pl.DataFrame:
    """Add where records come from and when they were received."""
    return frame.with_columns(pl.lit(file.sha256).alias("file_sha256"), pl.lit(night.on).alias("received_on"))
