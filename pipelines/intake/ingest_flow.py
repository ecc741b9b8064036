"""Ingest: every file in the inbox is recognised, registered, read, and moved to the archive or to quarantine.

One transaction per file: its registry row, its records and its rejects are there together or not at all. The file is
moved after the commit; a run killed in between finds the file registered and only moves it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines import clock
from pipelines.collecting.collection_flow import collection_answer_intake
from pipelines.collecting.debit_answer_intake import debit_answer_intake
from pipelines.formats.layout import REJECTED_RECORDS, FileFaultError, Layout, Parsed
from pipelines.home import move_whole, write_whole
from pipelines.intake.inbox_files import Arrival, InboxFile, arrivals, read_context, read_file
from pipelines.intake.outcome import Intake, differing_rows, from_file
from pipelines.lake.table_sql import quoted
from pipelines.ledger.export_answers import ledger_answer_intake
from pipelines.night import Night, StageReport
from pipelines.payments.payment_intake import make_payments, payment_intake
from pipelines.payments.statement_intake import statement_intake
from rating.usage_intake import accept_usage, normalise_usage, refuse_implausible, refuse_unchargeable
from schemas import codes, tables
from schemas.coded_text import USAGE_CODES, coded
from schemas.record_identity import sort_out
from schemas.set_aside import set_aside

_UNFINISHED = (".part", ".tmp", ".draft")


class Counts(NamedTuple):
    """How many records a file brought: what remains of it when it is done."""

    accepted: int
    duplicates: int
    rejected: int


_NOTHING = Counts(0, 0, 0)


def ingest(night: Night) -> StageReport:
    """Read every finished file of the inbox; a fault in one never stops the others."""
    taken = _take_what_has_a_rate(night) if night.is_whole else 0
    paths = sorted(p for p in night.home.inbox.iterdir() if not p.name.startswith(".") and p.suffix not in _UNFINISHED)
    wanted = [path for path in paths if path.is_file() or path.is_symlink()]
    archived = _Archived(night, wanted)
    with closing(arrivals(wanted, night.configuration, archived.hashes)) as arriving:
        outcomes = [_ingest_file(night, arrival, archived.for_(arrival)) for arrival in arriving]
    make_payments(night)
    read = sum(sum(o) for o in outcomes if o)
    accepted, rejected = sum(o.accepted for o in outcomes if o), sum(o.rejected for o in outcomes if o)
    duplicates, refused = sum(o.duplicates for o in outcomes if o), outcomes.count(None)
    summary = f"{len(outcomes)} files, {refused} quarantined; {duplicates} records received before"
    summary += f"; {taken} payments have an exchange rate now" if taken else ""
    return StageReport(read, accepted, rejected, summary)


class _Archived:
    """Hashes of files read before, of the sizes alone that stand in the inbox: few, however long the history."""

    def __init__(self, night: Night, paths: list[Path]) -> None:
        self._store = night.store
        self._sizes: set[int] = set()
        for path in paths:
            with suppress(OSError):  # gone again: what is wrong with it shows when it is read
                self._sizes.add(path.lstat().st_size)
        self.hashes: set[str] = self._of_sizes(self._sizes)

    def for_(self, arrival: Arrival) -> set[str]:
        """Return the hashes, also of the size that a file had by the time it was read."""
        file = arrival.file
        if isinstance(file, InboxFile) and len(file.content) not in self._sizes:
            self._sizes.add(len(file.content))
            self.hashes |= self._of_sizes({len(file.content)})
        return self.hashes

    def _of_sizes(self, sizes: set[int]) -> set[str]:
        if not sizes:
            return set()
        among = ", ".join(map(str, sorted(sizes)))
        sql = f"SELECT file_sha256 FROM source_file WHERE file_state = 'archived' AND size_bytes IN ({among})"  # noqa: S608
        return set(self._store.query(sql)["file_sha256"])


def _ingest_file(night: Night, arrival: Arrival, archived: set[str]) -> Counts | None:
    """Take in one file and add its hash to those `archived`; None when it went to quarantine."""
    path, file = arrival
    if isinstance(file, FileFaultError):
        _quarantine(night, path, file.code, file.text)
        return None
    counts = _NOTHING
    if file.sha256 not in archived:
        try:
            counts = _take_in(night, file)
        except FileFaultError as fault:
            _register(night, file, fault=fault.code)
            _quarantine(night, path, fault.code, fault.text)
            return None
        archived.add(file.sha256)
    elif _is_archived(night, file):
        known = night.store.read(tables.SOURCE_FILE, "file_sha256 = ?", [file.sha256])
        text = f"the same content was read on {known['received_on'][0]} as {known['file_name'][0]}; nothing to do"
        _quarantine(night, path, "ALREADY_SEEN", text)
        return None
    # else a run was killed between its commit and the move
    target = _archived_path(night, file)
    target.parent.mkdir(parents=True, exist_ok=True)
    move_whole(path, target)
    return counts


def _take_in(night: Night, file: InboxFile) -> Counts:
    if isinstance(file.reading, FileFaultError):
        raise file.reading
    layout, parsed = file.reading
    if parsed.bank_file_id:
        seen = night.store.read(
            tables.SOURCE_FILE, "bank_file_id = ? AND file_state = 'archived'", [parsed.bank_file_id]
        )
        if seen.height:
            text = (
                f"the bank's file {parsed.bank_file_id} was read on {seen['received_on'][0]} as {seen['file_name'][0]}"
            )
            raise FileFaultError("ALREADY_SEEN", text)
    with night.store.transaction(f"ingest {file.sha256[:12]}"):
        records = parsed.records.with_columns(pl.lit(layout.name).alias("file_format"))
        intake = _INTAKES[layout.kind](night, file, replace(parsed, records=records))
        rejected = _rejected_rows(night, file, parsed, intake.rejected)
        night.store.append_file(tables.REJECTED, rejected)  # the file is new, so are its records
        counts = Counts(intake.accepted, intake.duplicates, rejected.height)
        _write_registry(night, file, layout=layout, parsed=parsed, counts=counts, times=intake.times)
    return counts


def _take_what_has_a_rate(night: Night) -> int:
    """Read payments set aside for want of an exchange rate again, from their archived files; return how many are in.

    A file is read again only if rates have come since that may be theirs; one that left the archive stays as it is.
    """
    rates = read_context(night.configuration)
    aside = night.store.read(tables.REJECTED, "stage = 'ingest' AND reason_code = 'BAD_CURRENCY'")
    hopeful = [text for text in aside["reason_text"].unique() if rates.may_have_come(text)]  # a text per currency
    waits = aside.filter(pl.col("reason_text").is_in(hopeful))
    files = aside.join(waits, on="file_sha256", how="semi").partition_by("file_sha256", maintain_order=True)
    return sum(_take_again(night, rows) for rows in files)


def _take_again(night: Night, aside: pl.DataFrame) -> int:
    """Take REJECTED rows of one file in anew, in one transaction; what is still wrong with them is set aside anew."""
    sha256, store = aside["file_sha256"][0], night.store
    path = next((night.home.archive / sha256[:2]).glob(f"{sha256[:16]}_*"), None)
    file = read_file(path, night.configuration).file if path is not None else None
    if not isinstance(file, InboxFile) or isinstance(file.reading, FileFaultError) or file.sha256 != sha256:
        return 0
    layout, parsed = file.reading
    records, still = (rows.join(aside, on="record_no", how="semi") for rows in (parsed.records, parsed.rejected))
    again = replace(parsed, records=records.with_columns(pl.lit(layout.name).alias("file_format")), rejected=still)
    registered = store.read(tables.SOURCE_FILE, "file_sha256 = ?", [sha256])
    name = pl.lit(aside["file_name"][0]).alias("file_name")  # as it was sent
    with store.transaction(f"again {sha256[:12]}"):
        intake = _INTAKES[layout.kind](night, file, again)
        rejected = _rejected_rows(night, file, again, intake.rejected).with_columns(name)
        store.delete(tables.REJECTED, aside)
        store.append(tables.REJECTED, rejected)
        counted = {
            "rows_accepted": intake.accepted,
            "rows_duplicate": intake.duplicates,
            "rows_rejected": rejected.height - aside.height,
        }
        more = (pl.col(column) + count for column, count in counted.items())
        store.upsert(tables.SOURCE_FILE, registered.with_columns(more))
    return intake.accepted


def _usage_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    policy = night.policy
    believed, implausible = refuse_implausible(parsed.records, policy.limits, night.on)
    chargeable, unchargeable = refuse_unchargeable(believed, policy.rating)
    usable, bad_numbers = normalise_usage(chargeable, policy.operator)
    intake = accept_usage(usable, _received_before(night, usable))
    rows = coded(from_file(night, file, intake.accepted).select(tables.USAGE.names), USAGE_CODES)
    night.store.append_file(tables.USAGE, rows)  # every id is new: it was just looked for
    ends = pl.col("started_at") + pl.duration(seconds="duration_s")
    times = rows.select(pl.col("started_at").min().alias("first"), ends.max().alias("last")).row(0)
    rejected = [implausible, unchargeable, bad_numbers, intake.rejected]
    return Intake(rows.height, intake.duplicates, rejected, times)


def _received_before(night: Night, usable: pl.DataFrame) -> pl.DataFrame:
    """Read the USAGE rows with the ids of these records.

    Ids of one source mostly grow with time: between the first and the last of a file lies little or nothing of the
    history, and DuckLake opens only the files that hold it.
    """
    ids = pl.col("usage_id")
    bounds = usable.lazy().group_by("source_system").agg(ids.min().alias("first"), ids.max().alias("last"))
    found = [tables.USAGE.empty()]
    for source_system, first, last in bounds.sort("source_system").collect(engine="streaming").rows():
        between = f"usage_id BETWEEN {quoted(first)} AND {quoted(last)}"
        if night.store.query(f"SELECT usage_id FROM usage WHERE {between} LIMIT 1").height:  # noqa: S608 (quoted)
            of_source = usable.filter(pl.col("source_system") == source_system)
            found.append(night.store.read_matching(tables.USAGE, of_source.select("usage_id"), between))
    return pl.concat(found)


def _request_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    records = parsed.records
    same = night.store.read_matching(tables.REQUEST, records.select("request_id"))
    new, duplicates, differing = sort_out(records, same, "request_id", ["request_type", "effective_at", "payload"])
    received = pl.lit(clock.now(), tables.REQUEST.schema["received_at"]).alias("received_at")
    night.store.append(tables.REQUEST, from_file(night, file, new).with_columns(received))
    return Intake(new.height, duplicates, [differing_rows(differing, "request_id")])


def _acknowledgement_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep every answer: an order may be answered again later, and the last answer stands when they are read."""
    records = parsed.records
    ordered = night.store.read_matching(tables.PROVISIONING_ORDER, records.select("order_id"))
    latest = night.on + timedelta(days=1)
    answered_on = pl.col("acknowledged_at").dt.convert_time_zone(night.policy.operator.time_zone).dt.date()
    answers, refused = set_aside(
        records,
        (~pl.col("order_id").is_in(ordered["order_id"].implode()), "UNKNOWN_ORDER",
         pl.format("no order has the id {}; take it from the order file as it stands", "order_id")),
        (answered_on > latest, "BAD_TIME",
         pl.format("answered {}, believed up to {}; mend the element's clock", answered_on, pl.lit(latest))),
    )  # fmt: skip
    same = night.store.read_matching(tables.PROVISIONING_ANSWER, answers.select("order_id"))
    key = pl.format("{} at {}", "order_id", pl.col("acknowledged_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")).alias(
        "answer_key"
    )
    new, duplicates, differing = sort_out(
        answers.with_columns(key), same.with_columns(key), "answer_key", ["acknowledgement", "acknowledgement_text"]
    )
    night.store.append(tables.PROVISIONING_ANSWER, from_file(night, file, new))
    return Intake(new.height, duplicates, [refused, differing_rows(differing, "answer_key")])


_INTAKES: dict[str, Callable[[Night, InboxFile, Parsed], Intake]] = {
    "usage": _usage_intake,
    "payments": payment_intake,
    "statements": statement_intake,
    "direct_debit_answers": debit_answer_intake,
    "requests": _request_intake,
    "acknowledgements": _acknowledgement_intake,
    "ledger_answers": ledger_answer_intake,
    "collection_answers": collection_answer_intake,
}


def _rejected_rows(night: Night, file: InboxFile, parsed: Parsed, frames: list[pl.DataFrame]) -> pl.DataFrame:
    wanted = list(REJECTED_RECORDS)
    later = pl.concat([frame.select(*(name for name in wanted if name in frame.columns)) for frame in frames])
    rows = pl.concat([parsed.rejected, parsed.with_record(later).select(wanted)])
    return rows.select(
        pl.lit("ingest").alias("stage"),
        pl.lit(file.sha256).alias("file_sha256"),
        pl.lit(file.path.name).alias("file_name"),
        pl.lit(None, pl.String).alias("usage_id"),
        pl.lit(night.on).alias("rejected_on"),
        *wanted,
    ).select(tables.REJECTED.names)


def _write_registry(
    night: Night,
    file: InboxFile,
    *,
    layout: Layout | None = None,
    parsed: Parsed | None = None,
    counts: Counts = _NOTHING,
    times: tuple[datetime | None, datetime | None] = (None, None),
    fault: str | None = None,
) -> None:
    row = {
        "file_sha256": file.sha256,
        "file_name": file.path.name,
        "file_kind": layout.kind if layout else None,
        "file_format": layout.name if layout else None,
        "file_state": "quarantined" if fault else "archived",
        "file_fault": fault,
        "bank_file_id": parsed.bank_file_id if parsed else None,
        "first_begun_at": times[0],
        "last_ended_at": times[1],
        "size_bytes": len(file.content),
        "rows_read": parsed.rows_read if parsed else 0,
        "rows_accepted": counts.accepted,
        "rows_duplicate": counts.duplicates,
        "rows_rejected": counts.rejected,
        "received_on": night.on,
    }
    night.store.upsert(tables.SOURCE_FILE, pl.DataFrame([row], schema=tables.SOURCE_FILE.schema, orient="row"))


def _register(night: Night, file: InboxFile, fault: str) -> None:
    with night.store.transaction(f"quarantine {file.sha256[:12]}"):
        _write_registry(night, file, fault=fault)


def _safe_name(name: str) -> str:
    """Keep what a file name says, but nothing that could lead out of a folder."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")[-100:] or "file"


def _archived_path(night: Night, file: InboxFile) -> Path:
    return night.home.archive / file.sha256[:2] / f"{file.sha256[:16]}_{_safe_name(file.path.name)}"


def _is_archived(night: Night, file: InboxFile) -> bool:
    folder = _archived_path(night, file).parent
    return folder.is_dir() and any(path.name.startswith(file.sha256[:16]) for path in folder.iterdir())


def _quarantine(night: Night, path: Path, code: str, text: str) -> None:
    """Move a file out of the way with a report beside it; a second file of that name gets a number."""
    target = night.home.quarantine / _safe_name(path.name)
    number = 1
    while target.exists() or _report_of(target).exists():
        number += 1
        target = night.home.quarantine / f"{number}_{_safe_name(path.name)}"
    move_whole(path, target)
    name = json.dumps(path.name, ensure_ascii=False)  # a line break in a name must not pass for a line of the report
    report = f"file: {name}\nnight: {night.on}\nfault: {code}\nmeaning: {codes.FILE_FAULTS[code]}\ndetail: {text}\n"
    write_whole(_report_of(target), report.encode())


def _report_of(quarantined: Path) -> Path:
    return quarantined.with_name(quarantined.name + ".report.txt")
