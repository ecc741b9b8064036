"""Deliver: the documents that leave the house are made, each once, and found again by their hash.

Documents are the slow part of a night, so they are made by several processes, in batches: a batch is committed when its
files stand, and a run that was stopped goes on with the next one. What they show is read some hundreds at a time, so
that memory stays flat however many there are. Invoices of the channel `portal` are made on first view
(`nightbill invoice --pdf NUMBER`), and so are the pages of those that go to the buyer's system (`e_invoice`).
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from invoicing.documents.brand import load_brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceDocument, Snapshot, invoice_documents
from invoicing.documents.pdf_archive import Attached, XmpPart
from invoicing.documents.reminder_page import ReminderDocument, reminder_documents
from invoicing.documents.rendering import DocumentRenderer
from invoicing.einvoice.factur_x import factur_x, takes_factur_x
from pipelines import progress
from pipelines.collecting.agreement_flow import plans_of
from pipelines.documents.einvoice_flow import write_einvoices
from pipelines.documents.invoice_snapshot import snapshot_of
from pipelines.documents.specification_flow import itemised, specification_of
from pipelines.home import write_whole
from pipelines.night import Night, StageReport
from schemas import tables

_BATCH = 20
_BATCHES_A_PROCESS = 500
_WORTH_A_SECOND_PROCESS = 30
_READ_AT_ONCE = 500
_GARBAGE = 20_000  # objects made and not given back before it is looked for: some fifty pages leave so many
_SENT = """
    SELECT i.* FROM invoice i JOIN invoice_party p USING (invoice_no)
      ANTI JOIN document d ON d.document_id = i.document_kind || ':' || i.invoice_no
     WHERE p.delivery_channel NOT IN ('portal', 'e_invoice')
"""
_REMINDED = """
    SELECT r.* FROM reminder r
      ANTI JOIN (SELECT document_id AS reminder_id FROM document WHERE document_kind = 'reminder') d USING (reminder_id)
"""


Page = InvoiceDocument | ReminderDocument


class Wanted(NamedTuple):
    """A document to make; `has_factur_x`: it carries its e-invoice."""

    document_id: str
    kind: str
    invoice_no: int
    page: Page | DocumentError
    has_factur_x: bool = False


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
    invoices = night.store.select(tables.INVOICE, _SENT).sort("invoice_no")
    reminders = night.store.select(tables.REMINDER, _REMINDED).sort("reminder_id")
    made, faults = write_einvoices(night)
    wanted = made + len(faults) + invoices.height + reminders.height
    for batch in _rendered(night, _wanted(night, invoices, reminders)):
        good = [m for m in batch if not m.fault]
        with night.store.transaction("deliver"):
            night.store.append(tables.DOCUMENT, _document_rows(night, good))
        made += len(good)
        faults += [m.fault for m in batch if m.fault]
        progress.announce(f"{made + len(faults)} of {wanted} documents")
    summary = f"{made} documents made" + (f", {len(faults)} failed: {faults[0]}" if faults else "")
    return StageReport(wanted, made, len(faults), summary)


def invoice_pdf(night: Night, invoice_no: int) -> Path:
    """Make the PDF of one invoice, if need be, and return its path. Raises `DocumentError`."""
    rows = night.store.read(tables.INVOICE, "invoice_no = ?", [invoice_no])
    if rows.is_empty():
        message = f"invoice {invoice_no} does not exist; `nightbill sql` shows those that do"
        raise DocumentError(message)
    kind = rows["document_kind"].item()
    path = night.home.root / _path(kind, f"{invoice_no}")
    documents = night.store.read(tables.DOCUMENT, "document_id = ?", [f"{kind}:{invoice_no}"])
    if documents.is_empty() or not path.exists():
        made = _make(str(night.home.root), _invoices(night, rows))
        if made[0].fault:
            raise DocumentError(made[0].fault)
        with night.store.transaction(f"document {invoice_no}"):
            night.store.upsert(tables.DOCUMENT, _document_rows(night, made))
    return path


def specification_pdf(night: Night, invoice_no: int) -> Path:
    """Make a PDF of an invoice with its calls itemised, whoever asks, and return its path; not its document of record.

    Raises `DocumentError`.
    """
    rows = night.store.read(tables.INVOICE, "invoice_no = ? AND document_kind = 'invoice'", [invoice_no])
    if rows.is_empty():
        message = f"invoice {invoice_no} does not exist; `nightbill invoices list --all` shows those that do"
        raise DocumentError(message)
    (page,) = invoice_documents(
        replace(snapshot_of(night.store, rows), specification=specification_of(night, rows).rows)
    )
    path = night.home.root / f"outbox/specifications/specification_{invoice_no}.pdf"
    write_whole(path, _renderer(night.home.root / "config" / "brand").render_invoice(page))
    return path


def _wanted(night: Night, invoices: pl.DataFrame, reminders: pl.DataFrame) -> Iterator[list[Wanted]]:
    for rows in invoices.iter_slices(_READ_AT_ONCE):
        yield _invoices(night, rows)
    for rows in reminders.iter_slices(_READ_AT_ONCE):
        yield _reminders(night, rows)


def _invoices(night: Night, rows: pl.DataFrame) -> list[Wanted]:
    pages = _each(rows, lambda some: invoice_documents(_snapshot(night, some)))
    keys = rows.select("document_kind", "invoice_no").iter_rows()
    return [
        Wanted(f"{kind}:{number}", kind, number, page, has_factur_x=_has_factur_x(night, page))
        for (kind, number), page in zip(keys, pages, strict=True)
    ]


def _snapshot(night: Night, invoices: pl.DataFrame) -> Snapshot:
    """Read what documents show, calls among it where they are itemised."""
    snapshot, wanted = snapshot_of(night.store, invoices), itemised(night, invoices)
    return replace(snapshot, specification=specification_of(night, wanted).rows) if wanted.height else snapshot


def _has_factur_x(night: Night, page: Page | DocumentError) -> bool:
    return isinstance(page, InvoiceDocument) and takes_factur_x(page, night.policy.billing.factur_x_countries)


def _reminders(night: Night, rows: pl.DataFrame) -> list[Wanted]:
    invoices = night.store.read_matching(tables.INVOICE, rows.select("invoice_no"))
    customers = night.store.read_matching(tables.CUSTOMER, invoices.select("customer_id"))
    plans, operator = plans_of(night.store, rows), night.policy.operator
    pages = _each(rows, lambda some: reminder_documents(some, invoices, customers, operator, plans))
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


def _rendered(night: Night, wanted: Iterable[list[Wanted]]) -> Iterator[list[Made]]:
    """Render in batches; few documents are not worth starting processes for.

    The next documents are read, and handed out, while the last ones are still drawn: no process waits for either.
    """
    root = str(night.home.root)
    under_way: Iterator[list[Made]] = iter(())
    for some in wanted:
        batches = [some[at : at + _BATCH] for at in range(0, len(some), _BATCH)]
        few = len(some) < _WORTH_A_SECOND_PROCESS
        begun = map(partial(_make, root), batches) if few else _pool().map(partial(_make, root), batches)
        yield from under_way
        under_way = begun
    yield from under_way


@cache
def _pool() -> ProcessPoolExecutor:
    """Start the rendering processes once; nights that follow in this process use them again.

    A process that has made ten thousand documents is replaced: the renderer keeps about a kilobyte of each.
    """
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        os.cpu_count() or 1, mp_context=spawn, initializer=prepare_process, max_tasks_per_child=_BATCHES_A_PROCESS
    )


def prepare_process() -> None:
    """Let a process that only renders look for garbage seldom.

    A page makes thousands of objects and gives them back when it is written; looking through them costs a tenth.
    """
    gc.freeze()
    gc.set_threshold(_GARBAGE)


@cache
def _renderer(brand_folder: Path) -> DocumentRenderer:
    return DocumentRenderer(load_brand(brand_folder))


def _make(root: str, batch: list[Wanted]) -> list[Made]:
    return [_make_one(Path(root), wanted) for wanted in batch]


def _make_one(root: Path, wanted: Wanted) -> Made:
    is_reminder = wanted.kind == "reminder"
    name = wanted.document_id.split(":", 1)[1].replace(":", "_") if is_reminder else str(wanted.invoice_no)
    relative = _path(wanted.kind, name)
    try:
        renderer = _renderer(root / "config" / "brand")
        page = wanted.page
        if isinstance(page, DocumentError):
            raise page
        pdf = page_pdf(renderer, page, has_factur_x=wanted.has_factur_x)
    except DocumentError as error:
        return Made(wanted.document_id, wanted.kind, wanted.invoice_no, relative, "", str(error))
    write_whole(root / relative, pdf)
    return Made(wanted.document_id, wanted.kind, wanted.invoice_no, relative, hashlib.sha256(pdf).hexdigest(), "")


def page_pdf(renderer: DocumentRenderer, page: Page, *, has_factur_x: bool) -> bytes:
    """Return a page as PDF, an invoice's with its e-invoice inside where it has one. Raises `DocumentError`."""
    if not isinstance(page, InvoiceDocument):
        return renderer.render_reminder(page)
    if not has_factur_x:
        return renderer.render_invoice(page)
    file = factur_x(page)
    attached = Attached(file.name, file.content, file.relationship, file.description)
    return renderer.render_invoice(page, [attached], [XmpPart(file.xmp_description, file.xmp_schema)])


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
