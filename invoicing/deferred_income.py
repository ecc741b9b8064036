"""Deferred income: fees billed in advance become revenue in the months that they are for.

The net amount of a fee line is shared over the months of its service by days, to the öre. What falls on the month of
the document and on months before it is revenue at once; every later month's share is deferred, and released when its
month is over. A credit note is an invoice with the sign turned: of a fee credited, it defers the same shares with a
minus, so what is not released yet is taken back, and nothing of it is left to release.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from invoicing.ledger_rows import DIMENSIONS, VoucherOf, entries
from schemas.largest_remainder import shares
from schemas.money import from_minor, in_home_currency, to_minor
from schemas.policy import Ledger
from schemas.tables import DEFERRED_INCOME

_LINE = ["invoice_no", "entry_no"]
_MONTH = pl.col("release_month")


def deferred_income(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Return the shares of fee lines that later months earn, as DEFERRED_INCOME rows in the books' currency.

    `lines`: INVOICE_LINE rows of recurring fees, and of credits of such, with `product_group` and `reseller_code`;
    `invoices`: the INVOICE rows they stand on.
    """
    heads = invoices.select("invoice_no", "account_id", "exchange_rate", deferred_on="invoiced_on")
    net = to_minor(in_home_currency(pl.col("net_amount"), pl.col("exchange_rate")))
    by_month = _months_of(lines.join(heads, on="invoice_no")).sort(*_LINE, "release_month")
    share = shares(net.abs(), pl.col("_days"), _LINE) * net.sign()
    return (
        by_month.with_columns(from_minor(share).alias("deferred_amount"))
        .filter((pl.col("deferred_on").dt.truncate("1mo") < _MONTH) & (pl.col("deferred_amount") != 0))
        .select(DEFERRED_INCOME.names)
    )


def _months_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Give a line a row for each month its service lies in: `release_month` (its first day) and `_days` of it."""
    last = pl.col("service_to") - timedelta(days=1)
    months = pl.date_ranges(pl.col("service_from").dt.truncate("1mo"), last.dt.truncate("1mo"), "1mo")
    spread = lines.filter(pl.col("service_from") < pl.col("service_to")).with_columns(months.alias("release_month"))
    begins = pl.max_horizontal("service_from", "release_month")
    ends = pl.min_horizontal("service_to", _MONTH.dt.offset_by("1mo"))
    return spread.explode("release_month").with_columns((ends - begins).dt.total_days().alias("_days"))


def last_month_over(on: date) -> date:
    """Return the first day of the last month whose last day is not after `on`."""
    this_month = (on + timedelta(days=1)).replace(day=1)
    return (this_month - timedelta(days=1)).replace(day=1)


def deferral_vouchers(deferred: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return the rows that take deferred shares out of revenue, on the day of their document: vouchers `D:<number>`."""
    voucher = VoucherOf(
        pl.format("D:{}", "invoice_no"), pl.lit("D"), pl.col("deferred_on"),
        pl.format("Förutbetalda intäkter faktura {}", "invoice_no"),
    )  # fmt: skip
    return _moved(deferred, voucher, accounts, pl.col("deferred_amount"))


def release_vouchers(due: pl.DataFrame, accounts: Ledger) -> pl.DataFrame:
    """Return the rows that make revenue of shares, on the last day of their month: vouchers `D:<number>:<month>`."""
    month = _MONTH.dt.strftime("%Y-%m")
    voucher = VoucherOf(
        pl.format("D:{}:{}", "invoice_no", month), pl.lit("D"), _MONTH.dt.month_end(),
        pl.format("Periodisering faktura {}, {}", "invoice_no", month),
    )  # fmt: skip
    return _moved(due, voucher, accounts, -pl.col("deferred_amount"))


def _moved(shares_of: pl.DataFrame, voucher: VoucherOf, accounts: Ledger, amount: pl.Expr) -> pl.DataFrame:
    with_centre = pl.when(pl.col("cost_centre").is_not_null()).then("article_no").alias("article_no")
    rows = shares_of.with_columns(with_centre)
    return pl.concat(
        [
            entries(rows, voucher, pl.col("revenue_account"), amount),
            entries(rows.drop(DIMENSIONS), voucher, pl.lit(accounts.deferred_income), -amount),
        ]
    )
