"""What invoices say of allowances: what was included in the periods they close, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from invoicing.payers import paid_by
from schemas.money import CHARGE
from schemas.tables import INVOICE_ALLOWANCE


@dataclass(frozen=True)
class AllowanceFacts:
    """Grants of accounts, and what they came to.

    `grants`: ALLOWANCE_GRANT rows, those that were rolled over among them; `rolled`: the rows that came from them
    (`rolled_from`); `used`: `grant_id`, `used_quantity`, what moved into the next period among it; `stated`: `grant_id`
    of those on an invoice already; `allowances`: ALLOWANCE rows; `numbers`: the number of each subscription;
    `payers`: PAYER rows.
    """

    grants: pl.DataFrame
    rolled: pl.DataFrame
    used: pl.DataFrame
    stated: pl.DataFrame
    allowances: pl.DataFrame
    numbers: pl.DataFrame
    payers: pl.DataFrame


def stated_since(invoices: pl.DataFrame, last_billed: pl.DataFrame, accounts: pl.DataFrame) -> date:
    """Return the day before which no grant of these INVOICE rows' accounts can be new to an invoice.

    `last_billed`: account_id, billing_date of the invoice before; `accounts`: their ACCOUNT rows. Grants of an account
    that they pay for count from their own invoice before, too.
    """
    before = accounts.join(invoices, on="account_id", how="semi").join(last_billed, on="account_id", how="left")
    first: date | None = before.select(pl.coalesce("billing_date", "account_from").min()).item()
    return first or date.max


def invoice_allowances(invoices: pl.DataFrame, facts: AllowanceFacts) -> pl.DataFrame:
    """Return INVOICE_ALLOWANCE rows: each grant whose period ended by the billing date, on one invoice.

    `invoices`: INVOICE rows of monthly invoices. A grant and what was rolled over into its period are one row, under
    the grant's own name: granted = used + moved into the next period + left. Who pays on the last day gets the row.
    """
    own = paid_by(facts.grants, facts.payers, pl.col("period_to").dt.offset_by("-1d"))
    ended = (
        own.join(invoices.select("account_id", "invoice_no", "billing_date"), on="account_id")
        .filter(pl.col("period_to") <= pl.col("billing_date"))
        .with_columns(pl.col("grant_id").str.strip_suffix(_ROLLED).alias("_whole"))
        .join(facts.stated.select(_whole="grant_id"), on="_whole", how="anti")
    )
    moved = facts.rolled.group_by(grant_id="rolled_from").agg(pl.col("granted_quantity").sum().alias("_moved"))
    used = facts.used.group_by("grant_id").agg(pl.col("used_quantity").sum().alias("_drawn"))
    counted = (
        ended.join(moved, on="grant_id", how="left")
        .join(used, on="grant_id", how="left")
        .with_columns(
            pl.when(pl.col("rolled_from").is_not_null()).then("granted_quantity").otherwise(0).alias("_in"),
            pl.col("_moved", "_drawn").fill_null(0),
        )
    )
    return _stated(_together(counted), facts)


_ROLLED = ":rolled"


def _together(counted: pl.DataFrame) -> pl.DataFrame:
    """Put what was rolled over into a period together with the grant of that period."""
    sums = {
        "granted_quantity": pl.col("granted_quantity").sum(),
        "rolled_in_quantity": pl.col("_in").sum(),
        "rolled_over_quantity": pl.col("_moved").sum(),
        "used_quantity": (pl.col("_drawn") - pl.col("_moved")).sum(),
    }
    of_grant = ("invoice_no", "subscription_id", "allowance_code", "period_from", "period_to")
    return counted.group_by(grant_id="_whole").agg(
        *(pl.col(name).first() for name in of_grant), *(total.cast(CHARGE).alias(name) for name, total in sums.items())
    )


def _stated(together: pl.DataFrame, facts: AllowanceFacts) -> pl.DataFrame:
    """Name allowances as the configuration does, and numbers but where the account shares them."""
    named = facts.allowances.select("allowance_code", "allowance_name", "allowance_unit", "allowance_scope")
    left = pl.col("granted_quantity") - pl.col("used_quantity") - pl.col("rolled_over_quantity")
    is_own = pl.col("allowance_scope") == "own"
    rows = (
        together.join(named, on="allowance_code")
        .join(facts.numbers, on="subscription_id", how="left")
        .with_columns(left.cast(CHARGE).alias("left_quantity"), pl.when(is_own).then("a_number").alias("a_number"))
    )
    return INVOICE_ALLOWANCE.complete(rows).sort("invoice_no", "subscription_id", "period_from", "grant_id")
