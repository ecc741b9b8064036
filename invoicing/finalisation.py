"""Finalisation: what was reviewed gets its number, and is never changed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from invoicing.cost_centres import Corporate
from invoicing.invoice_lines import billed_charges
from invoicing.proposal import Proposal, of_accounts
from invoicing.settlement import CREDIT, draw_credit
from schemas.money import AMOUNT, in_home_currency, sum_amounts
from schemas.ocr_reference import ocr_references, rf_references
from schemas.tables import ALLOCATION, INVOICE, INVOICE_PARTY, INVOICE_SECTION, RECEIVABLE

_OPEN, _CREDITED = ("open_amount", "open_home_amount"), ("amount", "home_amount")
_NOT_DRAWN = ALLOCATION.empty().drop("allocated_on", "request_id")


class InvoiceHeads(NamedTuple):
    """The invoices of a run without their lines: rows of INVOICE, INVOICE_PARTY, RECEIVABLE and ALLOCATION."""

    invoices: pl.DataFrame
    parties: pl.DataFrame
    receivables: pl.DataFrame
    allocations: pl.DataFrame


class NumberedPart(NamedTuple):
    """What a part of the accounts' invoices are made of.

    Rows of INVOICE_LINE, INVOICE_VAT, BILLED_CHARGE and INVOICE_SECTION.
    """

    lines: pl.DataFrame
    vat: pl.DataFrame
    billed: pl.DataFrame
    sections: pl.DataFrame


@dataclass(frozen=True)
class Issue:
    """What all documents of a run have in common.

    Their date, days to pay, the next number, the seller's version, whether references have a length digit, and the
    country of the seller: who lives elsewhere also gets an ISO 11649 reference.
    """

    on: date
    payment_days: int
    first_number: int
    seller_no: int
    length_digit: bool = True
    country_code: str = "SE"


@dataclass(frozen=True)
class Register:
    """Who invoices go to: ACCOUNT and CUSTOMER rows, of at least the accounts billed, and who has consolidated ones."""

    accounts: pl.DataFrame
    customers: pl.DataFrame
    corporate: Corporate = field(default_factory=Corporate)

    def buyers(self) -> pl.DataFrame:
        """Return each account with what VAT looks at: account_id, currency, country_code, vat_no."""
        whose = self.customers.select("customer_id", "country_code", "vat_no")
        return self.accounts.join(whose, on="customer_id").select("account_id", "currency", "country_code", "vat_no")


@dataclass(frozen=True)
class Funds:
    """Credit on accounts (`settlement.CREDIT`), the claims on them that it pays first (`open_items`), in what order."""

    credit: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CREDIT))
    open_items: pl.DataFrame = field(
        default_factory=lambda: RECEIVABLE.empty().with_columns(pl.lit(None, AMOUNT).alias(name) for name in _OPEN)
    )

    def less(self, drawn: pl.DataFrame) -> Funds:
        """Return what is left when credit was drawn (ALLOCATION rows); who has credit left owes nothing any more."""
        amounts = [pl.col("paid_amount").alias("amount"), pl.col("paid_home_amount").alias("home_amount")]
        used = drawn.filter(pl.col("allocation_kind") == "credit").select("account_id", "payment_id", *amounts)
        left = (
            pl.concat([self.credit, used], how="diagonal")
            .group_by("account_id", "payment_id")
            .agg(pl.col("currency").drop_nulls().first(), *(sum_amounts(pl.col(name)) for name in _CREDITED))
            .select(self.credit.columns)
        )
        owing = self.open_items.join(drawn, on="account_id", how="anti")
        return Funds(left.filter(pl.col("amount") > 0), owing)


def next_numbers(given: Mapping[str, tuple[int, int]], first: Mapping[str, int]) -> dict[str, int]:
    """Return the next number of each kind of document.

    `given`: the first and last number of each series that has begun; `first`: where series begin that have not. A
    series that has begun goes on where it is, whatever the policy says since.
    """
    return {kind: given[kind][1] + 1 if kind in given else number for kind, number in first.items()}


def numbers_left(kind: str, given: Mapping[str, tuple[int, int]], first: Mapping[str, int]) -> int | None:
    """Return how many numbers a series has left before another one's first number; None where none lies ahead."""
    begins = {other: given[other][0] if other in given else number for other, number in first.items()}
    following = next_numbers(given, first)[kind]
    ahead = [number for other, number in begins.items() if other != kind and number >= begins[kind]]
    return max(0, min(ahead) - following) if ahead else None


def number_invoices(
    totals: pl.DataFrame, cleared: pl.DataFrame, whose: Register, issue: Issue, funds: Funds | None = None
) -> InvoiceHeads:
    """Number the invoices of `totals` (those of `Proposal`) whose accounts are in `cleared` (account_id), in one step.

    Numbers follow the account numbers without gap, whichever parts were proposed in which order. Credit on an account
    pays its older claims first, then the new invoice. Of other accounts nothing is made.
    """
    heads = _heads(totals.join(cleared, on="account_id", how="semi").sort("account_id"), whose, issue)
    claims = _claims(heads)
    drawn = _drawn(funds or Funds(), claims)
    return InvoiceHeads(
        invoices=INVOICE.complete(_less_credit(heads, drawn)),
        parties=INVOICE_PARTY.complete(heads.join(whose.customers, on="customer_id", maintain_order="left")),
        receivables=claims,
        allocations=ALLOCATION.complete(drawn.with_columns(pl.lit(issue.on).alias("allocated_on"))),
    )


def numbered_part(part: Proposal, invoices: pl.DataFrame) -> NumberedPart:
    """Tie a part's lines, VAT and charges to the numbers of their invoices; those without a number are left out."""
    number = invoices.select("account_id", "invoice_no")
    # A left join copies no column of the lines.
    every = part.lines.join(number, on="account_id", how="left", maintain_order="left")
    lines = every.filter(pl.col("invoice_no").is_not_null())
    vat = part.vat.join(number, on="account_id").sort("invoice_no", "vat_class")
    sections = part.sections.join(number, on="account_id", maintain_order="left").select(INVOICE_SECTION.names)
    return NumberedPart(lines, vat, billed_charges(part.due, lines), sections)


def _heads(totals: pl.DataFrame, whose: Register, issue: Issue) -> pl.DataFrame:
    """Give each invoice its number, references and dates; `totals` are in order of account, and so are these."""
    owner = whose.accounts.select(
        "account_id", "account_bucket", "customer_id", "currency", "delivery_channel",
        "electronic_address", "buyer_reference", "order_reference",
    )  # fmt: skip
    country = whose.customers.select("customer_id", buyer_country="country_code")
    ocr = pl.col("ocr_reference")
    return (
        totals.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + issue.first_number).alias("invoice_no"))
        .with_columns(ocr_references(pl.col("invoice_no"), length_digit=issue.length_digit).alias("ocr_reference"))
        .join(owner, on="account_id", maintain_order="left")
        .join(country, on="customer_id", maintain_order="left")
        .with_columns(
            pl.when(pl.col("buyer_country") != issue.country_code).then(rf_references(ocr)).alias("rf_reference"),
            pl.lit("invoice").alias("document_kind"),
            pl.lit(issue.on).alias("invoiced_on"),
            pl.lit(issue.on + timedelta(days=issue.payment_days)).alias("due_on"),
            pl.lit(issue.seller_no, pl.Int64).alias("seller_no"),
        )
    )


def _claims(heads: pl.DataFrame) -> pl.DataFrame:
    return heads.select(
        pl.format("invoice:{}", "invoice_no").alias("receivable_id"),
        pl.lit("invoice").alias("receivable_kind"),
        "account_id",
        "invoice_no",
        pl.col("total_amount").alias("amount"),
        "currency",
        in_home_currency(pl.col("total_amount"), pl.col("exchange_rate")).alias("home_amount"),
        "due_on",
        pl.col("invoiced_on").alias("booked_on"),
    )


def _drawn(funds: Funds, claims: pl.DataFrame) -> pl.DataFrame:
    """Let the credit of accounts that get an invoice pay what they owe, the new claim last."""
    older = of_accounts(funds.open_items, claims)
    new = of_accounts(claims, funds.credit).with_columns(
        pl.col("amount").alias("open_amount"), pl.col("home_amount").alias("open_home_amount")
    )
    credit = of_accounts(funds.credit, claims)
    return draw_credit(credit, older, new) if credit.height else _NOT_DRAWN


def _less_credit(heads: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """Say what of each invoice was paid from credit when it was made, and what is left to pay."""
    paid = drawn.drop_nulls("receivable_id").group_by("receivable_id").agg(sum_amounts(pl.col("amount")).alias("paid"))
    amount = pl.col("paid").fill_null(0).cast(AMOUNT)
    return (
        heads.with_columns(pl.format("invoice:{}", "invoice_no").alias("receivable_id"))
        .join(paid, on="receivable_id", how="left", maintain_order="left")
        .with_columns(
            amount.alias("credit_drawn_amount"), (pl.col("total_amount") - amount).cast(AMOUNT).alias("to_pay_amount")
        )
    )
