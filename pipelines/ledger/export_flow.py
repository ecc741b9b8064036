"""Export: the ledger's files for the bookkeeping, in numbered batches, each voucher in exactly one.

A batch is committed with the hash of each file before the files are written, and with everything they depend on. A run
killed in between leaves a batch without the event `written`; the next run writes the same bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import polars as pl

from pipelines.formats.ledger_batch import LedgerBatch, WrittenFile
from pipelines.formats.ledger_files import MANIFEST, batch_files, manifest_path
from pipelines.home import write_whole
from pipelines.ledger.export_answers import note_read_files, still_unread
from pipelines.ledger.export_batch import batch_of, settings_now, unexported
from pipelines.ledger.export_events import append_event, states
from pipelines.ledger.ledger_manifest import write_manifest
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts

_Files = dict[tuple[str, str], WrittenFile]


class NoSuchExportError(Exception):
    """No batch has the number, or it must not be written again."""


class Rewritten(NamedTuple):
    """What was written again: paths in the home, and those whose bytes are not what they were."""

    paths: list[str]
    changed: list[str]


def export_ledger(night: Night) -> StageReport:
    """Write a batch of the vouchers that stand in none yet, and finish one that a killed run left unwritten.

    What a bookkeeping program has read since is noted first; the summary names what was rejected, and, where the policy
    asks for it, files that are still unread.
    """
    note_read_files(night)
    for row in _unwritten(night):
        _write_again(night, row)
    entries = unexported(night.store)
    unread, replaced = still_unread(night) if entries.height else 0, 0
    if entries.height:
        number = night.store.last_number(tables.LEDGER_EXPORT, "export_no") + 1
        numbered = entries.with_columns(pl.lit(number, pl.Int64).alias("export_no"))
        replaced = _make(night, LedgerBatch(number, night.on, settings_now(night.configuration), numbered))
    vouchers = entries["voucher_id"].n_unique()
    told = [f"{vouchers} vouchers exported"]
    told += [f"{replaced} characters of them lack in a file's code page, and others stand there"] if replaced else []
    told += [f"WARNING: {unread} earlier SIE files are not read yet by the bookkeeping"] if unread else []
    told += [
        f"export {row['export_no']} was rejected: {row['state_text'] or 'no reason given'}"
        for row in states(night.store).filter(pl.col("export_state") == "rejected").sort("export_no").to_dicts()
    ]
    return StageReport(entries.height, entries.height, 0, "; ".join(told))


def export_again(night: Night, number: int, *, even_if_read: bool = False) -> Rewritten:
    """Write the files of a batch again, from what was kept with it.

    Raises `NoSuchExportError` for a number that no batch has, and for one that the bookkeeping has read or accepted
    unless `even_if_read`: read twice, it is booked twice.
    """
    found = night.store.read(tables.LEDGER_EXPORT, "export_no = ?", [number])
    if found.is_empty():
        raise NoSuchExportError(f"no export has number {number}; nightbill ledger list shows those there are")
    note_read_files(night)
    state = states(night.store).filter(pl.col("export_no") == number)["export_state"].to_list()
    if state and state[0] in {"read", "accepted"} and not even_if_read:
        raise NoSuchExportError(
            f"export {number} is {state[0]} by the bookkeeping; read twice, it is booked twice. If it was taken back "
            "there, write it again with --even-if-read"
        )
    return _write_again(night, found.row(0, named=True))


def _unwritten(night: Night) -> list[dict[str, Any]]:
    sql = "SELECT e.* FROM ledger_export e ANTI JOIN ledger_export_event USING (export_no)"
    return night.store.select(tables.LEDGER_EXPORT, sql).sort("export_no").to_dicts()


def _make(night: Night, batch: LedgerBatch) -> int:
    """Commit a batch and write its files; return how many characters their code pages lack."""
    files = _all_files(night, batch)
    amount = pl.col("debit_credit")
    row = {
        "export_no": batch.number,
        "exported_on": batch.written_on,
        "voucher_count": batch.entries["voucher_id"].n_unique(),
        "entry_count": batch.entries.height,
        "debit_amount": batch.entries.filter(amount > 0).select(sum_amounts(amount)).item(),
        "credit_amount": batch.entries.filter(amount < 0).select(sum_amounts(amount)).item(),
        "batch_settings": batch.settings.model_dump_json(),
    }
    with night.store.transaction(f"export {batch.number}"):
        night.store.append(tables.LEDGER_EXPORT, pl.DataFrame([row], schema=tables.LEDGER_EXPORT.schema, orient="row"))
        night.store.append(tables.LEDGER_EXPORT_FILE, _file_rows(batch.number, files))
        night.store.append(tables.EXPORTED_VOUCHER, batch.entries.select("voucher_id", "export_no").unique())
    _write(night, batch.number, files)
    return sum(file.replaced for file in files.values())


def _write_again(night: Night, export: dict[str, Any]) -> Rewritten:
    batch = batch_of(night.store, export)
    files = _all_files(night, batch)
    kept = night.store.read(tables.LEDGER_EXPORT_FILE, "export_no = ?", [batch.number])
    hashes = dict(kept.select("file_path", "content_sha256").iter_rows())
    _write(night, batch.number, files)
    paths = [path for _, path in files]
    changed = [path for (_, path), file in files.items() if _sha256(file) != hashes.get(path)]
    return Rewritten(paths, changed)


def _all_files(night: Night, batch: LedgerBatch) -> _Files:
    files = batch_files(batch)
    return files | {(MANIFEST, manifest_path(batch.number)): write_manifest(night.store, batch, files)}


def _write(night: Night, number: int, files: _Files) -> None:
    for (_, path), file in files.items():
        write_whole(night.home.root / path, file.content)
    with night.store.transaction(f"export {number} written"):
        append_event(night.store, number, "written", night.on)


def _file_rows(number: int, files: _Files) -> pl.DataFrame:
    rows = [
        (number, name, path, _sha256(file), len(file.content), file.replaced) for (name, path), file in files.items()
    ]
    return pl.DataFrame(rows, schema=tables.LEDGER_EXPORT_FILE.schema, orient="row")


def _sha256(file: WrittenFile) -> str:
    return hashlib.sha256(file.content).hexdigest()
