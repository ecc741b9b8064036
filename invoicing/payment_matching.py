"""Which invoices a payment is for, step by step; the step that found them is named on every row (`match_rule`).

1. `ocr_reference`: a reference is an invoice's, digit for digit or without leading zeros; ISO 11649 references too.
2. `invoice_no`: a reference is the number of an invoice.
3. `end_to_end_id`: the payment carries the id of a direct debit of ours: invoice number, hyphen, attempt.
4. `customer_amount`: it names a customer or account, and comes to exactly what is open of that account, or of one of
   its invoices.
5. `free_text`: digits in what the payer wrote are the OCR reference of an invoice that is still open.

Steps 1 and 2 are taken for each reference, as a payment may have several; the others only for a payment that nothing
was found for before. Names and earlier payments decide nothing: they are suggestions (payment_suggestions.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

import polars as pl

from invoicing.payment_identity import payment_digits
from schemas.money import to_minor

RULES = ("ocr_reference", "invoice_no", "end_to_end_id", "customer_amount", "free_text")
_DIRECT_DEBIT = r"^\s*([0-9]{1,15})-[0-9]{1,3}\s*$"
_FEWEST_DIGITS = 5  # of an OCR reference in free text: shorter runs are postcodes, dates and house numbers
NAMED = pl.Schema(
    {
        "payment_id": pl.String(),
        "invoice_no": pl.Int64(),
        "account_id": pl.Int64(),
        "match_rule": pl.String(),
        "part_no": pl.Int64(),
        "stated": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Payable:
    """What payments may be for: INVOICE and ACCOUNT rows, and `open_items` of them."""

    invoices: pl.DataFrame
    accounts: pl.DataFrame
    open_items: pl.DataFrame


def references(payments: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Return every reference of PAYMENT rows: payment_id, part_no, reference_kind, text, digits, stated.

    `parts`: PAYMENT_PART rows. A payment without any has its `reference_text` for one. `stated` is the amount that the
    payer gave for it, in minor units: below zero for a credit note deducted.
    """
    of_parts = parts.join(payments.select("payment_id"), on="payment_id", how="semi").select(
        "payment_id", "part_no", "reference_kind", text="reference_text", stated=to_minor(pl.col("amount"))
    )
    unparted = payments.join(of_parts, on="payment_id", how="anti")
    told = [
        _told(unparted, "reference_text", "ocr"),
        _told(payments, "end_to_end_id", "end_to_end_id"),
        _told(payments, "free_text", "free_text"),
    ]
    untold = pl.concat(told).join(of_parts, on=["payment_id", "reference_kind", "text"], how="anti")
    found = pl.concat([of_parts, untold.select(of_parts.columns)])
    return found.with_columns(payment_digits(pl.col("text")).alias("digits")).sort("payment_id", "part_no", "text")


def _told(payments: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    return payments.filter(pl.col(column).is_not_null()).select(
        "payment_id",
        pl.lit(0, pl.Int64).alias("part_no"),
        pl.lit(kind).alias("reference_kind"),
        pl.col(column).alias("text"),
        pl.lit(None, pl.Int64).alias("stated"),
    )


def digits_named(found: pl.DataFrame) -> pl.Series:
    """Return every run of digits in `references`, and each reference's digits together: what may be looked up."""
    runs = found.select(pl.col("text").str.extract_all(r"[0-9]+").alias("digits")).explode("digits").to_series()
    return pl.concat([found["digits"], runs.str.strip_chars_start("0")]).drop_nulls().unique()


def invoices_named(
    payments: pl.DataFrame, parts: pl.DataFrame, payable: Payable, tolerance: Decimal = Decimal(0)
) -> pl.DataFrame:
    """Return the invoices that PAYMENT rows are for, each once per payment.

    Columns: payment_id, invoice_no, account_id, match_rule, part_no and `stated` (minor units, null where the payer
    gave no amount). A payment that nothing is found for has no row. `tolerance`: how far the amount beside a customer's
    number may be from what is open.
    """
    received = payments.filter(pl.col("payment_kind") == "received")
    found = references(received, parts)
    named = _first(pl.concat([_by_ocr(found, payable), _by_number(found, payable)]), ["payment_id", "part_no"])
    steps = (_by_direct_debit, partial(_by_customer, received, tolerance), _by_text)
    for step in steps:
        rest = found.join(named, on="payment_id", how="anti")
        named = pl.concat([named, step(rest, payable)])
    in_order = named.sort("payment_id", "part_no", "invoice_no").group_by(
        "payment_id", "invoice_no", maintain_order=True
    )
    return in_order.agg(
        pl.col("account_id", "match_rule", "part_no").first(),
        pl.when(pl.col("stated").count() > 0).then(pl.col("stated").sum()).alias("stated"),
    ).select(NAMED.names())


def _first(named: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Keep what the earliest step found."""
    step = pl.col("match_rule").replace_strict({rule: at for at, rule in enumerate(RULES)}, return_dtype=pl.Int64)
    return named.filter(step == step.min().over(by))


def _rule(frame: pl.DataFrame, rule: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(rule).alias("match_rule")).select(NAMED.names())


def _by_ocr(found: pl.DataFrame, payable: Payable) -> pl.DataFrame:
    known = payable.invoices.select("invoice_no", "account_id", digits=payment_digits(pl.col("ocr_reference")))
    digits = found.filter(pl.col("reference_kind").is_in(["ocr", "invoice_no"]) & (pl.col("digits") != ""))
    return _rule(digits.join(known, on="digits"), "ocr_reference")


def _by_number(found: pl.DataFrame, payable: Payable) -> pl.DataFrame:
    digits = found.filter(pl.col("reference_kind").is_in(["ocr", "invoice_no"]))
    numbered = digits.with_columns(pl.col("digits").cast(pl.Int64, strict=False).alias("invoice_no"))
    known = payable.invoices.select("invoice_no", "account_id")
    return _rule(numbered.join(known, on="invoice_no"), "invoice_no")


def _by_direct_debit(found: pl.DataFrame, payable: Payable) -> pl.DataFrame:
    number = pl.col("text").str.extract(_DIRECT_DEBIT).cast(pl.Int64, strict=False).alias("invoice_no")
    known = payable.invoices.select("invoice_no", "account_id")
    return _rule(found.with_columns(number).join(known, on="invoice_no"), "end_to_end_id")


def _by_customer(payments: pl.DataFrame, tolerance: Decimal, found: pl.DataFrame, payable: Payable) -> pl.DataFrame:
    """Find the one account that is named and owes what was paid, in the currency that it was paid in."""
    runs = found.with_columns(pl.col("text").str.extract_all(r"[0-9]+").alias("run")).explode("run")
    number = pl.col("run").cast(pl.Int64, strict=False).alias("named")
    paid = payments.select("payment_id", "currency", paid=to_minor(pl.col("amount")))
    numbers = runs.with_columns(number).select("payment_id", "named").drop_nulls().unique().join(paid, on="payment_id")
    accounts = payable.accounts
    whose = pl.concat([accounts.select("account_id", named=key) for key in ("account_id", "customer_id")]).unique()
    owing = numbers.join(whose, on="named").select("payment_id", "currency", "paid", "account_id").unique()
    exact = owing.join(_sums_open(payable.open_items), on=["account_id", "currency"]).filter(
        (pl.col("paid") - pl.col("owed")).abs() <= to_minor(pl.lit(tolerance))
    )
    alone = exact.filter(pl.col("account_id").n_unique().over("payment_id") == 1)
    # Of several sums that fit the nearest, then what is open in all, then the oldest invoice.
    first = alone.sort("payment_id", (pl.col("paid") - pl.col("owed")).abs(), "place").unique(
        "payment_id", keep="first", maintain_order=True
    )
    chosen = first.explode("invoices").with_columns(
        pl.col("invoices").alias("invoice_no"),
        pl.lit(0, pl.Int64).alias("part_no"),
        pl.lit(None, pl.Int64).alias("stated"),
    )
    return _rule(chosen, "customer_amount")


def _sums_open(open_items: pl.DataFrame) -> pl.DataFrame:
    """Return what is open of each account in all, and of each of its invoices: account_id, currency, owed, invoices."""
    items = open_items.with_columns(to_minor(pl.col("open_amount")).alias("owed"), pl.col("due_on").alias("_due"))
    numbers = pl.col("invoice_no").unique().sort().alias("invoices")
    of_account = items.group_by("account_id", "currency").agg(pl.col("owed").sum(), numbers, pl.lit(0).alias("place"))
    of_invoice = items.group_by("account_id", "currency", "invoice_no").agg(
        pl.col("owed").sum(), numbers, pl.col("_due").min()
    )
    in_order = of_invoice.sort("account_id", "_due", "invoice_no").with_columns(
        (pl.int_range(pl.len()) + 1).over("account_id").alias("place")
    )
    shape = ["account_id", "currency", "owed", "invoices", pl.col("place").cast(pl.Int64)]
    return pl.concat([of_account.select(shape), in_order.select(shape)])


def _by_text(found: pl.DataFrame, payable: Payable) -> pl.DataFrame:
    """Find open invoices whose OCR reference stands in what the payer wrote, with or without blanks in it."""
    texts = found.filter(pl.col("reference_kind") == "free_text")
    unbroken = pl.col("text").str.replace_all(r"([0-9]) ", "${1}")
    runs = pl.concat_list(each.str.extract_all(r"[0-9]+") for each in (pl.col("text"), unbroken)).alias("digits")
    wide = texts.with_columns(runs).explode("digits").filter(pl.col("digits").str.len_chars() >= _FEWEST_DIGITS)
    live = payable.invoices.join(payable.open_items, on="invoice_no", how="semi").select(
        "invoice_no", "account_id", digits=payment_digits(pl.col("ocr_reference"))
    )
    hits = wide.with_columns(pl.col("digits").str.strip_chars_start("0")).join(live, on="digits")
    return _rule(hits.unique(["payment_id", "invoice_no"], keep="any"), "free_text")
