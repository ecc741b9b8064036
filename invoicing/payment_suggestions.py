"""Whose a payment in suspense may be, and why: for a person to decide, as none of this is proof.

The signs, the strongest first: the account it came from paid for a customer before; an invoice is open of exactly that
amount; the payer's name is a customer's.
"""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT

_WHY = ("paid for this account before", "exactly what is open of the invoice", "the payer has the customer's name")
_MOST = 3  # suggestions for a payment


def suggestions(
    suspense: pl.DataFrame, history: pl.DataFrame, open_items: pl.DataFrame, customers: pl.DataFrame
) -> pl.DataFrame:
    """Return at most three accounts for each payment in suspense, best first, each with its invoice and its reasons.

    `suspense`: payment_id, currency, amount, payer_name, payer_account; `history`: payer_account and the account_id it
    paid for; `open_items` as settlement has them; `customers`: account_id and customer_name. Returns `payment_id`,
    `account_id`, `invoice_no` (of the same amount, else null), `why`.
    """
    named = suspense.with_columns(_plain("payer_name").alias("_name"))
    known = customers.with_columns(_plain("customer_name").alias("_name")).filter(pl.col("_name") != "")
    owed = open_items.group_by("account_id", "invoice_no", "currency").agg(
        pl.col("open_amount").sum().cast(AMOUNT).alias("amount")
    )
    signs = [
        named.join(history.drop_nulls().unique(), on="payer_account"),
        named.join(owed, on=["currency", "amount"]),
        named.join(known.select("_name", "account_id"), on="_name"),
    ]
    found = pl.concat(_sign(frame, at) for at, frame in enumerate(signs)).unique()
    whose = found.group_by("payment_id", "account_id").agg(
        pl.col("invoice_no").min(),
        pl.col("sign").n_unique().alias("_count"),
        pl.col("sign").min(),
        pl.col("why").unique(maintain_order=False).sort().str.join("; "),
    )
    best = whose.sort("payment_id", "_count", "sign", "account_id", descending=[False, True, False, False])
    return best.group_by("payment_id", maintain_order=True).head(_MOST).select(
        "payment_id", "account_id", "invoice_no", "why"
    )  # fmt: skip


def _sign(frame: pl.DataFrame, at: int) -> pl.DataFrame:
    number = pl.col("invoice_no") if "invoice_no" in frame.columns else pl.lit(None, pl.Int64).alias("invoice_no")
    sign, why = pl.lit(at, pl.Int64).alias("sign"), pl.lit(_WHY[at]).alias("why")
    return frame.select("payment_id", "account_id", number, sign, why)


def _plain(column: str) -> pl.Expr:
    """A name without case, marks and the order of its words."""
    words = pl.col(column).fill_null("").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N} ]", "").str.split(" ")
    return words.list.sort().list.join(" ").str.strip_chars()
