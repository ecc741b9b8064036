"""What a person decides of a payment: what it is for, that it was for something else, that it goes back.

Money is matched out of suspense, and unmatched back into it, so one is the inverse of the other. Every decision is a
voucher of its own, `U:` and the request's id, whose rows add up to zero for each payment; none is ever edited.
"""

from __future__ import annotations

import polars as pl

from invoicing.allocation_rows import COLUMNS, allocation_rows, balances, in_place
from invoicing.settlement import Owed, allocate_payments
from schemas.money import share, to_minor

BY_HAND = "by_hand"
_UNMATCHED = ("receivable", "recovered", "credit")


def in_suspense(allocations: pl.DataFrame) -> tuple[int, int]:
    """Return what of one payment is in suspense, and its worth in the books; minor units."""
    return _sum(allocations.filter(pl.col("allocation_kind") == "suspense"))


def _sum(rows: pl.DataFrame) -> tuple[int, int]:
    held = balances(rows.with_columns(pl.lit(0).alias("_all")), "_all")
    return (held["paid"][0], held["paid_home"][0]) if held.height else (0, 0)


def match_to_invoice(
    payment: pl.DataFrame, allocations: pl.DataFrame, named: pl.DataFrame, owed: Owed, request_id: str, wanted: int
) -> pl.DataFrame:
    """Let `wanted` minor units of a payment, out of suspense, pay an invoice; what it does not owe is credit.

    `payment`: its PAYMENT row; `allocations`: its ALLOCATION rows; `named`: the invoice, as `invoices_named`. Returns
    ALLOCATION columns without `allocated_on`.
    """
    left = _less(unsettled(allocations), wanted, request_id)
    amounts = left.select(amount=-pl.col("paid_amount"), home_amount=-pl.col("paid_home_amount"))
    some = payment.with_columns(amounts["amount"], amounts["home_amount"], pl.lit("received").alias("payment_kind"))
    placed = allocate_payments(some, named.with_columns(pl.lit(BY_HAND).alias("match_rule")), owed)
    voucher = pl.lit(f"U:{request_id}")
    moved = placed.with_columns(
        voucher.alias("voucher_id"), (voucher + ":" + pl.col("allocation_id")).alias("allocation_id")
    )
    return pl.concat([left, moved])


def match_to_account(allocations: pl.DataFrame, account_id: int, request_id: str, wanted: int) -> pl.DataFrame:
    """Make `wanted` minor units of a payment, out of suspense, credit on an account, which pays what that owes.

    `allocations`: its ALLOCATION rows. Returns ALLOCATION columns without `allocated_on`.
    """
    left = _less(unsettled(allocations), wanted, request_id)
    return pl.concat([left, _placed(left, "credit", account_id)])


def unmatch(allocations: pl.DataFrame, request_id: str, claims: pl.DataFrame | None = None) -> pl.DataFrame:
    """Take what a payment paid, and what of it is credit, back into suspense; with `claims` what it paid of these.

    `allocations`: its ALLOCATION rows; `claims`: RECEIVABLE rows. Returns ALLOCATION columns without `allocated_on`.
    """
    held = balances(
        allocations.filter(pl.col("allocation_kind").is_in(_UNMATCHED)),
        "payment_id", "allocation_kind", "account_id", "receivable_id",
    ).filter(pl.col("paid") > 0)  # fmt: skip
    if claims is not None:
        held = held.join(claims, on="receivable_id", how="semi")
    voucher = pl.lit(f"U:{request_id}")
    to = pl.format(
        "<{}:{}:{}", "allocation_kind", pl.col("account_id").fill_null(0), pl.col("receivable_id").fill_null("")
    )
    back = held.group_by("payment_id").agg(pl.col("paid", "paid_home").sum())
    return pl.concat(
        [
            allocation_rows(held, pl.col("allocation_kind"), BY_HAND, to=to, voucher=voucher, sign=-1),
            allocation_rows(in_place(back), "suspense", BY_HAND, to=pl.lit(">suspense"), voucher=voucher),
        ]
    )


def unsettled(allocations: pl.DataFrame) -> pl.DataFrame:
    """Return what of one payment is in suspense, either way, or else went out as a refund.

    Columns: payment_id, allocation_kind, account_id, `amount`, `home`, `paid`, `paid_home`; a row, or none.
    """
    kind, paid = pl.col("allocation_kind"), pl.col("paid")
    held = balances(allocations, "payment_id", "allocation_kind", "account_id")
    waiting = held.filter(((kind == "suspense") & (paid != 0)) | ((kind == "refund") & (paid < 0)))
    return waiting.sort(kind != "suspense").head(1)


def book_on_account(allocations: pl.DataFrame, request_id: str, wanted: int) -> pl.DataFrame:
    """Book `wanted` minor units, above zero, of what is `unsettled` of a payment on an account of the chart (`booked`).

    That may be below zero: money that went out and is no refund of ours, or a refund that should not have gone out.
    Returns ALLOCATION columns without `allocated_on`; the caller knows the account.
    """
    left = _less(unsettled(allocations), wanted, request_id)
    return pl.concat([left, _placed(left, "booked")])


def take_back_payout(came: pl.DataFrame, went: pl.DataFrame, request_id: str) -> pl.DataFrame:
    """Let money in suspense take back what went out, as far as it reaches.

    Both are ALLOCATION rows of one payment. Returns ALLOCATION columns without `allocated_on`; none where nothing is in
    suspense, or nothing went out.
    """
    there, out = unsettled(came).filter(pl.col("paid") > 0), unsettled(went).filter(pl.col("paid") < 0)
    if there.is_empty() or out.is_empty():
        return came.clear().select(COLUMNS)
    wanted = min(int(there["paid"][0]), -int(out["paid"][0]))
    sides = [_less(side, wanted, request_id) for side in (there, out)]
    return pl.concat([*sides, *(_placed(side, "reversal") for side in sides)])


def take_back_bookings(bookings: pl.DataFrame, request_id: str) -> pl.DataFrame:
    """Take what of a payment is booked on accounts of the chart back into suspense.

    `bookings`: its PAYMENT_BOOKING rows. Returns ALLOCATION columns without `allocated_on`, and `ledger_account` of the
    rows that leave one.
    """
    paid, home = to_minor(pl.col("amount")), to_minor(pl.col("home_amount"))
    held = (
        bookings.group_by("payment_id", "ledger_account")
        .agg(paid.sum().alias("paid"), home.sum().alias("paid_home"))
        .filter(pl.col("paid") != 0)
        .sort("ledger_account")
    )
    voucher, back = pl.lit(f"U:{request_id}"), held.group_by("payment_id").agg(pl.col("paid", "paid_home").sum())
    left = allocation_rows(
        in_place(held), "booked", BY_HAND, to=pl.format("<booked:{}", "ledger_account"), voucher=voucher, sign=-1
    )
    into = allocation_rows(in_place(back), "suspense", BY_HAND, to=pl.lit(">suspense"), voucher=voucher)
    named = left.with_columns(held["ledger_account"])
    return pl.concat([named, into], how="diagonal")


def refundable(allocations: pl.DataFrame) -> pl.DataFrame:
    """Return what of payments can be paid back: payment_id, allocation_kind (credit, suspense), account_id, pieces."""
    kinds = allocations.filter(pl.col("allocation_kind").is_in(["credit", "suspense"]))
    held = balances(kinds, "payment_id", "allocation_kind", "account_id")
    return held.filter(pl.col("paid") > 0).sort("allocation_kind", "payment_id")


def _less(held: pl.DataFrame, wanted: int, request_id: str) -> pl.DataFrame:
    """Take `wanted` minor units, above zero, off what is `unsettled`, with its share of each worth."""
    signed = wanted * pl.col("paid").sign()
    worth = [share(pl.col(name), signed, pl.col("paid")).alias(name) for name in ("home", "paid_home")]
    part = held.with_columns(*worth, signed.alias("amount"), signed.alias("paid"))
    to = pl.format("<{}:{}", "allocation_kind", "payment_id")
    return allocation_rows(part, pl.col("allocation_kind"), BY_HAND, to=to, voucher=pl.lit(f"U:{request_id}"), sign=-1)


def _placed(left: pl.DataFrame, kind: str, account_id: int | None = None) -> pl.DataFrame:
    """Place what `_less` took, at what the bank gave or took for it."""
    paid, home = -to_minor(pl.col("paid_amount")), -to_minor(pl.col("paid_home_amount"))
    pieces = left.select("payment_id", "voucher_id", account_id=pl.lit(account_id, pl.Int64), paid=paid, paid_home=home)
    to = pl.format(">{}:{}", pl.lit(kind), "payment_id")
    return allocation_rows(in_place(pieces), kind, BY_HAND, to=to, voucher=pl.col("voucher_id"))
