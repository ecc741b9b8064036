"""Invoices of released bases: made at once, whatever the account's billing day."""

from __future__ import annotations

from datetime import date

import polars as pl


def basis_charges_due(charges: pl.DataFrame, bases: pl.DataFrame, members: pl.DataFrame, on: date) -> pl.DataFrame:
    """Select the charges of released bases, changes made by hand among them, with `on` as their `billing_date`.

    `charges`: CHARGE rows on no invoice yet; `bases`: INVOICE_BASIS rows not invoiced yet; `members`: their
    BASIS_CHARGE rows. An open basis waits, on the billing day too.
    """
    released = members.join(bases.filter(pl.col("basis_state") == "released"), on="basis_id", how="semi")
    return charges.join(released, on="charge_id", how="semi").with_columns(pl.lit(on).alias("billing_date"))


def waiting_charges(bases: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Return the BASIS_CHARGE rows of open bases: no invoice carries them yet.

    What was released and came to too little for an invoice of its own goes on the next monthly one.
    """
    return members.join(bases.filter(pl.col("basis_state") == "open"), on="basis_id", how="semi")


def invoiced_bases(bases: pl.DataFrame, members: pl.DataFrame, billed: pl.DataFrame) -> pl.DataFrame:
    """Return the INVOICE_BASIS rows whose charges have just been `billed` (BILLED_CHARGE rows), with their invoice."""
    numbers = members.join(billed, on="charge_id").select("basis_id", "invoice_no").unique()
    return bases.drop("invoice_no").join(numbers, on="basis_id").select(bases.columns)
