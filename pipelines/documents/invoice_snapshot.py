"""What documents are made of, read from the lake: everything as it was when the invoice was made."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from invoicing.documents.invoice_page import Snapshot
from pipelines.documents.invoice_parts import allowances_of, instalments_of, sections_of
from pipelines.documents.seller_details import seller_of
from pipelines.lake.store import Store
from schemas import tables

_HISTORY = timedelta(days=366)


def snapshot_of(store: Store, invoices: pl.DataFrame) -> Snapshot:
    """Read what the documents of INVOICE rows show."""
    number = invoices.select("invoice_no")
    lines, vat, parties = (
        store.read_matching(table, number) for table in (tables.INVOICE_LINE, tables.INVOICE_VAT, tables.INVOICE_PARTY)
    )
    earliest = min(invoices["invoiced_on"], default=date.max)
    history = store.read_matching(
        tables.INVOICE, invoices.select("account_id"), "invoiced_on >= ?", [earliest - _HISTORY]
    )
    sellers = store.read(tables.SELLER)
    credited = invoices.select(invoice_no="credits_invoice_no").drop_nulls().unique()
    return Snapshot(
        invoices=invoices,
        lines=lines,
        vat=vat,
        parties=parties,
        sellers={number: seller_of(sellers, number) for number in sellers["seller_no"]},
        credited=store.read_matching(tables.INVOICE, credited),
        history=history,
        allowances=allowances_of(store, number),
        sections=sections_of(store, number),
        instalments=instalments_of(store, lines),
        debit_notices=store.read_matching(tables.DIRECT_DEBIT_NOTICE, number),
    )
