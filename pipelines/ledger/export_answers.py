"""Answers to the ledger's files: the read flag that a bookkeeping program sets in a SIE file, and files of answers."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from pipelines.formats.layout import Parsed
from pipelines.intake.inbox_files import InboxFile
from pipelines.intake.outcome import Intake
from pipelines.ledger.export_events import append_event, states
from pipelines.night import Night
from schemas import tables
from schemas.set_aside import set_aside

_FLAG = re.compile(rb'\A\s*#FLAGGA\s+"?([01])', re.IGNORECASE)
_HEAD_BYTES = 200
_SAID = ("export_state", "state_text")


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


def ledger_answer_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep what a file says of batches, within the caller's transaction; what is so already is a duplicate.

    Rows are rejected as UNKNOWN_EXPORT.
    """
    records = parsed.records
    known = night.store.read_matching(tables.LEDGER_EXPORT, records.select("export_no"))
    unknown = ~pl.col("export_no").is_in(known["export_no"].implode())
    told = pl.format("no ledger file has number {}; nightbill ledger list shows those there are", "export_no")
    answers, refused = set_aside(records, (unknown, "UNKNOWN_EXPORT", told))
    answers = answers.sort("record_no")
    events = night.store.read_matching(tables.LEDGER_EXPORT_EVENT, answers.select("export_no")).sort("event_no")
    last = events.group_by("export_no").agg(
        pl.col("event_no").last(), *(pl.col(name).last().alias(f"last_{name}") for name in _SAID)
    )
    lined = answers.join(last, on="export_no", how="left", maintain_order="left")
    before = {name: pl.col(name).shift(1).over("export_no") for name in _SAID}
    is_first = pl.int_range(pl.len()).over("export_no") == 0
    same = pl.all_horizontal(
        pl.when(is_first).then(pl.col(f"last_{name}")).otherwise(before[name]).eq_missing(pl.col(name))
        for name in _SAID
    )
    new = lined.filter(~same)
    after = pl.col("event_no").fill_null(0) + pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("export_no")
    stated = new.with_columns(after.alias("event_no"), pl.lit(file.sha256).alias("file_sha256"),
                              pl.lit(night.on).alias("stated_on"))  # fmt: skip
    night.store.append(tables.LEDGER_EXPORT_EVENT, stated)
    return Intake(new.height, lined.height - new.height, [refused])
