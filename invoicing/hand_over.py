"""Hand-over of claims: which invoices go to an external service, and what is open of them, kind by kind."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.codes import CLAIM_GROUPS
from schemas.money import sum_amounts

_SUMS = ("capital", "fees", "interest")


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
    group, open_amount = pl.col("receivable_kind").replace_strict(CLAIM_GROUPS), pl.col("open_amount")
    sums = [sum_amounts(open_amount.filter(group == name)).alias(f"{name}_amount") for name in _SUMS]
    return (
        items.filter(pl.col("invoice_no").is_not_null())
        .group_by("invoice_no", "account_id", "currency")
        .agg(
            pl.col("due_on").min(),
            *sums,
            sum_amounts(open_amount),
        )
        .filter(pl.col("open_amount") > 0)
    )
