"""Settlement: where the money of a payment goes.

First, by its OCR reference, to the invoice it names: the invoice itself, then its reminder fees. What is left is
credit on the account, and credit pays the account's other open items, oldest first. A payment whose reference
names no invoice in its currency stays in suspense, whole.
"""

from __future__ import annotations

import polars as pl

from invoicing.allocation_rows import at_par
from invoicing.payment_identity import payment_digits
from schemas.money import from_minor, to_minor

_COLUMNS = [
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


def allocate_payments(payments: pl.DataFrame, open_items: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Allocate new payments; each payment's rows add up to it.

    `payments` has PAYMENT columns, `open_items` RECEIVABLE columns and `open_amount` > 0, `invoices` INVOICE columns.
    Returns ALLOCATION columns without `allocated_on`: kinds `receivable`, `credit` (rest of a matched payment) and
    `suspense` (no invoice in the payment's currency has the reference).
    """
    digits = payment_digits(pl.col("ocr_reference")).alias("_ocr")
    named = invoices.select(digits, "currency", "invoice_no", "account_id")
    received = pl.when(pl.col("payment_kind") == "received").then(pl.col("reference_text"))  # the rest is for a person
    matched = payments.with_columns(payment_digits(received).alias("_ocr")).join(
        named, on=["_ocr", "currency"], how="left"
    )
    known = matched.filter(pl.col("invoice_no").is_not_null())
    paid = pour(
        known.sort("booked_on", "payment_id").select("invoice_no", "payment_id", "amount"),
        open_items.sort("receivable_kind", "due_on", "receivable_id").select(
            "invoice_no", "receivable_id", pl.col("open_amount").alias("amount")
        ),
        by="invoice_no",
        source="payment_id",
        sink="receivable_id",
    ).join(known.select("payment_id", "account_id"), on="payment_id")
    left = _left_over(known, paid)
    return pl.concat(
        [
            _rows(paid, "receivable", "ocr_reference", pl.format("{}>{}", "payment_id", "receivable_id")),
            _rows(left, "credit", "ocr_reference", pl.format("{}>credit", "payment_id")),
            _rows(
                matched.filter(pl.col("invoice_no").is_null()),
                "suspense",
                "none",
                pl.format("{}>suspense", "payment_id"),
            ),
        ]
    )


def draw_credit(credit: pl.DataFrame, open_items: pl.DataFrame, new: pl.DataFrame | None = None) -> pl.DataFrame:
    """Let credit on an account pay its open items, oldest due date first, and after them all the `new` ones, if given.

    `credit` holds `account_id`, `payment_id` and the `amount` of credit left from that payment. Each draw is two
    rows that add up to zero: less credit, more paid. Returns ALLOCATION columns without `allocated_on`.
    """
    items = [open_items] if new is None else [open_items, new]
    drawn = pour(
        credit.filter(pl.col("amount") > 0).sort("payment_id").select("account_id", "payment_id", "amount"),
        pl.concat(
            each.sort("due_on", "receivable_id").select(
                "account_id", "receivable_id", pl.col("open_amount").alias("amount")
            )
            for each in items
        ),
        by="account_id",
        source="payment_id",
        sink="receivable_id",
    )
    voucher = pl.format("A:{}>{}", "payment_id", "receivable_id").alias("voucher_id")
    less = drawn.with_columns((-pl.col("amount")).alias("amount"), voucher)
    return pl.concat(
        [
            _rows(
                less.with_columns(pl.lit(None, pl.String).alias("receivable_id")),
                "credit",
                "account_credit",
                pl.col("voucher_id") + "<credit",
            ),
            _rows(drawn.with_columns(voucher), "receivable", "account_credit", pl.col("voucher_id")),
        ]
    )


def pour(sources: pl.DataFrame, sinks: pl.DataFrame, *, by: str, source: str, sink: str) -> pl.DataFrame:
    """Pour sources into sinks of the same `by`, in the order of their rows, until either is exhausted.

    Sources and sinks are laid end to end on a line of oere; where a source and a sink overlap, that much flows.
    Returns `by`, `source`, `sink`, `amount` > 0.
    """
    from_s, into = _laid_out(sources, by, "source"), _laid_out(sinks, by, "sink")
    overlap = pl.min_horizontal("source_ends", "sink_ends") - pl.max_horizontal("source_begins", "sink_begins")
    return (
        from_s.join(into, on=by)
        .with_columns(overlap.alias("_minor"))
        .filter(pl.col("_minor") > 0)
        .select(by, source, sink, from_minor(pl.col("_minor")).alias("amount"))
        .sort(by, source, sink)
    )


def _laid_out(frame: pl.DataFrame, by: str, name: str) -> pl.DataFrame:
    ends = to_minor(pl.col("amount")).cum_sum().over(by)
    return frame.with_columns(
        ends.alias(f"{name}_ends"), (ends - to_minor(pl.col("amount"))).alias(f"{name}_begins")
    ).drop("amount")


def _left_over(known: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    used = paid.group_by("payment_id").agg(to_minor(pl.col("amount")).sum().alias("_used"))
    rest = to_minor(pl.col("amount")) - pl.col("_used").fill_null(0)
    left = known.join(used, on="payment_id", how="left").with_columns(from_minor(rest).alias("amount"))
    return left.filter(pl.col("amount") > 0)


def _rows(frame: pl.DataFrame, kind: str, rule: str, allocation_id: pl.Expr) -> pl.DataFrame:
    """Bring a frame to ALLOCATION columns; what it does not know is null."""
    voucher = [] if "voucher_id" in frame.columns else [pl.format("B:{}", "payment_id").alias("voucher_id")]
    receivable = [] if "receivable_id" in frame.columns else [pl.lit(None, pl.String).alias("receivable_id")]
    return (
        at_par(frame)
        .with_columns(*voucher, *receivable)
        .with_columns(
            allocation_id.alias("allocation_id"),
            pl.lit(kind).alias("allocation_kind"),
            pl.lit(rule).alias("match_rule"),
        )
        .select(_COLUMNS)
    )


def open_items(receivables: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Return the receivables not fully paid, with their `open_amount`."""
    settling = allocations.filter(pl.col("allocation_kind") == "receivable")
    paid = settling.group_by("receivable_id").agg(to_minor(pl.col("amount")).sum().alias("_paid"))
    rest = to_minor(pl.col("amount")) - pl.col("_paid").fill_null(0)
    return (
        receivables.join(paid, on="receivable_id", how="left")
        .with_columns(from_minor(rest).alias("open_amount"))
        .drop("_paid")
        .filter(pl.col("open_amount") > 0)
    )


def credit_left(allocations: pl.DataFrame) -> pl.DataFrame:
    """Return the credit left of each payment: `account_id`, `payment_id`, `amount` > 0."""
    return (
        allocations.filter(pl.col("allocation_kind") == "credit")
        .group_by("account_id", "payment_id")
        .agg(from_minor(to_minor(pl.col("amount")).sum()).alias("amount"))
        .filter(pl.col("amount") > 0)
    )
