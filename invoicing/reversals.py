"""Payments that the bank takes back: what they paid is open again, to the oere.

A reversal undoes what its payment did, suspense first, then credit, then claims, those due latest first. The rows that
undo and the reversal's own are of one voucher. What the payment does not hold any more (it was refunded, or taken back
before) stays in suspense, below zero, for a person to look at; so does a reversal whose payment has not come yet.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.allocation_rows import allocation_rows, balances, fresh_vouchers, in_place
from invoicing.money_pots import poured
from invoicing.payment_reversals import parts_taken_back, with_reversed_payment
from schemas.money import AMOUNT, to_minor
from schemas.tables import RECEIVABLE

REVERSED_RULE = "reversed"
_KINDS = ("suspense", "credit", "recovered", "receivable")  # in the order in which they are undone


def payments_reversed(reversals: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """Find the payment that each reversal takes back: `payment_id` of the reversal, `reversed_payment_id`.

    `reversals`: PAYMENT rows with `original_reference` and `bank_reference`; `candidates`: payments received, with the
    `bank_reference` of their reports. Where the payment was not known when the reversal came, it is looked for anew;
    several reversals may each take a part of one that bears the bank's reference.
    """
    named = pl.col("reverses_payment_id")
    known = reversals.filter(named.is_in(candidates["payment_id"].implode())).select(
        "payment_id", "reverses_payment_id"
    )
    unknown = reversals.filter(named.is_null()).drop("reverses_payment_id")
    still = candidates.join(known, left_on="payment_id", right_on="reverses_payment_id", how="anti")
    found = with_reversed_payment(unknown, still).select("payment_id", "reverses_payment_id").drop_nulls()
    parts = parts_taken_back(unknown.join(found, on="payment_id", how="anti"), candidates)
    return pl.concat([known, found, parts]).rename({"reverses_payment_id": "reversed_payment_id"})


def reverse_payments(
    reversals: pl.DataFrame, reversed_by: pl.DataFrame, allocations: pl.DataFrame, receivables: pl.DataFrame
) -> pl.DataFrame:
    """Undo what payments did, as far as reversals take them back; what is left of a new one goes to suspense.

    `reversals`: `reversals_left`; `reversed_by`: as `payments_reversed`; `allocations`: of the payments named, and the
    `receivables` of these. One that waited may take something back of the same payment several times, each time under a
    voucher of its own. Returns ALLOCATION columns without `allocated_on`.
    """
    taken = reversals.join(reversed_by, on="payment_id")
    held = _held(allocations, receivables)
    flow = poured(
        taken.sort("booked_on", "payment_id").select("reversed_payment_id", "payment_id", "paid_home", line="paid"),
        held.select("reversed_payment_id", "pot", "claim", "claim_home", "held_home", line="held"),
        by="reversed_payment_id", source="payment_id", sink="pot",
        of_source=("paid_home",), of_sink=("claim", "claim_home", "held_home"),
    )  # fmt: skip
    later = pl.format("U:{}>{}", "payment_id", "reversed_payment_id")
    voucher = pl.when("is_new").then(pl.format("B:{}", "payment_id")).otherwise(later).alias("voucher")
    named = flow.join(taken.select("payment_id", "is_new"), on="payment_id").with_columns(voucher)
    rest = _less_taken(reversals, named)
    made = [
        _undone(named, held),
        *_both_sides(named),
        allocation_rows(in_place(rest), "suspense", "none", to=pl.lit(">suspense"), sign=-1),
    ]
    return fresh_vouchers(pl.concat(made), allocations)


def reversals_left(reversals: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Return what of reversals takes nothing back yet: of a new one all, of one that waited what is in suspense.

    Columns: payment_id, booked_on, is_new (allocated nowhere), and `paid` and `paid_home`, above zero.
    """
    mine = allocations.join(reversals, on="payment_id", how="semi")
    waiting = balances(mine.filter(pl.col("allocation_kind") == "suspense"), "payment_id")
    known = reversals.select(
        "payment_id", "booked_on", _amount=-to_minor(pl.col("amount")), _home=-to_minor(pl.col("home_amount"))
    ).join(
        waiting.select("payment_id", _left=-pl.col("paid"), _left_home=-pl.col("paid_home")),
        on="payment_id",
        how="left",
    )
    is_new = ~pl.col("payment_id").is_in(mine["payment_id"].implode())
    return (
        known.with_columns(is_new.alias("is_new"))
        .with_columns(
            pl.when("is_new").then("_amount").otherwise(pl.col("_left").fill_null(0)).alias("paid"),
            pl.when("is_new").then("_home").otherwise(pl.col("_left_home").fill_null(0)).alias("paid_home"),
        )
        .select("payment_id", "booked_on", "is_new", "paid", "paid_home")
        .filter(pl.col("paid") > 0)
    )


def _held(allocations: pl.DataFrame, receivables: pl.DataFrame) -> pl.DataFrame:
    """Return what payments hold, a `pot` for each place, in the order in which it is undone."""
    kinds = pl.col("allocation_kind").replace_strict(
        {k: at for at, k in enumerate(_KINDS)}, default=None, return_dtype=pl.Int64
    )
    dues = receivables.select("receivable_id", "due_on")
    return (
        balances(allocations, "payment_id", "allocation_kind", "account_id", "receivable_id")
        .filter(kinds.is_not_null() & (pl.col("paid") > 0))
        .join(dues, on="receivable_id", how="left")
        .sort(
            "payment_id", kinds, "due_on", "receivable_id", "account_id", descending=[False, False, True, True, False]
        )
        .with_columns(pl.format("{}>{}", "payment_id", pl.int_range(pl.len()).over("payment_id")).alias("pot"))
        .rename(
            {"payment_id": "reversed_payment_id", "amount": "claim", "home": "claim_home", "paid": "held",
             "paid_home": "held_home"}
        )
    )  # fmt: skip


def _undone(flow: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Take what is taken back out of the places where its payment had put it."""
    places = held.select("pot", "allocation_kind", "account_id", "receivable_id")
    pieces = flow.join(places, on="pot").select(
        "voucher", "allocation_kind", "account_id", "receivable_id", payment_id="reversed_payment_id", amount="claim",
        home="claim_home", paid="amount", paid_home="held_home",
    )  # fmt: skip
    claim = pl.when(pl.col("allocation_kind") == "receivable").then("receivable_id")
    whose = pl.coalesce("receivable_id", pl.col("account_id").cast(pl.String))
    place = pl.coalesce(claim, pl.format("{}:{}", "allocation_kind", whose), "allocation_kind")
    to = pl.format("<{}", place)
    return allocation_rows(pieces, pl.col("allocation_kind"), REVERSED_RULE, to=to, voucher=pl.col("voucher"), sign=-1)


def _both_sides(flow: pl.DataFrame) -> list[pl.DataFrame]:
    """Tie a reversal and its payment together: what one takes the other gives. One that waited leaves suspense."""
    sums = flow.group_by("payment_id", "reversed_payment_id", "voucher", "is_new").agg(
        pl.col("amount", "paid_home", "held_home").sum()
    ).with_columns(paid="amount")  # fmt: skip
    voucher, named = pl.col("voucher"), "reversal"
    given = sums.select("voucher", "paid", paid_home="held_home", payment_id="reversed_payment_id")
    waited = sums.filter(~pl.col("is_new"))
    return [
        allocation_rows(in_place(given), named, REVERSED_RULE, to=pl.lit(">reversal"), voucher=voucher),
        allocation_rows(in_place(sums), named, REVERSED_RULE, to=pl.lit("<reversal"), voucher=voucher, sign=-1),
        allocation_rows(in_place(waited), "suspense", REVERSED_RULE, to=pl.lit("<waiting"), voucher=voucher),
    ]


def _less_taken(reversals: pl.DataFrame, flow: pl.DataFrame) -> pl.DataFrame:
    used = flow.group_by("payment_id").agg(
        pl.col("amount").sum().alias("_paid"), pl.col("paid_home").sum().alias("_home")
    )
    rest = reversals.filter("is_new").join(used, on="payment_id", how="left").with_columns(
        pl.col("paid") - pl.col("_paid").fill_null(0), pl.col("paid_home") - pl.col("_home").fill_null(0)
    )  # fmt: skip
    return rest.filter(pl.col("paid") > 0)


def return_fees(
    rows: pl.DataFrame, receivables: pl.DataFrame, fee: Decimal, currency: str, on: date, due_on: date
) -> pl.DataFrame:
    """Return the claims (RECEIVABLE rows) that reversals make for what they cost, of the fee of the policy.

    `rows`: what `reverse_payments` made; a reversal that opens no claim again costs nothing, and one that opens claims
    in several nights costs once. The fee belongs to the invoice that opens again, the one due latest. `receivables`:
    RECEIVABLE rows of the accounts, with the fees of before.
    """
    if not fee:
        return RECEIVABLE.empty()
    opened = rows.filter((pl.col("allocation_kind") == "receivable") & (pl.col("amount") < 0))
    reversal = rows.filter((pl.col("allocation_kind") == "reversal") & (pl.col("amount") < 0))
    named = opened.select("voucher_id", "receivable_id").join(
        reversal.select("voucher_id", reversal_id="payment_id"), on="voucher_id"
    )
    charged = receivables.filter(pl.col("receivable_kind") == "return_fee").select(
        pl.col("receivable_id").str.replace(r"^return_fee:[0-9]+:", "").alias("reversal_id")
    )
    claims = named.join(charged, on="reversal_id", how="anti").join(
        receivables.drop("booked_on", "amount", "currency", "home_amount"), on="receivable_id"
    )
    latest = claims.sort("reversal_id", "due_on", "receivable_id", descending=[False, True, True]).unique(
        "reversal_id", keep="first", maintain_order=True
    )
    return latest.select(
        pl.format("return_fee:{}:{}", "invoice_no", "reversal_id").alias("receivable_id"),
        pl.lit("return_fee").alias("receivable_kind"),
        "account_id",
        "invoice_no",
        pl.lit(fee).cast(AMOUNT).alias("amount"),
        pl.lit(currency).alias("currency"),
        pl.lit(fee).cast(AMOUNT).alias("home_amount"),
        pl.lit(due_on).alias("due_on"),
        pl.lit(on).alias("booked_on"),
    ).select(RECEIVABLE.names)
