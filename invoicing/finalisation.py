"""Finalisation: what was reviewed gets its number, and is never changed again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from invoicing.invoice_lines import billed_charges
from schemas.money import AMOUNT
from schemas.ocr_reference import ocr_reference
from schemas.tables import INVOICE, INVOICE_PARTY

FAULT_SCHEMA = pl.Schema({"account_id": pl.Int64(), "draft_reason": pl.String()})


@dataclass(frozen=True)
class InvoiceRun:
    """New rows of INVOICE, INVOICE_LINE, INVOICE_VAT, INVOICE_PARTY, BILLED_CHARGE and RECEIVABLE.

    `faults`: accounts that could not be invoiced, and why: `account_id`, `draft_reason`.
    """

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    billed: pl.DataFrame
    receivables: pl.DataFrame
    faults: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAULT_SCHEMA))


@dataclass(frozen=True)
class Issue:
    """What all documents of a run have in common: their date, days to pay, the next number, the seller's version."""

    on: date
    payment_days: int
    first_number: int
    seller_no: int


@dataclass(frozen=True)
class Register:
    """Who invoices go to: ACCOUNT and CUSTOMER rows, of at least the accounts billed."""

    accounts: pl.DataFrame
    customers: pl.DataFrame

    def buyers(self) -> pl.DataFrame:
        """Return each account with what VAT looks at: account_id, currency, country_code, vat_no."""
        whose = self.customers.select("customer_id", "country_code", "vat_no")
        return self.accounts.join(whose, on="customer_id").select("account_id", "currency", "country_code", "vat_no")


def finalise(
    due: pl.DataFrame,
    lines: pl.DataFrame,
    taxed: pl.DataFrame,
    totals: pl.DataFrame,
    whose: Register,
    issue: Issue,
) -> InvoiceRun:
    """Number the invoices of `totals` by account, without gap, and tie everything to its number.

    `due`, `lines`, `taxed`, `totals`: as `charges_due`, `taxed_lines`, `vat_rows` and `invoice_totals` give them, the
    last with the `vat_treatment` and `exchange_rate` of its buyer; of accounts that `totals` leaves out nothing is
    made.
    """
    numbers = pl.int_range(pl.len(), dtype=pl.Int64) + issue.first_number
    numbered = totals.sort("account_id").with_columns(numbers.alias("invoice_no"))
    references = pl.Series("ocr_reference", [ocr_reference(n) for n in numbered["invoice_no"]], dtype=pl.String)
    owner = whose.accounts.select("account_id", "account_bucket", "customer_id", "currency", "delivery_channel")
    invoices = (
        numbered.with_columns(references)
        .join(owner, on="account_id")
        .with_columns(
            pl.lit("invoice").alias("document_kind"),
            pl.lit(issue.on).alias("invoiced_on"),
            pl.lit(issue.on + timedelta(days=issue.payment_days)).alias("due_on"),
            pl.lit(0).cast(AMOUNT).alias("credit_drawn_amount"),
            pl.col("total_amount").alias("to_pay_amount"),
            pl.lit(issue.seller_no, pl.Int64).alias("seller_no"),
        )
        .sort("invoice_no")
    )
    number = invoices.select("account_id", "invoice_no")
    of_invoices = lines.join(number, on="account_id").sort("invoice_no", "entry_no")
    return InvoiceRun(
        invoices=INVOICE.complete(invoices),
        lines=of_invoices,
        vat=taxed.join(number, on="account_id").sort("invoice_no", "vat_class"),
        parties=INVOICE_PARTY.complete(invoices.join(whose.customers, on="customer_id")).sort("invoice_no"),
        billed=billed_charges(due, of_invoices),
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
