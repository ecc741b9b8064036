"""The invoice run: everything charged before an account's billing date and not yet billed becomes one invoice.

The order of the money steps, and why:

1. charges (6 decimals) are added per line, then rounded once to 2 decimals: what stands on the page adds up;
2. VAT is taken on the sum of the rounded lines, once per class: the document's VAT is what the law looks at;
3. the total is rounded to whole kronor last, and only where the policy says so: rounding is of the payment, not of VAT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from schemas.money import AMOUNT, krona_rounding, percent_of, round_to_amount, sum_amounts, sum_charges
from schemas.ocr_reference import ocr_reference
from schemas.periods import latest_billing_date

_LINE = ["account_id", "charge_kind", "article_no", "usage_kind", "vat_class", "revenue_account", "line_period"]
_FROM_THE_DAY = ("recurring", "one_off")
# What is promised stands first, what was used next, what corrects earlier invoices or this one last.
_ORDER = {"recurring": 1, "one_off": 2, "usage": 3, "adjustment": 4, "basis_change": 5}


@dataclass(frozen=True)
class InvoiceRun:
    """New rows of INVOICE, INVOICE_LINE, INVOICE_VAT, BILLED_CHARGE and RECEIVABLE."""

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    billed: pl.DataFrame
    receivables: pl.DataFrame


def charges_due(charges: pl.DataFrame, accounts: pl.DataFrame, last_billed: pl.DataFrame, on: date) -> pl.DataFrame:
    """Select the charges that tonight's invoices must carry.

    An account is billed on its latest billing date that is not after `on`, unless it was billed on or after that date
    (`last_billed`: account_id, billing_date). Usage counts until the day before the billing date; a recurring fee that
    begins on it counts too, it is paid in advance, and so does a one-off fee of that day; what is given back of a
    recurring fee counts at once. Returns the charges with their `billing_date`.
    """
    days = pl.DataFrame({"billing_day": list(range(1, 32))}, schema={"billing_day": pl.Int64})
    dates = pl.Series("billing_date", [latest_billing_date(on, day) for day in range(1, 32)])
    due = (
        accounts.join(days.with_columns(dates), on="billing_day")
        .join(last_billed.rename({"billing_date": "last_date"}), on="account_id", how="left")
        .filter(pl.col("last_date").is_null() | (pl.col("last_date") < pl.col("billing_date")))
    )
    gives_back = (pl.col("charge_kind") == "recurring") & (pl.col("amount_ex_vat") < 0)
    begins_before = (pl.col("service_from") < pl.col("billing_date")) | gives_back
    that_day = pl.col("charge_kind").is_in(_FROM_THE_DAY) & (pl.col("service_from") == pl.col("billing_date"))
    return charges.join(due.select("account_id", "billing_date"), on="account_id").filter(begins_before | that_day)


def make_invoices(
    due: pl.DataFrame,
    accounts: pl.DataFrame,
    articles: pl.DataFrame,
    vat: pl.DataFrame,
    *,
    on: date,
    first_number: int,
    payment_days: int,
    round_to_kronor: bool,
) -> InvoiceRun:
    """Make one invoice per account from `charges_due`.

    `vat` is the rate in force per `vat_class` (vat_percent, vat_account). Numbers follow the account numbers from
    `first_number` without gap; an account whose invoice would be zero, or negative because adjustments take back more
    than was used, keeps its charges for the next one.
    """
    lines = _lines(due, articles, vat)
    vat_rows = _vat_rows(lines)
    totals = _totals(lines, vat_rows, round_to_kronor).filter(pl.col("total_amount") > 0).sort("account_id")
    numbered = totals.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + first_number).alias("invoice_no"))
    references = pl.Series("ocr_reference", [ocr_reference(n) for n in numbered["invoice_no"]], dtype=pl.String)
    invoices = (
        numbered.with_columns(references)
        .join(accounts.select("account_id", "account_bucket", "customer_id", "currency"), on="account_id")
        .with_columns(
            pl.lit(on).alias("invoiced_on"),
            pl.lit(on + timedelta(days=payment_days)).alias("due_on"),
        )
        .sort("invoice_no")
    )
    number = invoices.select("account_id", "invoice_no")
    return InvoiceRun(
        invoices=invoices,
        lines=lines.join(number, on="account_id").sort("invoice_no", "entry_no"),
        vat=vat_rows.join(number, on="account_id").sort("invoice_no", "vat_class"),
        billed=_billed(due, lines.join(number, on="account_id")),
        receivables=invoices.select(
            pl.format("invoice:{}", "invoice_no").alias("receivable_id"),
            pl.lit("invoice").alias("receivable_kind"),
            "account_id",
            "invoice_no",
            pl.col("total_amount").alias("amount"),
            "currency",
            "due_on",
            pl.col("invoiced_on").alias("booked_on"),
        ),
    )


def _with_line_period(due: pl.DataFrame) -> pl.DataFrame:
    """Part lines by period: each of a recurring fee's is a line; usage, adjustments and one-off fees are one line."""
    recurring = pl.col("charge_kind") == "recurring"
    period = pl.format("{}/{}", "service_from", "service_to")
    return due.with_columns(pl.when(recurring).then(period).otherwise(pl.lit("")).alias("line_period"))


def _lines(due: pl.DataFrame, articles: pl.DataFrame, vat: pl.DataFrame) -> pl.DataFrame:
    grouped = (
        _with_line_period(due)
        .group_by(_LINE)
        .agg(
            pl.col("billing_date").first(),
            pl.col("service_from").min(),
            pl.col("service_to").max(),
            pl.col("quantity", "duration_s", "volume_bytes", "included_units").sum(),
            sum_charges(pl.col("amount_ex_vat")),
        )
    )
    # Within a kind of charge, articles come in order of their number.
    position = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    return (
        grouped.join(articles.select("article_no", "article_name"), on="article_no", how="left")
        .join(vat.select("vat_class", "vat_percent", "vat_account"), on="vat_class", how="left")
        .sort("account_id", pl.col("charge_kind").replace_strict(_ORDER, return_dtype=pl.Int64), *_LINE[2:])
        .with_columns(
            round_to_amount(pl.col("amount_ex_vat")).alias("net_amount"),
            position.alias("entry_no"),
            pl.col("article_name").alias("line_text"),
        )
    )


def _vat_rows(lines: pl.DataFrame) -> pl.DataFrame:
    return (
        lines.group_by("account_id", "vat_class", "vat_percent", "vat_account")
        .agg(sum_amounts(pl.col("net_amount")))
        .with_columns(percent_of(pl.col("net_amount"), pl.col("vat_percent")).alias("vat_amount"))
    )


def _totals(lines: pl.DataFrame, vat_rows: pl.DataFrame, round_to_kronor: bool) -> pl.DataFrame:
    taxed = vat_rows.group_by("account_id").agg(sum_amounts(pl.col("vat_amount")))
    nets = lines.group_by("account_id").agg(
        sum_amounts(pl.col("net_amount")),
        pl.col("billing_date").first(),
        pl.col("service_from").min().alias("period_from"),
        pl.col("service_to").max().alias("period_to"),
    )
    exact = (pl.col("net_amount") + pl.col("vat_amount")).cast(AMOUNT)
    rounding = krona_rounding(exact) if round_to_kronor else pl.lit(0).cast(AMOUNT)
    return (
        nets.join(taxed, on="account_id")
        .with_columns(rounding.alias("rounding_amount"))
        .with_columns((exact + pl.col("rounding_amount")).cast(AMOUNT).alias("total_amount"))
    )


def _billed(due: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    return (
        _with_line_period(due)
        .join(lines.select(*_LINE, "invoice_no", "entry_no"), on=_LINE, nulls_equal=True)  # a fee has no usage kind
        .select("charge_id", "invoice_no", "entry_no", "amount_ex_vat")
        .sort("charge_id")
    )
