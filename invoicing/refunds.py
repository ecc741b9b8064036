"""Refunds: money ordered to go back to a customer, and what its way through the bank makes of it.

Ordered, it is taken from credit on the account (or from a payment in suspense) and stands as `refund` until the bank
pays it out, under the end-to-end id `R` and its number. What the bank does not pay, or brings back, is credit again:
once, though it may both say so and bring it back, in either order.
"""

from __future__ import annotations

import polars as pl

from invoicing.allocation_rows import allocation_rows, balances, in_place
from invoicing.money_pots import poured
from schemas.money import sum_amounts, to_minor

REFUND_RULE = "refund"
RETURN_RULE = "end_to_end_id"


def refund_end_to_end_id(refund_no: pl.Expr) -> pl.Expr:
    """Return the id that a refund bears through the bank: `R` and its number."""
    return pl.format("R{}", refund_no)


def refund_number(end_to_end_id: pl.Expr) -> pl.Expr:
    """Return the number of the refund that an end-to-end id may be of; null for another."""
    return end_to_end_id.str.extract(r"^R([0-9]{1,15})$").cast(pl.Int64)


def refunds_paid(payments: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Allocate payments that carry a refund's id: paid out, to `refund`; come back, to credit (or suspense) again.

    `payments`: new PAYMENT rows; `refunds`: REFUND rows with `is_undone` (rejected, and credit again for that) and
    `has_returned` (its money came back before). What comes back of one undone meets what left: `refund`. Returns
    ALLOCATION columns without `allocated_on`. What was paid out and is no refund of ours is in suspense, below zero.
    Payers may number what they pay as we do: what comes in is a refund come back only if it is as much as was ordered,
    and did not come back before.
    """
    known = refunds.select(
        "account_id", "is_undone", "has_returned", end_to_end_id=refund_end_to_end_id(pl.col("refund_no")),
        _ordered="amount", _in="currency",
    )  # fmt: skip
    is_out = pl.col("payment_kind") == "paid_out"
    is_whole = (pl.col("amount") == pl.col("_ordered")) & (pl.col("currency") == pl.col("_in"))
    is_first = ~pl.col("has_returned") & (pl.int_range(pl.len()).over("end_to_end_id", "payment_kind") == 0)
    named = (
        payments.filter(pl.col("payment_kind") != "reversal")
        .join(known, on="end_to_end_id")
        .filter(is_out | is_whole)
        .sort("payment_id")
        .filter(is_out | is_first)
    )
    back = pl.when(pl.col("account_id").is_null()).then(pl.lit("suspense")).otherwise(pl.lit("credit"))
    kind = pl.when(is_out | pl.col("is_undone")).then(pl.lit("refund")).otherwise(back)
    strange = payments.filter(is_out).join(named, on="payment_id", how="anti").drop("account_id", strict=False)
    return pl.concat(
        [
            allocation_rows(_whole(named), kind, RETURN_RULE, to=pl.lit(">refund")),
            allocation_rows(_whole(strange), "suspense", "none", to=pl.lit(">suspense")),
        ]
    )


def refunds_so_far(refunds: pl.DataFrame, payments: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Add to REFUND rows `is_undone` and `has_returned`, as `refunds_paid` wants them.

    `payments`: PAYMENT rows that bear their ids; `allocations`: ALLOCATION rows of these, and of the refunds' requests.
    """
    held = allocations.filter(pl.col("allocation_kind") == "refund").drop_nulls("request_id")
    left = held.group_by("request_id").agg(sum_amounts(pl.col("paid_amount")).alias("_left"))
    placed = allocations.filter(pl.col("match_rule") == RETURN_RULE)
    back = payments.filter(pl.col("payment_kind") == "received").join(placed, on="payment_id", how="semi")
    ids = back["end_to_end_id"].implode()
    return refunds.join(left, on="request_id", how="left", maintain_order="left").select(
        *refunds.columns,
        (pl.col("_left") == 0).fill_null(value=False).alias("is_undone"),
        refund_end_to_end_id(pl.col("refund_no")).is_in(ids).alias("has_returned"),
    )


def _whole(payments: pl.DataFrame) -> pl.DataFrame:
    paid, home = to_minor(pl.col("amount")), to_minor(pl.col("home_amount"))
    return in_place(payments.with_columns(paid=paid, paid_home=home))


def refund_rows(pots: pl.DataFrame, request_id: str, wanted: int) -> pl.DataFrame:
    """Order a refund of `wanted` minor units out of pots, in their order: ALLOCATION columns without `allocated_on`.

    `pots`: payment_id, allocation_kind (credit or suspense), account_id, `paid`, `paid_home`.
    """
    named = pots.with_columns(pl.lit(0).alias("of"), pl.int_range(pl.len()).alias("pot"))
    order = pl.DataFrame({"of": [0], "order": [0], "line": [wanted]}, schema_overrides={"of": pl.Int32})
    flow = poured(
        named.select(pl.col("of").cast(pl.Int32), "pot", "paid", "paid_home", line="paid"),
        order, by="of", source="pot", sink="order", of_sink=(),
    ).join(named.select("pot", "payment_id", "allocation_kind", "account_id"), on="pot")  # fmt: skip
    voucher, out = pl.lit(f"U:{request_id}"), in_place(flow)
    to = pl.format("{}{}", "payment_id", "allocation_kind")
    kind = pl.col("allocation_kind")
    return pl.concat(
        [
            allocation_rows(out, kind, REFUND_RULE, to=pl.lit("<") + to, voucher=voucher, sign=-1),
            allocation_rows(out, "refund", REFUND_RULE, to=pl.lit(">") + to, voucher=voucher),
        ]
    )


def refunds_returned(refunds: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Undo refunds that the bank rejected (REFUND rows), each once: the money is where it was taken from.

    Not one whose money has come back as a payment (`refunds_so_far`): that is credit already.

    `allocations`: ALLOCATION rows of their requests, with what undid them before. Returns ALLOCATION columns without
    `allocated_on`, with `request_id`.
    """
    asked = allocations.join(refunds.select("request_id", "refund_no"), on="request_id")
    voucher = pl.format("U:{}:returned", refund_end_to_end_id(pl.col("refund_no"))).alias("voucher")
    by = ("voucher", "request_id", "payment_id", "allocation_kind", "account_id")
    left = balances(asked.with_columns(voucher), *by)
    undone = left.filter(pl.col("paid") != 0)
    rows = allocation_rows(
        undone, pl.col("allocation_kind"), REFUND_RULE, to=pl.format("<{}{}", "payment_id", "allocation_kind"),
        voucher=pl.col("voucher"), sign=-1,
    )  # fmt: skip
    whose = undone.select("request_id", voucher_id="voucher").unique()
    return rows.join(whose, on="voucher_id", maintain_order="left")
