"""Hand-over of claims: which invoices go to an external service, and what is open of them, kind by kind."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.money import AMOUNT

_INTEREST = "interest"
_CAPITAL = ("invoice", "credit_note")


def handed_over(
    orders: pl.DataFrame, items: pl.DataFrame, away: pl.DataFrame, reminders: pl.DataFrame, on: date
) -> pl.DataFrame:
    """Return the invoices that tonight's orders hand over, as HANDED_INVOICE columns without `file_no`.

    `orders`: HAND_OVER rows not carried out yet. `items`: open items (RECEIVABLE columns and `open_amount`). `away`:
    invoices that a service has already (`invoice_no`). `reminders`: REMINDER rows. An order of an account takes its
    invoices that are past their due date; one that names an invoice takes it as soon as something of it is open. An
    invoice goes to one service: the first order wins.
    """
    claims = _claims(items).join(away, on="invoice_no", how="anti")
    named = orders.filter(pl.col("invoice_no").is_not_null()).select("request_id", "collection_service", "invoice_no")
    of_accounts = orders.filter(pl.col("invoice_no").is_null()).select("request_id", "collection_service", "account_id")
    overdue = claims.filter(pl.col("due_on") < on)
    taken = pl.concat(
        [
            named.join(claims, on="invoice_no").select("request_id", "collection_service", *claims.columns),
            of_accounts.join(overdue, on="account_id").select("request_id", "collection_service", *claims.columns),
        ]
    )
    reminded = reminders.group_by("invoice_no").agg(
        pl.len().cast(pl.Int64).alias("reminders_sent"), pl.col("reminded_on").max().alias("last_reminded_on")
    )
    return (
        taken.sort("invoice_no", "request_id")
        .unique("invoice_no", keep="first", maintain_order=True)
        .join(reminded, on="invoice_no", how="left", maintain_order="left")
        .with_columns(pl.col("reminders_sent").fill_null(0), pl.lit(on).alias("handed_on"))
        .drop("due_on")
    )


def _claims(items: pl.DataFrame) -> pl.DataFrame:
    """Add up what is open of each invoice: capital, fees, interest, and all of it."""
    kind, open_amount = pl.col("receivable_kind"), pl.col("open_amount")

    def total(which: pl.Expr) -> pl.Expr:
        return open_amount.filter(which).sum().cast(AMOUNT)

    is_capital, is_interest = kind.is_in(list(_CAPITAL)), kind == _INTEREST
    return (
        items.filter(pl.col("invoice_no").is_not_null())
        .group_by("invoice_no", "account_id", "currency")
        .agg(
            pl.col("due_on").min(),
            total(is_capital).alias("capital_amount"),
            total(~is_capital & ~is_interest).alias("fees_amount"),
            total(is_interest).alias("interest_amount"),
            total(pl.lit(value=True)).alias("open_amount"),
        )
        .filter(pl.col("open_amount") > 0)
    )
