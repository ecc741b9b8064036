"""Invoice bases: what an account had ordered when it reached its limit, set apart to be released and invoiced.

A charge gathers a day's records. Where the limit was reached in the middle of one, its records after that are booked
apart: they get a batch of their own, and with it a charge of their own, so that a basis holds nothing beyond its last
call.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from rating.charges import gathered_usage, usage_charges
from schemas import tables


class NewBases(NamedTuple):
    """What bases write.

    `bases`: INVOICE_BASIS rows, `members`: BASIS_CHARGE rows. `parted`: CHARGE rows that leave; `charges`: CHARGE
    columns without `charged_on`, in their place; `moved`: RATED_USAGE rows that are booked in the new batch.
    """

    bases: pl.DataFrame
    members: pl.DataFrame
    parted: pl.DataFrame
    charges: pl.DataFrame
    moved: pl.DataFrame


def make_bases(
    counted: pl.DataFrame, charges: pl.DataFrame, records: pl.DataFrame, earlier: pl.DataFrame, *, batch: int, on: date
) -> NewBases:
    """Make a basis of each account's orders up to its limit.

    `counted` comes from `counted_orders`, of the CHARGE rows `charges` and their `records` (RATED_USAGE rows with
    `charge_id`). `earlier`: `account_id` and `bases`, the number of bases it had before. `batch` numbers what is
    parted.
    """
    within = counted.filter("is_within")
    bases = _bases(within, earlier, on)
    after = counted.filter(~pl.col("is_within")).select("charge_id", pl.col("order_key").alias("usage_id"))
    parted = charges.join(within, on="charge_id", how="semi").join(after, on="charge_id", how="semi")
    apart = records.join(parted, on="charge_id", how="semi").drop("charge_id")
    moves = apart.join(after, on="usage_id", how="semi").with_columns(pl.lit(batch, pl.Int64).alias("rated_batch"))
    rebooked = pl.concat([apart.join(after, on="usage_id", how="anti"), moves])
    in_bases = (
        within.select("charge_id", "account_id").unique().join(bases.select("account_id", "basis_id"), on="account_id")
    )
    return NewBases(
        bases=bases,
        members=in_bases.select(tables.BASIS_CHARGE.names).sort("charge_id"),
        parted=parted,
        charges=usage_charges([gathered_usage(rebooked)] if rebooked.height else []),
        moved=moves.with_columns(pl.lit(on).alias("rated_on")).select(tables.RATED_USAGE.names),
    )


def _bases(within: pl.DataFrame, earlier: pl.DataFrame, on: date) -> pl.DataFrame:
    last = within.group_by("account_id").agg(
        pl.col("exposure", "credit_limit").last(), pl.col("ordered_at").last().alias("reached_at")
    )
    numbered = last.join(earlier, on="account_id", how="left")
    return tables.INVOICE_BASIS.complete(
        numbered.with_columns(
            pl.format("{}:{}", "account_id", pl.col("bases").fill_null(0) + 1).alias("basis_id"),
            pl.lit("open").alias("basis_state"),
            pl.lit(on).alias("made_on"),
        )
    ).sort("account_id")


def released(bases: pl.DataFrame, *, on: date, by: str, why: str) -> pl.DataFrame:
    """Release open bases: returns their INVOICE_BASIS rows, with who decided (`by`) and the reason (`why`)."""
    return bases.filter(pl.col("basis_state") == "open").with_columns(
        pl.lit("released").alias("basis_state"),
        pl.lit(on).alias("released_on"),
        pl.lit(by).alias("decided_by"),
        pl.lit(why).alias("decision_text"),
    )


def paid_bases(bases: pl.DataFrame, open_items: pl.DataFrame, unbilled: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the bases whose invoice is paid in full, or whose changes left nothing to pay, with `paid_on`.

    `bases`: INVOICE_BASIS rows without `paid_on`; `open_items`: RECEIVABLE rows still to be paid; `unbilled`: CHARGE
    rows on no invoice yet, with their `basis_id`. Reminder fees are not the basis's.
    """
    unpaid = open_items.filter(pl.col("receivable_kind") == "invoice")["invoice_no"]
    waits = unbilled.group_by("basis_id").agg(pl.col("amount_ex_vat").sum().alias("_waits"))
    is_paid = pl.col("invoice_no").is_not_null() & ~pl.col("invoice_no").is_in(unpaid.implode())
    is_nothing = pl.col("invoice_no").is_null() & (pl.col("_waits").fill_null(0) <= 0)
    return (
        bases.filter(pl.col("basis_state") == "released")
        .join(waits, on="basis_id", how="left")
        .filter(is_paid | is_nothing)
        .with_columns(pl.lit(on).alias("paid_on"))
        .drop("_waits")
    )
