"""Refunds: money ordered to go back to a customer, and what its way through the bank makes of it.

Ordered, it is taken from credit on the account (or from a payment in suspense) and stands as `refund` until the bank
pays it out, under the end-to-end id `R` and its number. What the bank does not pay, or brings back, is credit again:
once, though it may both say so and bring it back, in either order.
"""

from __future__ import annotations

import polars as pl

from invoicing.allocation_rows import allocation_rows, balances, in_place
from invoicing.money_pots import poured
from schemas.money import AMOUNT, in_home_currency, share, sum_amounts, to_minor

REFUND_RULE = "refund"
RETURN_RULE = "end_to_end_id"
# What became of a refund: `is_undone` (rejected, and credit again for that), `has_returned` (came back, and credit
# again for that), how often it was paid out (but what people have taken back or booked) and how often it came back; and
# what its order is worth in the books, minor units.
STATE = {
    "is_undone": pl.Boolean(), "has_returned": pl.Boolean(), "times_out": pl.Int64(), "times_back": pl.Int64(),
    "ordered_home": pl.Int64(),
}  # fmt: skip


def refund_end_to_end_id(refund_no: pl.Expr) -> pl.Expr:
    """Return the id that a refund bears through the bank: `R` and its number."""
    return pl.format("R{}", refund_no)


def refund_number(end_to_end_id: pl.Expr) -> pl.Expr:
    """Return the number of the refund that an end-to-end id may be of; null for another."""
    return end_to_end_id.str.extract(r"^R([0-9]{1,15})$").cast(pl.Int64)


def refunds_paid(payments: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Allocate payments that carry a refund's id: paid out, to `refund`; come back, to credit (or suspense) again.

    `payments`: new PAYMENT rows; `refunds`: REFUND rows with `STATE`. Returns ALLOCATION columns without
    `allocated_on`. What was paid out and is no refund of ours is in suspense, below zero.

    What comes back is as much as was ordered; what the bank has kept of it is `bank_cost`. It is credit once: of a
    refund that is credit already, or has left oftener than it came back, it meets what left (`refund`). What is
    `refund` is worth in the books what was ordered: the rates of other days make a gain or loss, and leave nothing.
    """
    named = _named(payments, refunds)
    is_out, home = pl.col("payment_kind") == "paid_out", to_minor(pl.col("home_amount"))
    kept = named.filter(pl.col("kept") != 0).select("payment_id", "account_id", paid="kept", paid_home="kept_home")
    strange = payments.filter(is_out).join(named, on="payment_id", how="anti").select(
        "payment_id", paid=to_minor(pl.col("amount")), paid_home=home
    )  # fmt: skip
    whole = in_place(
        named.with_columns(paid=to_minor(pl.col("amount")) + pl.col("kept"), paid_home=home + pl.col("kept_home"))
    )
    ordered = share(pl.col("ordered_home"), pl.col("paid"), to_minor(pl.col("_ordered")))
    placed = whole.with_columns(pl.when(pl.col("place") == "refund").then(ordered).otherwise("home").alias("home"))
    return pl.concat(
        [
            allocation_rows(placed, pl.col("place"), RETURN_RULE, to=pl.lit(">refund")),
            allocation_rows(in_place(kept), "bank_cost", RETURN_RULE, to=pl.lit(">bank_cost"), sign=-1),
            allocation_rows(in_place(strange), "suspense", "none", to=pl.lit(">suspense")),
        ]
    )


def _named(payments: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Return the payments that are of refunds, with `place` (where their money goes), `kept` and `kept_home`.

    Payers may number what they pay as we do: what comes in is a refund come back only if it is as much as was ordered,
    or less and the bank says why it returns it (`return_code`), and no oftener than it left.
    """
    known = refunds.select(
        "account_id", *STATE, end_to_end_id=refund_end_to_end_id(pl.col("refund_no")), _ordered="amount",
        _in="currency",
    )  # fmt: skip
    is_out, amount = pl.col("payment_kind") == "paid_out", pl.col("amount")
    is_less = (amount < pl.col("_ordered")) & pl.col("return_code").is_not_null()
    is_back = ((amount == pl.col("_ordered")) | is_less) & (pl.col("currency") == pl.col("_in"))
    mine = payments.filter(pl.col("payment_kind") != "reversal").join(known, on="end_to_end_id").sort("payment_id")
    left = pl.col("times_out") + is_out.sum().over("end_to_end_id").cast(pl.Int64)
    back = pl.col("times_back") + (~is_out).cast(pl.Int64).cum_sum().over("end_to_end_id")
    counted = mine.filter(is_out | is_back).with_columns(left.alias("_left"), back.alias("_back"))
    source = pl.when(pl.col("account_id").is_null()).then(pl.lit("suspense")).otherwise(pl.lit("credit"))
    meets_what_left = is_out | pl.col("is_undone") | pl.col("has_returned") | (pl.col("_back") < pl.col("_left"))
    kept = pl.when(is_out).then(0).otherwise(pl.col("_ordered") - amount).cast(AMOUNT)
    return counted.filter(is_out | (pl.col("_back") <= pl.max_horizontal("_left", pl.lit(1)))).with_columns(
        pl.when(meets_what_left).then(pl.lit("refund")).otherwise(source).alias("place"),
        to_minor(kept).alias("kept"),
        to_minor(in_home_currency(kept, pl.col("exchange_rate"))).alias("kept_home"),
    )


def refunds_so_far(refunds: pl.DataFrame, payments: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Add `STATE` to REFUND rows.

    `payments`: PAYMENT rows that bear their ids; `allocations`: ALLOCATION rows of these, and of the refunds' requests.
    """
    held = allocations.filter(pl.col("allocation_kind") == "refund").drop_nulls("request_id")
    worth = to_minor(pl.col("home_amount"))
    left = held.group_by("request_id").agg(
        sum_amounts(pl.col("paid_amount")).alias("_left"), worth.filter(worth > 0).sum().alias("ordered_home")
    )
    by_bank = allocations.filter(pl.col("match_rule") == RETURN_RULE)
    came = payments.filter(pl.col("payment_kind") == "received").join(by_bank, on="payment_id")
    by_people = allocations.filter(pl.col("match_rule") != RETURN_RULE)
    out = payments.filter(pl.col("payment_kind") == "paid_out").join(by_bank, on="payment_id", how="semi")
    still_out = out.join(by_people, on="payment_id", how="anti")
    credited = came.filter(pl.col("allocation_kind").is_in(["credit", "suspense"]))["end_to_end_id"].implode()
    name = refund_end_to_end_id(pl.col("refund_no"))
    return (
        refunds.with_columns(name.alias("end_to_end_id"))
        .join(left, on="request_id", how="left", maintain_order="left")
        .join(_times(still_out, "times_out"), on="end_to_end_id", how="left", maintain_order="left")
        .join(_times(came, "times_back"), on="end_to_end_id", how="left", maintain_order="left")
        .select(
            *refunds.columns,
            (pl.col("_left") == 0).fill_null(value=False).alias("is_undone"),
            pl.col("end_to_end_id").is_in(credited).alias("has_returned"),
            pl.col("times_out", "times_back", "ordered_home").fill_null(0),
        )
    )


def _times(payments: pl.DataFrame, name: str) -> pl.DataFrame:
    return payments.group_by("end_to_end_id").agg(pl.col("payment_id").n_unique().cast(pl.Int64).alias(name))


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
