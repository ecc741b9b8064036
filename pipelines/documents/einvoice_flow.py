"""E-invoices: what goes to buyers' systems is written once per invoice, and found again by its hash.

They take milliseconds, unlike pages, so they are written one after the other; a batch is committed when its files
stand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import polars as pl

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceDocument, invoice_documents
from invoicing.einvoice.ubl import ubl_invoice
from pipelines.documents.invoice_snapshot import snapshot_of
from pipelines.home import write_whole
from pipelines.night import Night
from schemas import tables

_BATCH = 500
# By the channel that the buyer had when the invoice was made: its rounding goes by it too.
_ELECTRONIC = """
    SELECT i.* FROM invoice i JOIN invoice_party p USING (invoice_no)
      ANTI JOIN document d ON d.document_id = 'einvoice:' || i.invoice_no
     WHERE p.delivery_channel = 'e_invoice'
"""


class Written(NamedTuple):
    """How many e-invoices were written, and why others could not be."""

    made: int
    faults: list[str]


def write_einvoices(night: Night) -> Written:
    """Write every e-invoice that is not written yet; one that fails is named, and the others go on."""
    waiting = night.store.select(tables.INVOICE, _ELECTRONIC).sort("invoice_no")
    made, faults = 0, list[str]()
    for rows in waiting.iter_slices(_BATCH):
        good, bad = _write(night, rows)
        with night.store.transaction("e-invoices"):
            night.store.append(tables.DOCUMENT, good)
        made += good.height
        faults += bad
    return Written(made, faults)


def invoice_xml(night: Night, invoice_no: int) -> Path:
    """Write the e-invoice of one invoice, if need be, and return its path. Raises `DocumentError`."""
    rows = night.store.read(tables.INVOICE, "invoice_no = ?", [invoice_no])
    if rows.is_empty():
        message = f"invoice {invoice_no} does not exist; `nightbill sql` shows those that do"
        raise DocumentError(message)
    path = night.home.root / _path(rows["document_kind"].item(), invoice_no)
    known = night.store.read(tables.DOCUMENT, "document_id = ?", [f"einvoice:{invoice_no}"])
    if known.is_empty() or not path.exists():
        good, bad = _write(night, rows)
        if bad:
            raise DocumentError(bad[0])
        with night.store.transaction(f"e-invoice {invoice_no}"):
            night.store.upsert(tables.DOCUMENT, good)
    return path


def _write(night: Night, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Write the files of INVOICE rows; return their DOCUMENT rows, and the faults of those that have none."""
    documents, faults = [], []
    for document in _documents(night, rows):
        try:
            if isinstance(document, DocumentError):
                raise document
            content = ubl_invoice(document)
        except DocumentError as error:
            faults.append(str(error))
            continue
        path = _path(document.document_kind, document.invoice_no)
        write_whole(night.home.root / path, content)
        documents.append(
            {
                "document_id": f"einvoice:{document.invoice_no}", "document_kind": document.document_kind,
                "invoice_no": document.invoice_no, "file_path": path,
                "content_sha256": hashlib.sha256(content).hexdigest(), "rendered_on": night.on,
            }
        )  # fmt: skip
    return pl.DataFrame(documents, schema=tables.DOCUMENT.schema, orient="row"), faults


def _documents(night: Night, rows: pl.DataFrame) -> list[InvoiceDocument | DocumentError]:
    """Lay out all rows; where one cannot be, it alone becomes its fault."""
    try:
        return list(invoice_documents(snapshot_of(night.store, rows)))
    except DocumentError as error:
        if rows.height == 1:
            return [error]
        half = rows.height // 2
        return _documents(night, rows[:half]) + _documents(night, rows[half:])


def _path(kind: str, invoice_no: int) -> str:
    return f"outbox/einvoices/{kind}_{invoice_no}.xml"
