"""Vouchers of documents and of the claims beside them: invoices and credit notes, fees and interest."""

from __future__ import annotations

import polars as pl

from invoicing.ledger_rows import DIMENSIONS, ENTRY_SCHEMA, VOUCHER_COLUMNS, VoucherOf, entries
from schemas.codes import CLAIM_GROUPS
from schemas.money import AMOUNT, sum_amounts
from schemas.policy import Ledger

# Kinds of claims that their document's voucher books.
DOCUMENT_CLAIMS = tuple(kind for kind, group in CLAIM_GROUPS.items() if group == "capital")
CLAIM_TEXTS = {
    "reminder_fee": "Påminnelseavgift",
    "return_fee": "Avgift för återtagen betalning",
    "agreement_fee": "Avgift för betalningsplan",
    "interest": "Dröjsmålsränta",
}
_IS_NOTE = pl.col("document_kind") == "credit_note"
_SERIES = pl.when(_IS_NOTE).then(pl.lit("K")).otherwise(pl.lit("F"))
_NAME = pl.when(_IS_NOTE).then(pl.lit("Kreditfaktura")).otherwise(pl.lit("Faktura"))
OF_DOCUMENT = VoucherOf(
    pl.format("{}:{}", _SERIES, "invoice_no"), _SERIES, pl.col("invoiced_on"), pl.format("{} {}", _NAME, "invoice_no")
)


def document_vouchers(invoices: pl.DataFrame, lines: pl.DataFrame, vat: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return the rows of invoices and credit notes, which are invoices with the sign turned.

    `invoices`: INVOICE rows; `lines`: INVOICE_LINE rows with `product_group` and `reseller_code`; `vat`: INVOICE_VAT
    rows. Revenue has a row for each account and dimensions; the article stands on rows with a cost centre.
    """
    heads = invoices.select("invoice_no", "account_id", "invoiced_on", "currency", "exchange_rate", "document_kind")
    with_centre = pl.when(pl.col("cost_centre").is_not_null()).then("article_no").alias("article_no")
    revenue = (
        lines.with_columns(with_centre)
        .group_by("invoice_no", "revenue_account", *DIMENSIONS)
        .agg(sum_amounts(pl.col("net_amount")))
        .join(heads, on="invoice_no")
    )
    taxed = vat.select("invoice_no", "vat_account", "vat_amount").join(heads, on="invoice_no")
    rows = [
        entries(invoices, OF_DOCUMENT, pl.lit(accounts.receivables), pl.col("total_amount")),
        entries(revenue, OF_DOCUMENT, pl.col("revenue_account"), -pl.col("net_amount")),
        entries(taxed, OF_DOCUMENT, pl.col("vat_account"), -pl.col("vat_amount")),
        entries(invoices, OF_DOCUMENT, pl.lit(accounts.rounding), -pl.col("rounding_amount")),
    ]
    return _balanced(pl.concat(rows), accounts.rounding)


def _balanced(rows: pl.DataFrame, rounding: str) -> pl.DataFrame:
    """Add to vouchers in another currency what its rows, each rounded in the operator's, lack of zero."""
    lacking = (
        rows.group_by(*VOUCHER_COLUMNS, "currency", "account_id", "invoice_no")
        .agg((-pl.col("debit_credit").sum()).cast(AMOUNT).alias("debit_credit"))
        .filter(pl.col("debit_credit") != 0)
        .with_columns(
            pl.lit(rounding).alias("ledger_account"),
            pl.lit(0).cast(AMOUNT).alias("entry_amount"),
            *(pl.lit(None, pl.String).alias(name) for name in DIMENSIONS),
        )
    )
    return pl.concat([rows, lacking.select(ENTRY_SCHEMA.names())])


def claim_vouchers(claims: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return the rows of fees and interest, none of which bears VAT; the kind of a claim is its role in [ledger].

    `claims`: RECEIVABLE rows; those of documents are left out.
    """
    owed = claims.filter(~pl.col("receivable_kind").is_in(DOCUMENT_CLAIMS))
    kind = pl.col("receivable_kind")
    voucher = VoucherOf(
        pl.format("R:{}", "receivable_id"),
        pl.lit("R"),
        pl.col("booked_on"),
        pl.format("{} faktura {}", kind.replace_strict(CLAIM_TEXTS, return_dtype=pl.String), "invoice_no"),
    )
    income = kind.replace_strict({name: getattr(accounts, name) for name in CLAIM_TEXTS}, return_dtype=pl.String)
    amount, home = pl.col("amount"), pl.col("home_amount")
    return pl.concat(
        [
            entries(owed, voucher, pl.lit(accounts.receivables), amount, home),
            entries(owed, voucher, income, -amount, -home),
        ]
    )
