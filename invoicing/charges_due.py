"""Which charges an account's invoice must carry."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.periods import latest_billing_date

FROM_THE_DAY = ("recurring", "one_off")  # due on the day they begin; usage on the day after


def accounts_due(
    accounts: pl.DataFrame, last_billed: pl.DataFrame, open_drafts: pl.DataFrame, on: date
) -> pl.DataFrame:
    """Return the accounts to be billed tonight: `account_id`, `billing_date`, and `billed_to`, the one before.

    An account is billed on its latest billing date that is not after `on`, unless it was billed on or after that date
    (`last_billed`: account_id, billing_date). Where a draft of an earlier billing date still waits (`open_drafts`:
    account_id, billing_date), that one comes first. `billed_to` is null before the first invoice.
    """
    days = pl.DataFrame({"billing_day": list(range(1, 32))}, schema={"billing_day": pl.Int64})
    dates = pl.Series("latest", [latest_billing_date(on, day) for day in range(1, 32)])
    waiting = open_drafts.group_by("account_id").agg(pl.col("billing_date").min().alias("draft_date"))
    last = pl.col("last_date")
    still_waits = last.is_null() | (last < pl.col("draft_date"))
    return (
        accounts.join(days.with_columns(dates), on="billing_day")
        .join(last_billed.select("account_id", last_date="billing_date"), on="account_id", how="left")
        .join(waiting, on="account_id", how="left")
        .with_columns(
            pl.when(still_waits & pl.col("draft_date").is_not_null())
            .then("draft_date")
            .otherwise("latest")
            .alias("billing_date")
        )
        .filter((pl.col("billing_date") <= on) & (last.is_null() | (last < pl.col("billing_date"))))
        .select("account_id", "billing_date", billed_to="last_date")
    )


def charges_of(charges: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """Select the charges that the invoices of `accounts_due` must carry, with their `billing_date`.

    Usage counts until the day before the billing date; a recurring fee that begins on it counts too, it is paid in
    advance, and so does a one-off fee of that day; what is given back of a recurring fee counts at once.
    """
    gives_back = (pl.col("charge_kind") == "recurring") & (pl.col("amount_ex_vat") < 0)
    begins_before = (pl.col("service_from") < pl.col("billing_date")) | gives_back
    that_day = pl.col("charge_kind").is_in(FROM_THE_DAY) & (pl.col("service_from") == pl.col("billing_date"))
    # A left join copies no column of the charges; those of other accounts have no billing date.
    dated = charges.join(due.select("account_id", "billing_date"), on="account_id", how="left", maintain_order="left")
    return dated.filter(begins_before | that_day, pl.col("billing_date").is_not_null())
