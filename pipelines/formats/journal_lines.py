"""What plain-text journals (beancount, hledger) share: each voucher's head, then its entries, oldest voucher first."""

from __future__ import annotations

import polars as pl

_BEFORE_ENTRIES = 0  # entries are numbered from 1


def voucher_lines(entries: pl.DataFrame, head: pl.Expr, posting: pl.Expr) -> list[str]:
    """Return the lines of all vouchers by date, series and number: `head` of each one's first entry, then `posting`."""
    key = ["posted_on", "voucher_series", "voucher_no"]
    heads = entries.unique(["voucher_series", "voucher_no"], keep="first", maintain_order=True).select(
        *key, pl.lit(_BEFORE_ENTRIES, pl.Int64).alias("entry_no"), head.alias("line")
    )
    rows = entries.select(*key, "entry_no", posting.alias("line"))
    return pl.concat([heads, rows]).sort(*key, "entry_no")["line"].to_list()


def day(column: str) -> pl.Expr:
    """Write a date as 2026-11-01."""
    return pl.col(column).dt.strftime("%Y-%m-%d")
