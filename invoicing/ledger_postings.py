"""Postings: every event makes one voucher, and the rows of a voucher sum to zero.

| event | debit | credit |
|---|---|---|
| invoice | receivables: total | revenue per account: lines, adjustments among them; VAT: per class; rounding |
| credit note | revenue, VAT, rounding | receivables: total |
| reminder fee | receivables | reminder fee |
| payment | bank | receivables, customer credit, suspense: as allocated that night |
| top-up | top-ups, owed by the card company | customer credit |
| credit drawn, credit note set off | customer credit, claim of the note | receivables, customer credit |
| commission | commission cost | commission debt |

The books are kept in the operator's currency. An invoice in another is posted at its own exchange rate, row by row;
what rounding leaves between them goes to the account of rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from invoicing.credit_note_rows import CREDIT_RULE
from invoicing.top_up_settlement import TOP_UP_PAYEE, TOP_UP_RULE
from schemas.money import AMOUNT, in_home_currency, sum_amounts
from schemas.policy import Ledger

_ENTRY = [
    "voucher_id",
    "voucher_series",
    "event_on",
    "voucher_text",
    "ledger_account",
    "debit_credit",
    "currency",
    "entry_amount",
    "account_id",
    "invoice_no",
    "article_no",
    "cost_centre",
]
_VOUCHER = ["voucher_id", "voucher_series", "event_on", "voucher_text", "currency", "account_id", "invoice_no"]

_WITHOUT_MONEY = ("account_credit", CREDIT_RULE)


@dataclass(frozen=True)
class Events:
    """The events of the books, as tables."""

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    reminders: pl.DataFrame
    payments: pl.DataFrame
    allocations: pl.DataFrame
    receivables: pl.DataFrame
    commissions: pl.DataFrame


def postings(events: Events, accounts: Ledger, home_currency: str) -> pl.DataFrame:
    """Return the rows of every event's voucher.

    Columns: voucher_id, voucher_series, event_on, voucher_text, ledger_account, debit_credit (2 decimals, debit
    positive, in the operator's currency), currency and entry_amount (of the document), account_id, invoice_no, and of
    revenue with a cost centre article_no and cost_centre: each pair has its own row. Rows of 0.00 are left out.
    """
    rows = pl.concat(
        [
            _invoices(events, accounts),
            _reminder_fees(events.reminders, accounts),
            _payments(events, accounts),
            _top_ups(events, accounts),
            _credit_drawn(events, accounts),
            _commissions(events.commissions, accounts),
        ]
    )
    named = rows.with_columns(pl.col("currency").fill_null(home_currency))
    dated = named.with_columns(pl.col("event_on").alias("posted_on"))
    return dated.filter((pl.col("debit_credit") != 0) | (pl.col("entry_amount") != 0))


def number_vouchers(rows: pl.DataFrame, last_numbers: dict[str, int], on: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the new vouchers of the night `on` the next numbers of their series, in order of date and id.

    Returns VOUCHER rows and LEDGER_ENTRY rows (without `account_bucket`).
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
    entries = rows.sort(
        "voucher_id", "debit_credit", "ledger_account", "account_id", "cost_centre", "article_no",
        descending=[False, True, False, False, False, False],
    )  # fmt: skip
    numbered = entries.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("voucher_id").alias("entry_no"))
    return vouchers, numbered.drop("voucher_series", "voucher_text", "event_on")


def _entry(
    frame: pl.DataFrame,
    voucher_id: pl.Expr,
    series: str | pl.Expr,
    event_on: str,
    text: pl.Expr,
    account: pl.Expr,
    amount: pl.Expr,
) -> pl.DataFrame:
    types: dict[str, pl.DataType] = {"account_id": pl.Int64(), "invoice_no": pl.Int64(), "currency": pl.String()}
    types |= {"article_no": pl.String(), "cost_centre": pl.String()}
    absent = [pl.lit(None, t).alias(n) for n, t in types.items() if n not in frame.columns]
    rate = pl.col("exchange_rate") if "exchange_rate" in frame.columns else None
    return (
        frame.with_columns(absent)
        .select(
            voucher_id.alias("voucher_id"),
            (pl.lit(series) if isinstance(series, str) else series).alias("voucher_series"),
            pl.col(event_on).alias("event_on"),
            text.alias("voucher_text"),
            account.alias("ledger_account"),
            (amount.cast(AMOUNT) if rate is None else in_home_currency(amount, rate)).alias("debit_credit"),
            "currency",
            amount.cast(AMOUNT).alias("entry_amount"),
            "account_id",
            "invoice_no",
            "article_no",
            "cost_centre",
        )
        .select(_ENTRY)
    )


def _invoices(events: Events, accounts: Ledger) -> pl.DataFrame:
    heads = events.invoices.select(
        "invoice_no", "account_id", "invoiced_on", "currency", "exchange_rate", "document_kind"
    )
    with_centre = pl.when(pl.col("cost_centre").is_not_null()).then("article_no").alias("article_no")
    revenue = (
        events.lines.with_columns(with_centre)
        .group_by("invoice_no", "revenue_account", "article_no", "cost_centre")
        .agg(sum_amounts(pl.col("net_amount")))
        .join(heads, on="invoice_no")
    )
    vat = events.vat.select("invoice_no", "vat_account", "vat_amount").join(heads, on="invoice_no")
    is_note = pl.col("document_kind") == "credit_note"
    series = pl.when(is_note).then(pl.lit("K")).otherwise(pl.lit("F"))
    name = pl.when(is_note).then(pl.lit("Kreditfaktura")).otherwise(pl.lit("Faktura"))
    voucher, text = pl.format("{}:{}", series, "invoice_no"), pl.format("{} {}", name, "invoice_no")

    def rows(frame: pl.DataFrame, account: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
        return _entry(frame, voucher, series, "invoiced_on", text, account, amount)

    return _balanced(
        pl.concat(
            [
                rows(events.invoices, pl.lit(accounts.receivables), pl.col("total_amount")),
                rows(revenue, pl.col("revenue_account"), -pl.col("net_amount")),
                rows(vat, pl.col("vat_account"), -pl.col("vat_amount")),
                rows(events.invoices, pl.lit(accounts.rounding), -pl.col("rounding_amount")),
            ]
        ),
        accounts.rounding,
    )


def _balanced(rows: pl.DataFrame, rounding: str) -> pl.DataFrame:
    """Add to vouchers in another currency what its rows, each rounded in the operator's, lack of zero."""
    lacking = (
        rows.group_by(_VOUCHER)
        .agg((-pl.col("debit_credit").sum()).cast(AMOUNT).alias("debit_credit"))
        .filter(pl.col("debit_credit") != 0)
        .with_columns(
            pl.lit(rounding).alias("ledger_account"),
            pl.lit(0).cast(AMOUNT).alias("entry_amount"),
            *(pl.lit(None, pl.String).alias(name) for name in ("article_no", "cost_centre")),
        )
    )
    return pl.concat([rows, lacking.select(_ENTRY)])


def _reminder_fees(reminders: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    voucher, text = pl.format("R:{}", "reminder_id"), pl.format("Påminnelseavgift faktura {}", "invoice_no")
    fee = pl.col("fee_amount")
    return pl.concat(
        [
            _entry(reminders, voucher, "R", "reminded_on", text, pl.lit(accounts.receivables), fee),
            _entry(reminders, voucher, "R", "reminded_on", text, pl.lit(accounts.reminder_fee), -fee),
        ]
    )


def _payments(events: Events, accounts: Ledger) -> pl.DataFrame:
    banked = events.payments.filter(pl.col("payee_account") != TOP_UP_PAYEE)
    first = _with_invoice(events).filter(~pl.col("match_rule").is_in(_WITHOUT_MONEY))
    dated = first.join(banked.select("payment_id", "booked_on"), on="payment_id")
    where = pl.col("allocation_kind").replace_strict(
        {"receivable": accounts.receivables, "credit": accounts.customer_credit, "suspense": accounts.suspense},
        return_dtype=pl.String,
    )
    voucher, text = pl.format("B:{}", "payment_id"), pl.lit("Inbetalning")
    return pl.concat(
        [
            _entry(banked, voucher, "B", "booked_on", text, pl.lit(accounts.bank), pl.col("amount")),
            _entry(dated, voucher, "B", "booked_on", text, where, -pl.col("amount")),
        ]
    )


def _top_ups(events: Events, accounts: Ledger) -> pl.DataFrame:
    credited = events.allocations.filter(pl.col("match_rule") == TOP_UP_RULE).join(
        events.payments.select("payment_id", "booked_on"), on="payment_id"
    )
    text, amount = pl.lit("Påfyllning"), pl.col("amount")
    parts = ((accounts.top_ups, amount), (accounts.customer_credit, -amount))
    return pl.concat(
        [
            _entry(credited, pl.col("voucher_id"), "T", "booked_on", text, pl.lit(account), signed)
            for account, signed in parts
        ]
    )


def _credit_drawn(events: Events, accounts: Ledger) -> pl.DataFrame:
    drawn = _with_invoice(events).filter(pl.col("match_rule").is_in(_WITHOUT_MONEY))
    is_note = pl.col("match_rule") == CREDIT_RULE
    text = pl.when(is_note).then(pl.lit("Kreditfaktura avräknad")).otherwise(pl.lit("Tillgodohavande avräknat"))
    where = (
        pl.when(pl.col("allocation_kind") == "credit")
        .then(pl.lit(accounts.customer_credit))
        .otherwise(pl.lit(accounts.receivables))
    )
    return _entry(drawn, pl.col("voucher_id"), "A", "allocated_on", text, where, -pl.col("amount"))


def _commissions(commissions: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    voucher, text = pl.format("P:{}", "commission_id"), pl.format("Provision {}", "reseller_code")
    amount = pl.col("amount")
    return pl.concat(
        [
            _entry(commissions, voucher, "P", "accrued_on", text, pl.lit(accounts.commission_cost), amount),
            _entry(commissions, voucher, "P", "accrued_on", text, pl.lit(accounts.commission_debt), -amount),
        ]
    )


def _with_invoice(events: Events) -> pl.DataFrame:
    invoice = events.receivables.select("receivable_id", "invoice_no")
    return events.allocations.join(invoice, on="receivable_id", how="left")
