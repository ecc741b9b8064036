"""Answers to the ledger's files: the read flag that a bookkeeping program sets in a SIE file in the outbox."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines.export_events import append_event, states
from pipelines.night import Night
from schemas import tables

_FLAG = re.compile(rb'\A\s*#FLAGGA\s+"?([01])', re.IGNORECASE)
_HEAD_BYTES = 200


def sie_flag(path: Path) -> bool | None:
    """Return whether a SIE file was read (#FLAGGA 1); None when it is gone or says nothing."""
    try:
        with path.open("rb") as file:
            found = _FLAG.search(file.read(_HEAD_BYTES))
    except OSError:
        return None
    return found[1] == b"1" if found else None


def note_read_files(night: Night) -> int:
    """Record the batches whose SIE file has been read since the last run; return how many."""
    flags = _flags(night)
    read = [number for number, flag in flags.items() if flag]
    if read:
        with night.store.transaction("ledger files read"):
            for number in read:
                append_event(night.store, number, "read", night.on, export_format="sie4i")
    return len(read)


def still_unread(night: Night) -> int:
    """Count SIE files that lie in the outbox unread; 0 where the policy does not ask."""
    if night.policy.export.unread == "ignore":
        return 0
    return sum(flag is False for flag in _flags(night).values())


def _flags(night: Night) -> dict[int, bool | None]:
    """Return the flag of the SIE file of each batch that is written and not answered yet."""
    waiting = states(night.store).filter(pl.col("export_state") == "written").select("export_no")
    files = night.store.read_matching(tables.LEDGER_EXPORT_FILE, waiting, "export_format = 'sie4i'").sort("export_no")
    return {
        number: sie_flag(night.home.root / path) for number, path in files.select("export_no", "file_path").iter_rows()
    }
