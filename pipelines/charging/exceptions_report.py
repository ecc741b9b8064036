"""The list of exceptions: records that came too late to be priced by themselves, for somebody to decide on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipelines.formats.spreadsheet_text import without_formulas
from pipelines.home import Home, write_whole
from pipelines.lake.store import Store
from schemas import tables

# Where the record stands and why it is here; the record itself holds numbers, and a list like this is passed on.
COLUMNS = ("file_name", "file_sha256", "line_no", "record_no", "reason_code", "reason_text", "rejected_on")


def write_exceptions(home: Home, store: Store, on: date) -> Path | None:
    """Write `reports/exceptions_<date>.csv` with the records set aside as LATE_RECORD on a business date.

    In the order of files and lines. Returns its path; None, and no file, when there are no such records.
    """
    late = store.read(tables.REJECTED, "reason_code = 'LATE_RECORD' AND rejected_on = ?", [on])
    if late.is_empty():
        return None
    path = home.reports / f"exceptions_{on}.csv"
    rows = late.select(COLUMNS).sort("file_name", "file_sha256", "record_no")
    write_whole(path, without_formulas(rows).write_csv().encode())
    return path
