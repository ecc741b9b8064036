"""Write-offs: what is open of an invoice is given up, as rows that move it from the claim to the loss."""

from __future__ import annotations

from datetime import date

import polars as pl

from invoicing.allocation_rows import allocation_rows
from schemas.money import AMOUNT, sum_amounts, to_minor
from schemas.tables import ALLOCATION

WRITE_OFF_RULE = "write_off"


def write_off(orders: pl.DataFrame, open_items: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return ALLOCATION rows of orders to write invoices off: a claim has one that settles it and one that is lost.

    `orders`: WRITE_OFF rows, one per invoice; `open_items`: as of `settlement`; those of the invoices are taken, fees
    and interest too. No money came, so `payment_id` names the order; vouchers are `L:` and the request.
    """
    home = to_minor(pl.col("open_home_amount"))
    lost = (
        orders.select("request_id", "invoice_no")
        .join(open_items, on="invoice_no")
        .sort("receivable_id")
        .with_columns(
            payment_id=pl.format("write_off:{}", "request_id"), amount=to_minor(pl.col("open_amount")), home=home
        )
        .with_columns(paid="amount", paid_home="home")
    )
    voucher = pl.format("L:{}", "request_id")
    sides = (("receivable", ">", 1), ("loss", "<", -1))
    rows = [
        allocation_rows(
            lost, kind, WRITE_OFF_RULE, to=pl.lit(mark) + pl.col("receivable_id"), voucher=voucher, sign=sign
        )
        for kind, mark, sign in sides
    ]
    ordered = pl.col("voucher_id").str.strip_prefix("L:").alias("request_id")
    return ALLOCATION.complete(pl.concat(rows).with_columns(ordered, pl.lit(on).alias("allocated_on")))


def carried_out(orders: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the orders with `written_off_amount`, in the books' currency: 0 where all had been paid by then."""
    settled = rows.filter(pl.col("allocation_kind") == "receivable")
    lost = settled.group_by("request_id").agg(sum_amounts(pl.col("home_amount")).alias("_lost"))
    amount = pl.col("_lost").fill_null(0).cast(AMOUNT).alias("written_off_amount")
    return orders.join(lost, on="request_id", how="left").with_columns(amount).drop("_lost")
