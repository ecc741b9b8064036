"""What documents show beside their lines: allowances and sections, in the columns that documents ask for."""

from __future__ import annotations

import polars as pl

from pipelines.store import Store
from schemas import tables


def allowances_of(store: Store, numbers: pl.DataFrame) -> pl.DataFrame:
    """Read INVOICE_ALLOWANCE rows of invoices (`invoice_no`), in the order they are shown."""
    found = store.read_matching(tables.INVOICE_ALLOWANCE, numbers.select("invoice_no"))
    return found.sort("invoice_no", "a_number", "subscription_id", "period_from", "allowance_code", nulls_last=True)


def sections_of(store: Store, numbers: pl.DataFrame) -> pl.DataFrame:
    """Read the sections of consolidated invoices: cost centres in order, their users, and lines as on the invoice.

    Columns: invoice_no, cost_centre, user_name (with the number, or that alone), line_text, quantity, usage_kind,
    units (seconds or bytes), net_amount.
    """
    parts = store.read_matching(tables.INVOICE_SECTION, numbers.select("invoice_no"))
    if parts.is_empty():
        return parts
    lines = store.read_matching(tables.INVOICE_LINE, parts.select("invoice_no", "entry_no"))
    told = lines.select("invoice_no", "entry_no", "line_text", "usage_kind")
    user = pl.concat_str("user_name", "a_number", separator=" ", ignore_nulls=True)
    return (
        parts.join(told, on=["invoice_no", "entry_no"])
        .with_columns(user.alias("user_name"), (pl.col("duration_s") + pl.col("volume_bytes")).alias("units"))
        .sort("invoice_no", "cost_centre", "user_name", "subscription_id", "entry_no", nulls_last=True)
        .select("invoice_no", "cost_centre", "user_name", "line_text", "quantity", "usage_kind", "units", "net_amount")
    )
