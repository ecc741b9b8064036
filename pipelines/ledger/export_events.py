"""What became of each batch of the ledger: written, read, accepted, rejected; nothing that was said is changed."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.lake.store import Store
from schemas import tables

_STATES = """
    SELECT e.export_no, e.exported_on, e.voucher_count, e.debit_amount, s.export_state, s.state_text, s.stated_on
      FROM ledger_export e
      LEFT JOIN (SELECT * FROM ledger_export_event
                QUALIFY row_number() OVER (PARTITION BY export_no ORDER BY event_no DESC) = 1) s USING (export_no)
     ORDER BY e.export_no
"""


def states(store: Store) -> pl.DataFrame:
    """Return every batch with the last thing that became of it; null where it is not written yet."""
    return store.query(_STATES)


def append_event(
    store: Store, number: int, state: str, on: date, *, text: str | None = None, export_format: str | None = None
) -> None:
    """Append what became of a batch, within the caller's transaction."""
    event_no = store.last_number(tables.LEDGER_EXPORT_EVENT, "event_no", "export_no = ?", [number]) + 1
    row = (number, event_no, state, export_format, text, None, on)
    schema = tables.LEDGER_EXPORT_EVENT.schema
    store.append(tables.LEDGER_EXPORT_EVENT, pl.DataFrame([row], schema=schema, orient="row"))
