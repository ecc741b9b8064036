"""Postings: every event makes one voucher, and the rows of a voucher sum to zero. docs/ledger.md has the table of them.

The books are kept in the operator's currency. A document in another is posted at its own exchange rate, row by row;
what rounding leaves between them goes to the account of rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.bad_debt_provision import provision_voucher
from invoicing.deferred_income import deferral_vouchers, release_vouchers
from invoicing.document_postings import claim_vouchers, document_vouchers
from invoicing.ledger_rows import ENTRY_SCHEMA, VoucherOf, entries, gathered
from invoicing.money_postings import money_vouchers
from schemas.policy import Ledger
from schemas.tables import (
    ALLOCATION,
    BAD_DEBT_VAT,
    COMMISSION,
    DEFERRED_INCOME,
    INVOICE,
    INVOICE_LINE,
    INVOICE_VAT,
    PAYMENT,
    PAYMENT_BOOKING,
    PROVISION,
    RECEIVABLE,
)

_FIRST_IN_ORDER = ("voucher_id", "debit_credit", "ledger_account", "account_id", "cost_centre", "article_no")


@dataclass(frozen=True)
class Events:
    """The events to book, as rows of the tables that tell them; only columns that postings need must be there.

    `lines` bear `product_group` and `reseller_code` too. `payments`, `claims` and `bookings` are all that `allocations`
    name; `fees` the claims to book. `released`: DEFERRED_INCOME rows whose month is over. `provided` are the PROVISION
    rows of one month, `provision_standing` what stood before them.
    """

    invoices: pl.DataFrame = field(default_factory=INVOICE.empty)
    lines: pl.DataFrame = field(default_factory=lambda: with_dimensions(INVOICE_LINE.empty()))
    vat: pl.DataFrame = field(default_factory=INVOICE_VAT.empty)
    fees: pl.DataFrame = field(default_factory=RECEIVABLE.empty)
    allocations: pl.DataFrame = field(default_factory=ALLOCATION.empty)
    payments: pl.DataFrame = field(default_factory=PAYMENT.empty)
    claims: pl.DataFrame = field(default_factory=RECEIVABLE.empty)
    bad_debt_vat: pl.DataFrame = field(default_factory=BAD_DEBT_VAT.empty)
    bookings: pl.DataFrame = field(default_factory=PAYMENT_BOOKING.empty)
    commissions: pl.DataFrame = field(default_factory=COMMISSION.empty)
    deferred: pl.DataFrame = field(default_factory=DEFERRED_INCOME.empty)
    released: pl.DataFrame = field(default_factory=DEFERRED_INCOME.empty)
    provided: pl.DataFrame = field(default_factory=PROVISION.empty)
    provision_standing: Decimal = Decimal(0)


def with_dimensions(
    lines: pl.DataFrame, groups: pl.DataFrame | None = None, resellers: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Add to INVOICE_LINE rows the product group of their article and the reseller of their invoice's account.

    `groups`: `article_no`, `product_group`; `resellers`: `invoice_no`, `reseller_code`. Without them both are null.
    """
    for known, key, name in ((groups, "article_no", "product_group"), (resellers, "invoice_no", "reseller_code")):
        null = pl.lit(None, pl.String).alias(name)
        lines = lines.with_columns(null) if known is None else lines.join(known.select(key, name), on=key, how="left")
    return lines


def product_groups(articles: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """Return the product group of articles: their own, or that of the plans whose fee they are if it is one.

    Columns: `article_no`, `product_group`.
    """
    of_plans = (
        plans.drop_nulls("product_group")
        .group_by("article_no")
        .agg(pl.col("product_group").unique())
        .filter(pl.col("product_group").list.len() == 1)
        .select("article_no", _of_plan=pl.col("product_group").list.first())
    )
    group = pl.coalesce("product_group", "_of_plan").alias("product_group")
    return articles.join(of_plans, on="article_no", how="left").select("article_no", group).drop_nulls()


def postings(events: Events, accounts: Ledger, home_currency: str) -> pl.DataFrame:
    """Return the rows of every event's voucher.

    Columns: voucher_id, voucher_series, event_on, voucher_text, ledger_account, debit_credit (2 decimals, debit
    positive, in the operator's currency), currency and entry_amount (of the document), account_id, invoice_no, and
    article_no, cost_centre, product_group and reseller_code of revenue. Rows of 0.00 are left out.
    """
    rows = [
        document_vouchers(events.invoices, events.lines, events.vat, accounts),
        claim_vouchers(events.fees, accounts),
        money_vouchers(
            events.allocations, events.payments, events.claims, events.bad_debt_vat, events.bookings, accounts
        ),
        _commissions(events.commissions, accounts),
        deferral_vouchers(events.deferred, accounts),
        release_vouchers(events.released, accounts),
        provision_voucher(events.provided, events.provision_standing, accounts),
    ]
    return gathered(pl.concat(rows), home_currency)


def _commissions(commissions: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Commission is a cost and a debt; what is taken back, of money that was taken back, is the same with a minus."""
    name = pl.when(pl.col("amount") < 0).then(pl.lit("Återtagen provision")).otherwise(pl.lit("Provision"))
    voucher = VoucherOf(
        pl.format("P:{}", "commission_id"), pl.lit("P"), pl.col("accrued_on"), pl.format("{} {}", name, "reseller_code")
    )
    amount = pl.col("amount")
    return pl.concat(
        [
            entries(commissions, voucher, pl.lit(accounts.commission_cost), amount),
            entries(commissions, voucher, pl.lit(accounts.commission_debt), -amount),
        ]
    )


def number_vouchers(rows: pl.DataFrame, last_numbers: dict[str, int], on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the new vouchers of the night `on` the next numbers of their series, in order of date and id.

    `rows`: of `postings`, with `posted_on`. Returns VOUCHER rows and LEDGER_ENTRY rows (without `account_bucket`).
    """
    vouchers = (
        rows.select("voucher_id", "voucher_series", "event_on", "posted_on", "voucher_text")
        .unique("voucher_id")
        .sort("voucher_series", "posted_on", "event_on", "voucher_id")
        .with_columns(
            (
                pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("voucher_series")
                + pl.col("voucher_series").replace_strict(last_numbers, default=0, return_dtype=pl.Int64)
            ).alias("voucher_no"),
            pl.lit(on).alias("booked_by_night"),
        )
    )
    last = [name for name in ENTRY_SCHEMA.names() if name not in _FIRST_IN_ORDER]
    entries_in_order = rows.sort(
        *_FIRST_IN_ORDER, *last, descending=[name == "debit_credit" for name in (*_FIRST_IN_ORDER, *last)]
    )
    numbered = entries_in_order.with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("voucher_id").alias("entry_no")
    )
    return vouchers, numbered.drop("voucher_series", "voucher_text", "event_on")
