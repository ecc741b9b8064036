"""The block list for the switch, every run: whole, and as what changed since it was last told."""

from __future__ import annotations

import polars as pl

from pipelines.home import write_whole
from pipelines.lake.numbered_files import NumberedFiles
from pipelines.night import Night, StageReport
from rating.block_list import block_list, block_list_changes, printed
from schemas import tables

FILES = NumberedFiles(tables.BLOCK_LIST_FILE, "block_list_changes", "block_list")


def export_block_list(night: Night) -> StageReport:
    """Write `outbox/block_list.csv`, and where it changed `outbox/block_list_changes/block_list_<no>.csv`.

    What the switch was told last stands in the lake and moves on with each file of changes, in one transaction; so a
    run killed anywhere loses no change and tells none in two files.
    """
    FILES.restore_last(night, _content)
    now = block_list(night.store.read(tables.BLOCK, "unblocked_on IS NULL"), night.config(tables.SPECIAL_NUMBER))
    changes = block_list_changes(night.store.read(tables.BLOCK_LIST_ENTRY), now)
    if changes.height:
        _commit(night, changes)
        FILES.restore_last(night, _content)
    write_whole(night.home.outbox / "block_list.csv", _csv(night, now))
    kinds = ", ".join(
        f"{count} {kind}" for kind, count in changes.group_by("list_change").len().sort("list_change").rows()
    )
    return StageReport(now.height, now.height, 0, f"{now.height} numbers on the block list; {kinds or 'no change'}")


def _commit(night: Night, changes: pl.DataFrame) -> None:
    number = FILES.next_number(night)
    gone = pl.col("list_change") == "removed"
    with night.store.transaction(f"block list changes {number}"):
        night.store.append(tables.BLOCK_LIST_CHANGE, changes.with_columns(pl.lit(number, pl.Int64).alias("file_no")))
        night.store.delete(tables.BLOCK_LIST_ENTRY, changes)
        night.store.append(tables.BLOCK_LIST_ENTRY, changes.filter(~gone).drop("list_change"))
        about = {"changed_rows": changes.height, "exported_on": night.on}
        FILES.commit(night, number, about, _csv(night, changes))


def _content(night: Night, number: int) -> bytes:
    changes = night.store.read(tables.BLOCK_LIST_CHANGE, "file_no = ?", [number]).sort("a_number")
    return _csv(night, changes)


def _csv(night: Night, rows: pl.DataFrame) -> bytes:
    return printed(rows, night.policy.numbering.code_prefix).write_csv().encode()
