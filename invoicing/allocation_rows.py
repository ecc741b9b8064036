"""Rows of ALLOCATION, as everything that moves the money of payments makes them."""

from __future__ import annotations

import polars as pl

from schemas.money import from_minor, to_minor

_MINOR = {"amount": "amount", "home_amount": "home", "paid_amount": "paid", "paid_home_amount": "paid_home"}
COLUMNS = [
    "allocation_id",
    "payment_id",
    "voucher_id",
    "account_id",
    "receivable_id",
    "allocation_kind",
    "amount",
    "home_amount",
    "paid_amount",
    "paid_home_amount",
    "match_rule",
]


def allocation_rows(
    pieces: pl.DataFrame,
    kind: str | pl.Expr,
    rule: str | pl.Expr,
    *,
    to: pl.Expr,
    voucher: pl.Expr | None = None,
    sign: int = 1,
) -> pl.DataFrame:
    """Make ALLOCATION rows (without `allocated_on`) of pieces of money in minor units (`money_pots.PIECE`).

    `to` ends the row's natural key, after its voucher's (default: that of the payment itself, `B:` and its id). What
    `pieces` does not know of account and claim is null; `sign` -1 takes money away.
    """
    absent: dict[str, pl.DataType] = {"account_id": pl.Int64(), "receivable_id": pl.String()}
    own = voucher is None
    named = pl.format("B:{}", "payment_id") if voucher is None else voucher
    key = pl.col("payment_id") if own else pl.col("voucher_id")
    return (
        pieces.with_columns(pl.lit(None, dtype).alias(n) for n, dtype in absent.items() if n not in pieces.columns)
        .with_columns(
            named.alias("voucher_id"), *(from_minor(sign * pl.col(name)).alias(n) for n, name in _MINOR.items())
        )
        .with_columns(
            (key + to).alias("allocation_id"),
            (pl.lit(kind) if isinstance(kind, str) else kind).alias("allocation_kind"),
            (pl.lit(rule) if isinstance(rule, str) else rule).alias("match_rule"),
        )
        .select(COLUMNS)
    )


def in_place(pieces: pl.DataFrame) -> pl.DataFrame:
    """Give pieces that stay in their payment's currency (credit, suspense) what they are worth: as they were paid."""
    return pieces.with_columns(amount="paid", home="paid_home")


def balances(allocations: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Add ALLOCATION rows up, in minor units: `by`, `amount`, `home`, `paid`, `paid_home`."""
    return allocations.group_by(*by).agg(to_minor(pl.col(name)).sum().alias(minor) for name, minor in _MINOR.items())


def fresh_vouchers(rows: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Give rows whose voucher there was before (ALLOCATION rows) one of their own, numbered from 2: `A:p>claim:n2`.

    Money may come to the same place twice, when it was taken away in between; a voucher is never added to.
    """
    base = pl.col("voucher_id").str.replace(r":n[0-9]+$", "").alias("_base")
    times = earlier.select("voucher_id").unique().with_columns(base).group_by("_base").agg(pl.len().alias("_times"))
    known = rows.join(times, left_on="voucher_id", right_on="_base", how="left", maintain_order="left")
    voucher, is_first = pl.col("voucher_id"), pl.col("_times").is_null()
    again = pl.format("{}:n{}", voucher, pl.col("_times").fill_null(0) + 1)
    ending = pl.col("allocation_id").str.strip_prefix(voucher)
    own = (
        pl.when(is_first).then("allocation_id").otherwise(again + ending),
        pl.when(is_first).then(voucher).otherwise(again),
    )
    return known.with_columns(own[0].alias("allocation_id"), own[1].alias("voucher_id")).select(rows.columns)


def with_event_days(allocations: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Add `event_on`, the day of its voucher, to ALLOCATION rows; `payments` has PAYMENT columns.

    A voucher in which a payment's rows do not come to nothing is of the day the bank booked that payment.
    """
    booked = payments.select("payment_id", "booked_on")
    has_money = to_minor(pl.col("paid_amount")).sum().over("voucher_id", "payment_id") != 0
    money_on = pl.when(has_money).then("booked_on").max().over("voucher_id")
    decided_on = pl.col("allocated_on").max().over("voucher_id")
    return (
        allocations.join(booked, on="payment_id", how="left")
        .with_columns(pl.coalesce(money_on, decided_on).alias("event_on"))
        .drop("booked_on")
    )
