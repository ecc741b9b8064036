"""Top-ups: money that came by card or voucher becomes a payment, and the payment credit on the account.

It is a payment like any other, so that credit, invoices and proof need no second kind of money; only its payee is not
an account of the bank, and its voucher is owed by the card company until that pays out.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from invoicing.allocation_rows import allocation_rows, in_place
from schemas.money import to_minor

TOP_UP_PAYEE = "top_up"
TOP_UP_RULE = "top_up"


def top_up_payments(top_ups: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return a payment for each paid top-up: PAYMENT columns, but for what it is worth in the books.

    `payment_id` is `top_up:` and the top-up's id. `top_ups` has TOP_UP columns; those without `paid_on` wait for
    their money and make none.
    """
    return (
        top_ups.filter(pl.col("paid_on").is_not_null())
        .select(
            pl.format("top_up:{}", "top_up_id").alias("payment_id"),
            pl.lit("received").alias("payment_kind"),
            pl.lit(TOP_UP_PAYEE).alias("payee_account"),
            pl.col("paid_on").alias("booked_on"),
            "amount",
            "currency",
            *(pl.lit(None, pl.String).alias(name) for name in ("reference_text", "payer_name", "payer_account")),
            pl.lit(on).alias("received_on"),
        )
        .sort("payment_id")
    )


def allocate_top_ups(top_ups: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Return where the payments of `top_up_payments` go: whole to credit on the account, from where it pays claims.

    `payments`: PAYMENT rows, each with its `home_amount`. ALLOCATION columns without `allocated_on`; vouchers `T:` and
    the top-up's id.
    """
    whose = top_ups.select(
        "account_id", payment_id=pl.format("top_up:{}", "top_up_id"), _voucher=pl.format("T:{}", "top_up_id")
    )
    paid, home = to_minor(pl.col("amount")), to_minor(pl.col("home_amount"))
    pieces = payments.join(whose, on="payment_id").select(
        "payment_id", "account_id", "_voucher", paid=paid, paid_home=home
    )
    rows = allocation_rows(in_place(pieces), "credit", TOP_UP_RULE, to=pl.lit(">credit"), voucher=pl.col("_voucher"))
    return rows.with_columns((pl.col("payment_id") + ">credit").alias("allocation_id")).sort("allocation_id")
