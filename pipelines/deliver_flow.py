"""Deliver: the documents that leave the house are made, each once, and found again by their hash.

Documents are the slow part of a night, so they are made by several processes, in batches: a batch is committed when its
files stand, and a run that was stopped goes on with the next one. Invoices of the channel `portal` are made on first
view (`nightbill invoice --pdf NUMBER`).
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceDocument, invoice_documents
from invoicing.documents.reminder_page import ReminderDocument, reminder_documents
from invoicing.documents.rendering import DocumentRenderer
from pipelines.home import write_whole
from pipelines.invoice_snapshot import snapshot_of
from pipelines.night import Night, StageReport
from schemas import tables

_BATCH = 20
_BATCHES_A_PROCESS = 50
_WORTH_A_SECOND_PROCESS = 30
_SENT = """
    SELECT i.* FROM invoice i JOIN account a USING (account_id)
      ANTI JOIN (SELECT invoice_no FROM document WHERE document_kind = 'invoice') d USING (invoice_no)
     WHERE a.delivery_channel <> 'portal'
"""
_REMINDED = """
    SELECT r.* FROM reminder r
      ANTI JOIN (SELECT document_id AS reminder_id FROM document WHERE document_kind = 'reminder') d USING (reminder_id)
"""


Page = InvoiceDocument | ReminderDocument


class Wanted(NamedTuple):
    """A document to make."""

    document_id: str
    kind: str
    invoice_no: int
    page: Page | DocumentError


class Made(NamedTuple):
    """A document made, or the reason why it could not be."""

    wanted_id: str
    kind: str
    invoice_no: int
    file_path: str
    sha256: str
    fault: str


def deliver(night: Night) -> StageReport:
    """Make every invoice and reminder that is sent and not made yet; one that fails is named and the others go on."""
    wanted = [*_invoices(night, _SENT), *_reminders(night)]
    made: list[Made] = []
    for batch in _rendered(night, wanted):
        good = [m for m in batch if not m.fault]
        with night.store.transaction("deliver"):
            night.store.append(tables.DOCUMENT, _document_rows(night, good))
        made += batch
    faults = [m.fault for m in made if m.fault]
    summary = f"{len(made) - len(faults)} documents made" + (f", {len(faults)} failed: {faults[0]}" if faults else "")
    return StageReport(len(wanted), len(made) - len(faults), len(faults), summary)


def invoice_pdf(night: Night, invoice_no: int) -> Path:
    """Make the PDF of one invoice, if need be, and return its path. Raises `DocumentError`."""
    path = night.home.root / _path("invoice", f"{invoice_no}")
    documents = night.store.read(tables.DOCUMENT, "document_id = ?", [f"invoice:{invoice_no}"])
    if documents.is_empty() or not path.exists():
        wanted = _invoices(night, f"SELECT * FROM invoice WHERE invoice_no = {int(invoice_no)}")  # noqa: S608 (a number)
        if not wanted:
            message = f"invoice {invoice_no} does not exist; `nightbill sql` shows those that do"
            raise DocumentError(message)
        made = _make(str(night.home.root), wanted)
        if made[0].fault:
            raise DocumentError(made[0].fault)
        with night.store.transaction(f"document {invoice_no}"):
            night.store.upsert(tables.DOCUMENT, _document_rows(night, made))
    return path


def _invoices(night: Night, sql: str) -> list[Wanted]:
    rows = night.store.select(tables.INVOICE, sql).sort("invoice_no")
    pages = _each(rows, lambda some: invoice_documents(snapshot_of(night.store, some)))
    return [Wanted(f"invoice:{n}", "invoice", n, page) for n, page in zip(rows["invoice_no"], pages, strict=True)]


def _reminders(night: Night) -> list[Wanted]:
    rows = night.store.select(tables.REMINDER, _REMINDED).sort("reminder_id")
    invoices = night.store.read_matching(tables.INVOICE, rows.select("invoice_no"))
    customers = night.store.read_matching(tables.CUSTOMER, invoices.select("customer_id"))
    pages = _each(rows, lambda some: reminder_documents(some, invoices, customers, night.policy.operator))
    keys = rows.select("reminder_id", "invoice_no").iter_rows()
    return [Wanted(key, "reminder", invoice_no, page) for (key, invoice_no), page in zip(keys, pages, strict=True)]


def _each(rows: pl.DataFrame, pages_of: Callable[[pl.DataFrame], Sequence[Page]]) -> list[Page | DocumentError]:
    """Lay out the pages of all rows; where one cannot be, it alone becomes its fault."""
    try:
        return list(pages_of(rows))
    except DocumentError as error:
        if rows.height == 1:
            return [error]
        half = rows.height // 2
        return _each(rows[:half], pages_of) + _each(rows[half:], pages_of)


def _rendered(night: Night, wanted: list[Wanted]) -> Iterator[list[Made]]:
    """Render in batches; few documents are not worth starting processes for."""
    root = str(night.home.root)
    batches = [wanted[at : at + _BATCH] for at in range(0, len(wanted), _BATCH)]
    if len(wanted) < _WORTH_A_SECOND_PROCESS:
        yield from (_make(root, batch) for batch in batches)
        return
    yield from _pool().map(_make, [root] * len(batches), batches)


@cache
def _pool() -> ProcessPoolExecutor:
    """Start the rendering processes once; nights that follow in this process use them again.

    A process that has made some thousand documents is replaced, whatever its libraries have kept by then.
    """
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        max_workers=os.cpu_count() or 1, mp_context=spawn, max_tasks_per_child=_BATCHES_A_PROCESS
    )


@cache
def _renderer(brand_folder: Path) -> DocumentRenderer:
    return DocumentRenderer(load_brand(brand_folder))


def _make(root: str, batch: list[Wanted]) -> list[Made]:
    return [_make_one(Path(root), wanted) for wanted in batch]


def _make_one(root: Path, wanted: Wanted) -> Made:
    name = str(wanted.invoice_no) if wanted.kind == "invoice" else wanted.document_id.split(":", 1)[1].replace(":", "_")
    relative = _path(wanted.kind, name)
    try:
        renderer = _renderer(root / "config" / "brand")
        page = wanted.page
        if isinstance(page, DocumentError):
            raise page
        pdf = renderer.render_invoice(page) if isinstance(page, InvoiceDocument) else renderer.render_reminder(page)
    except DocumentError as error:
        return Made(wanted.document_id, wanted.kind, wanted.invoice_no, relative, "", str(error))
    write_whole(root / relative, pdf)
    return Made(wanted.document_id, wanted.kind, wanted.invoice_no, relative, hashlib.sha256(pdf).hexdigest(), "")


def _path(kind: str, name: str) -> str:
    return f"outbox/{kind}s/{kind}_{name}.pdf"


def _document_rows(night: Night, made: list[Made]) -> pl.DataFrame:
    rows = [
        {
            "document_id": m.wanted_id, "document_kind": m.kind, "invoice_no": m.invoice_no, "file_path": m.file_path,
            "content_sha256": m.sha256, "rendered_on": night.on,
        }
        for m in made
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=tables.DOCUMENT.schema, orient="row")
