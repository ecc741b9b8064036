"""Consolidated invoices: lines parted by cost centre, and their parts by user.

A part of a line is what one user of one subscription had of it. Parts are exact to 6 decimals; in whole öre each is
rounded down, and what the line has beyond that goes to the parts with the largest remainder: they add up to the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from schemas.columns import COLUMNS
from schemas.largest_remainder import handed_out
from schemas.money import MICRO, from_minor, sum_charges, to_micro, to_minor
from schemas.tables import INVOICE_SECTION, NUMBER_ASSIGNMENT, SUBSCRIPTION, SUBSCRIPTION_USER

_USER = ["cost_centre", "user_name"]
_PART = ["account_id", "entry_no", "subscription_id", *_USER]
_NO_SECTIONS = INVOICE_SECTION.empty().rename({"invoice_no": "account_id"})
_MICRO_OF_MINOR = MICRO // 100


@dataclass(frozen=True)
class Corporate:
    """Accounts with consolidated invoices (account_id), SUBSCRIPTION_USER rows, and the number of each subscription."""

    accounts: pl.DataFrame = field(default_factory=lambda: SUBSCRIPTION.empty().select("account_id"))
    users: pl.DataFrame = field(default_factory=SUBSCRIPTION_USER.empty)
    numbers: pl.DataFrame = field(
        default_factory=lambda: NUMBER_ASSIGNMENT.empty().select("subscription_id", "a_number")
    )


def consolidated_accounts(preferences: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts (`account_id`) that chose consolidated invoices, from PREFERENCE rows."""
    chosen = preferences.filter(
        (pl.col("preference") == "invoice_layout") & (pl.col("preference_value") == "consolidated")
    )
    return chosen.select(
        pl.col("preference_of").str.strip_prefix("account:").cast(pl.Int64, strict=False).alias("account_id")
    ).drop_nulls()


def with_users(charges: pl.DataFrame, whose: Corporate) -> pl.DataFrame:
    """Add `cost_centre` and `user_name` to charges, in their order: null but for consolidated accounts.

    Those hold that are in force on the charge's `service_from`.
    """
    users, accounts = whose.users, whose.accounts
    none = [pl.lit(None, COLUMNS[name].dtype).alias(name) for name in _USER]
    if accounts.is_empty() or users.is_empty():
        return charges.with_columns(none)
    numbered = charges.with_row_index("_row")
    known = (
        numbered.join(accounts, on="account_id", how="semi")
        .select("_row", "subscription_id", "service_from")
        .join(users.select("subscription_id", "valid_from", *_USER), on="subscription_id")
        .filter(pl.col("valid_from") <= pl.col("service_from"))
        .sort("_row", "valid_from")
        .group_by("_row", maintain_order=True)
        .agg(pl.col(_USER).last())
    )
    return numbered.join(known, on="_row", how="left", maintain_order="left").drop("_row")


def invoice_sections(carried: pl.DataFrame, lines: pl.DataFrame, whose: Corporate) -> pl.DataFrame:
    """Return the sections of lines of consolidated accounts: INVOICE_SECTION columns, `account_id` for the invoice.

    `carried`: charges `with_users`, each with the `line_no` of its line; `lines`: `line_no`, `account_id`, `entry_no`
    and `net_amount`.
    """
    parted = lines.join(whose.accounts, on="account_id", how="semi")
    if parted.is_empty():
        return _NO_SECTIONS
    counted = ("quantity", "duration_s", "volume_bytes")
    parts = (
        carried.select("line_no", "subscription_id", *_USER, *counted, "amount_ex_vat")
        .join(parted.select("line_no", "account_id", "entry_no", _line="net_amount"), on="line_no")
        .group_by(_PART)
        .agg(pl.col("_line").first(), pl.col(counted).sum(), sum_charges(pl.col("amount_ex_vat")))
        .join(whose.numbers, on="subscription_id", how="left")
        .sort("account_id", "entry_no", *_USER, "a_number", "subscription_id", nulls_last=True)
    )
    over = ["account_id", "entry_no"]
    exact = to_micro(pl.col("amount_ex_vat"))
    base = exact // _MICRO_OF_MINOR
    share = handed_out(base, exact - base * _MICRO_OF_MINOR, to_minor(pl.col("_line")), over)
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(over)
    return parts.with_columns(from_minor(share).alias("net_amount"), place.alias("section_no")).select(
        _NO_SECTIONS.columns
    )
