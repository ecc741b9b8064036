"""Write off: what people decided to give up is lost, after tonight's payments and credit have paid what they pay."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from invoicing.settlement import open_items
from invoicing.write_offs import carried_out, write_off
from pipelines.lake.store import Store
from pipelines.night import Night, StageReport
from schemas import tables
from schemas.money import sum_amounts


def owed_of_invoices(store: Store, numbers: Iterable[int]) -> dict[int, Decimal]:
    """Return what is open of some invoices, with their fees and interest; one that is paid is not among them."""
    named = pl.DataFrame({"invoice_no": sorted(set(numbers))}, schema={"invoice_no": pl.Int64})
    summed = _open_claims(store, named).group_by("invoice_no").agg(sum_amounts(pl.col("open_amount")))
    return dict(summed.iter_rows())


def _open_claims(store: Store, numbers: pl.DataFrame) -> pl.DataFrame:
    claims = store.read_matching(tables.RECEIVABLE, numbers.select("invoice_no"))
    return open_items(claims, store.read_matching(tables.ALLOCATION, claims.select("receivable_id")))


def write_off_invoices(night: Night) -> StageReport:
    """Carry out the orders to write invoices off, in one transaction; the ledger books them as losses."""
    store = night.store
    orders = store.read(tables.WRITE_OFF, "written_off_amount IS NULL")
    if orders.is_empty():
        return StageReport(0, 0, 0, "nothing to write off")
    claims = _open_claims(store, orders)
    rows = write_off(orders, claims, night.on)
    done = carried_out(orders, rows)
    with store.transaction("write off"):
        store.append(tables.ALLOCATION, rows)
        store.upsert(tables.WRITE_OFF, done)
    night.touch(claims)
    return StageReport(orders.height, rows.height // 2, 0, f"{orders.height} invoices written off")
