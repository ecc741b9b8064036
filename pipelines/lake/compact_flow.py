"""Compact: many small files of a table become one, so that runs by day do not slow down the more of them there were."""

from __future__ import annotations

from pipelines.night import Night, StageReport
from schemas.tables import TABLES

MANY_FILES = 100  # of one table; a day of runs every five minutes leaves three times as many
_SMALL_BYTES = 10_000_000  # larger files are left as they are, or each night would write them again


def compact(night: Night) -> StageReport:
    """Put the small files of tables that have many together, and write out what the catalog holds itself.

    Nothing that a query finds changes, now or at any past snapshot. Partitioned tables are passed over: they have a
    file for each part, and runs by day write none of them.
    """
    files = night.store.file_counts(_SMALL_BYTES)
    many = sorted(table.name for table in TABLES if not table.month_of and files.get(table.name, 0) >= MANY_FILES)
    if many:
        night.store.compact(many, _SMALL_BYTES)
    before, after = sum(files[name] for name in many), len(many)
    return StageReport(before, after, 0, f"the files of {after} tables put together" if many else "few small files")
