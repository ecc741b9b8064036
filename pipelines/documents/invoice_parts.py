"""What documents show beside their lines: allowances, sections, instalments, in the columns that documents ask for."""

from __future__ import annotations

import polars as pl

from pipelines.lake.store import Store
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


def instalments_of(store: Store, lines: pl.DataFrame) -> pl.DataFrame:
    """Tell which instalments INVOICE_LINE rows charge: invoice_no, entry_no, instalment_no, instalment_count."""
    one_off = lines.filter(pl.col("charge_kind") == "one_off").select("invoice_no", "entry_no")
    if one_off.is_empty():
        return one_off
    named = pl.col("charge_id").str.extract_groups(r"^one_off:(?<request_id>.*):instalment_(?<instalment_no>\d+)$")
    charged = store.read_matching(tables.BILLED_CHARGE, one_off).with_columns(named.struct.unnest())
    plans = store.read_matching(tables.INSTALMENT_PLAN, charged.select("request_id").drop_nulls())
    return (
        charged.join(plans.select("request_id", "instalment_count"), on="request_id")
        .select("invoice_no", "entry_no", pl.col("instalment_no").cast(pl.Int64), "instalment_count")
        .sort("invoice_no", "entry_no", "instalment_no", "instalment_count")
    )
