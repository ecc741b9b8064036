"""Which payment a reversal takes back: by the bank's reference, the order's own id, or the reference it repeats."""

from __future__ import annotations

import polars as pl

from invoicing.payment_identity import payment_digits

_ACCOUNT = ["payee_account", "currency"]  # money is taken back where it came, in what it was paid in
_AMOUNT = (-pl.col("amount")).cast(pl.String).alias("_amount")
_SAME_AMOUNT = pl.col("amount").cast(pl.String).alias("_amount")


def with_reversed_payment(payments: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Add `reverses_payment_id` to new payments; null where none is found, and for what is no reversal.

    `payments`: one PAYMENT_RECORD row each, with `payment_id`; `records`: those of payments received and not taken back
    yet. A reversal finds its payment, of the same account and currency, by the first of: the bank's reference, whatever
    the amount (a part may be taken back); end-to-end id and amount; the reference's digits and amount. Of several it is
    the latest that is not booked after the reversal, each once; what stays unclear is left to a person.
    """
    wanted = payments.filter(pl.col("payment_kind") == "reversal")
    original = pl.coalesce("original_reference", "bank_reference").alias("_key")
    by_reference = _paired(
        wanted.select("payment_id", *_ACCOUNT, "booked_on", original),
        records.select("payment_id", *_ACCOUNT, "booked_on", pl.col("bank_reference").alias("_key")),
        [*_ACCOUNT, "_key"],
    )
    found = by_reference
    for key in (pl.col("end_to_end_id"), payment_digits(pl.col("reference_text"))):
        named = pl.when(key != "").then(key).alias("_key")
        columns = ("payment_id", *_ACCOUNT, "booked_on", named)
        rest = wanted.join(found, on="payment_id", how="anti")
        left = records.join(found, left_on="payment_id", right_on="reverses_payment_id", how="anti")
        pairs = _paired(
            rest.select(*columns, _AMOUNT), left.select(*columns, _SAME_AMOUNT), [*_ACCOUNT, "_key", "_amount"]
        )
        found = pl.concat([found, pairs])
    return payments.join(found, on="payment_id", how="left", maintain_order="left")


def parts_taken_back(reversals: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
    """Find the payments of which other reversals take a part too: `payment_id` of a reversal, `reverses_payment_id`.

    `reversals`: those that found no payment of their own; `received`: as `with_reversed_payment`. By the bank's
    reference alone, which is one payment's: how much of it is left is seen when it is taken back.
    """
    original = pl.coalesce("original_reference", "bank_reference").alias("_key")
    payments = received.select(*_ACCOUNT, _key="bank_reference", reverses_payment_id="payment_id", _on="booked_on")
    return (
        reversals.select("payment_id", *_ACCOUNT, "booked_on", original)
        .join(payments, on=[*_ACCOUNT, "_key"])
        .filter(pl.col("_on") <= pl.col("booked_on"))
        .sort("payment_id", pl.col("_on").to_physical().neg(), "reverses_payment_id")
        .unique("payment_id", keep="first", maintain_order=True)
        .select("payment_id", "reverses_payment_id")
    )


def _paired(reversals: pl.DataFrame, received: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Pair each reversal (`payment_id`) with a payment (`reverses_payment_id`) of equal `on`, n-th with n-th."""
    numbered = reversals.sort("payment_id").with_columns(pl.int_range(pl.len()).over(on).alias("_nth"))
    candidates = received.unique(["payment_id", *on]).rename(
        {"payment_id": "reverses_payment_id", "booked_on": "_received_on"}
    )
    return (
        numbered.join(candidates, on=on)  # null keys join nothing
        .filter(pl.col("_received_on") <= pl.col("booked_on"))
        .sort("payment_id", pl.col("_received_on").to_physical().neg(), "reverses_payment_id")
        .filter(pl.int_range(pl.len()).over("payment_id") == pl.col("_nth"))
        .unique("reverses_payment_id", keep="first", maintain_order=True)
        .select("payment_id", "reverses_payment_id")
    )
