"""The same money on the statement and among the payments: which entries are payments, and what is missing on a side."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from schemas.money import sum_amounts

_KEY = ["payee_account", "amount"]


class Reconciliation(NamedTuple):
    """BANK_ENTRY rows that payments explain and that none explains, and PAYMENT rows that no entry explains."""

    found: pl.DataFrame
    without_payment: pl.DataFrame
    without_entry: pl.DataFrame


def reconcile(entries: pl.DataFrame, records: pl.DataFrame, payments: pl.DataFrame) -> Reconciliation:
    """Hold entries against payments.

    `entries`: BANK_ENTRY rows; `records`: PAYMENT_RECORD rows of these entries and of the payments; `payments`: PAYMENT
    rows of the days that the statements cover, `payee_account` being the account they are paid into and `paid_to` the
    payee they name. An entry is explained by the first of:

    1. its own transactions, each a payment (by `payment_id`);
    2. payments reported with its reference (`entry_reference`) that add up to it;
    3. the payments of its day to one payee, when they add up to it: a deposit in one sum.
    """
    own = _by_transactions(entries, records, payments)
    rest, left = _without(entries, own, "bank_entry_id"), _without(payments, own, "payment_id")
    references = records.filter(pl.col("bank_entry_id").is_null()).select("payment_id", "entry_reference").drop_nulls()
    named = left.join(references.unique("payment_id", maintain_order=True), on="payment_id")
    by_reference = _by_sum(rest, named, ["entry_reference"])
    rest, left = _without(rest, by_reference, "bank_entry_id"), _without(left, by_reference, "payment_id")
    by_day = _by_sum(rest, left, ["booked_on"], apart=["paid_to"])
    explained = pl.concat([own, by_reference, by_day])
    seen = records.filter(pl.col("bank_entry_id").is_not_null()).select("payment_id").drop_nulls()
    return Reconciliation(
        entries.join(explained, on="bank_entry_id", how="semi"),
        _without(rest, by_day, "bank_entry_id"),
        _without(left, by_day, "payment_id").join(seen, on="payment_id", how="anti"),
    )


def _by_transactions(entries: pl.DataFrame, records: pl.DataFrame, payments: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs (`bank_entry_id`, `payment_id`) of entries whose transactions are payments, all of them."""
    of_entries = records.filter(pl.col("bank_entry_id").is_not_null()).select("bank_entry_id", "payment_id", "amount")
    is_payment = pl.col("payment_id").is_in(payments["payment_id"].implode()).fill_null(value=False)
    known = of_entries.with_columns(is_payment.alias("_known"))
    sums = known.group_by("bank_entry_id").agg(sum_amounts(pl.col("amount")), pl.col("_known").all())
    whole = entries.join(sums.filter("_known"), on=["bank_entry_id", "amount"], how="semi")
    return of_entries.join(whole, on="bank_entry_id", how="semi").select("bank_entry_id", "payment_id")


def _by_sum(
    entries: pl.DataFrame, payments: pl.DataFrame, on: list[str], apart: list[str] | None = None
) -> pl.DataFrame:
    """Return the pairs of entries with the payments that share `on` (and `apart`) and add up to them; each once."""
    group = ["payee_account", *on, *(apart or [])]
    sums = payments.group_by(group).agg(sum_amounts(pl.col("amount")))
    match = (
        entries.sort("bank_entry_id")
        .join(sums.sort(group), on=[*_KEY, *on], how="inner", maintain_order="left_right")
        .unique("bank_entry_id", keep="first", maintain_order=True)
        .unique(group, keep="first", maintain_order=True)
    )
    return match.select("bank_entry_id", *group).join(payments, on=group).select("bank_entry_id", "payment_id")


def _without(frame: pl.DataFrame, pairs: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.join(pairs, on=key, how="anti", maintain_order="left")
