"""Which charges an account's invoice must carry."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.periods import latest_billing_date

_FROM_THE_DAY = ("recurring", "one_off")


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
