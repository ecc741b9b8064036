"""Which invoices a collection or factoring service has: while it does, we ask nobody to pay them."""

from __future__ import annotations

import polars as pl

from pipelines.lake.store import Store

_AWAY = """
    SELECT h.invoice_no FROM handed_invoice h ANTI JOIN collection_answer a
        ON a.request_id = h.request_id AND a.invoice_no = h.invoice_no AND a.collection_status IN ({statuses})
"""


def invoices_away(store: Store) -> pl.DataFrame:
    """Return the invoices (`invoice_no`) that a service has, or has closed: not ours again before it returns them."""
    return store.query(_AWAY.format(statuses="'returned'"))


def invoices_at_collection(store: Store) -> pl.DataFrame:
    """Return the invoices (`invoice_no`) that a service has and works on: neither returned nor closed."""
    return store.query(_AWAY.format(statuses="'returned', 'closed'"))
