"""Write-offs: what is open of an invoice is given up, as rows that move it from the claim to the loss."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import AMOUNT, sum_amounts
from schemas.tables import ALLOCATION

WRITE_OFF_RULE = "write_off"


def write_off(orders: pl.DataFrame, open_items: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return ALLOCATION rows of orders to write invoices off: a claim has one that settles it and one that is lost.

    `orders`: WRITE_OFF rows, one per invoice; `open_items`: as of `settlement`; those of the invoices are taken, fees
    and interest too. No money came, so `payment_id` names the order; vouchers are `L:` and the request.
    """
    lost = orders.select("request_id", "invoice_no").join(open_items, on="invoice_no").sort("receivable_id")
    order = pl.format("write_off:{}", "request_id")
    named = pl.format("write_off:{}:{}", "request_id", "receivable_id")

    def rows(kind: str, ending: str, sign: int) -> pl.DataFrame:
        amount, home = sign * pl.col("open_amount"), sign * pl.col("open_home_amount")
        return lost.select(
            (named + ending).alias("allocation_id"),
            order.alias("payment_id"),
            pl.format("L:{}", "request_id").alias("voucher_id"),
            "account_id",
            "receivable_id",
            pl.lit(kind).alias("allocation_kind"),
            amount.alias("amount"),
            home.alias("home_amount"),
            amount.alias("paid_amount"),
            home.alias("paid_home_amount"),
            pl.lit(WRITE_OFF_RULE).alias("match_rule"),
            pl.lit(on).alias("allocated_on"),
            "request_id",
        )

    return (
        pl.concat([rows("receivable", "", 1), rows("loss", "<loss", -1)])
        .select(ALLOCATION.names)
        .cast(ALLOCATION.schema)
    )


def carried_out(orders: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the orders with `written_off_amount`, in the books' currency: 0 where all had been paid by then."""
    settled = rows.filter(pl.col("allocation_kind") == "receivable")
    lost = settled.group_by("request_id").agg(sum_amounts(pl.col("home_amount")).alias("_lost"))
    amount = pl.col("_lost").fill_null(0).cast(AMOUNT).alias("written_off_amount")
    return orders.join(lost, on="request_id", how="left").with_columns(amount).drop("_lost")
