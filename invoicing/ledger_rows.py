"""The row of a voucher: which columns postings have, and how rows of events become rows of vouchers."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from schemas.money import AMOUNT, in_home_currency
from schemas.tables import LEDGER_ENTRY

VOUCHER_COLUMNS = ["voucher_id", "voucher_series", "event_on", "voucher_text"]
DIMENSIONS = ["article_no", "cost_centre", "product_group", "reseller_code"]
_ENTRY_COLUMNS = ["ledger_account", "debit_credit", "currency", "entry_amount", "account_id", "invoice_no", *DIMENSIONS]
ENTRY_SCHEMA = pl.Schema(
    {"voucher_id": pl.String(), "voucher_series": pl.String(), "event_on": pl.Date(), "voucher_text": pl.String()}
    | {name: LEDGER_ENTRY.schema[name] for name in _ENTRY_COLUMNS}
)


class VoucherOf(NamedTuple):
    """How rows of an event say which voucher they belong to: its natural key, series, day and text."""

    voucher_id: pl.Expr
    series: pl.Expr
    event_on: pl.Expr
    text: pl.Expr


def entries(
    frame: pl.DataFrame, voucher: VoucherOf, account: pl.Expr, amount: pl.Expr, home: pl.Expr | None = None
) -> pl.DataFrame:
    """Make a row of its voucher of every row of a frame, in `ENTRY_SCHEMA`.

    `amount`, debit positive, is in the row's `currency`; `home` is the same in the books' currency. Without it the
    amount is turned by the row's `exchange_rate`, or is in the books' currency already. Columns that the frame lacks
    are null.
    """
    absent = [pl.lit(None, t).alias(n) for n, t in ENTRY_SCHEMA.items() if n not in frame.columns]
    if home is None:
        has_rate = "exchange_rate" in frame.columns
        home = in_home_currency(amount, pl.col("exchange_rate")) if has_rate else amount.cast(AMOUNT)
    return (
        frame.with_columns(absent)
        .with_columns(
            voucher.voucher_id.alias("voucher_id"),
            voucher.series.alias("voucher_series"),
            voucher.event_on.alias("event_on"),
            voucher.text.alias("voucher_text"),
            account.alias("ledger_account"),
            home.cast(AMOUNT).alias("debit_credit"),
            amount.cast(AMOUNT).alias("entry_amount"),
        )
        .select(ENTRY_SCHEMA.names())
        .cast(ENTRY_SCHEMA)
    )


def gathered(rows: pl.DataFrame, home_currency: str) -> pl.DataFrame:
    """Add rows of a voucher up that differ in nothing but their amounts, and leave out those that come to 0.00."""
    amounts = ("debit_credit", "entry_amount")
    named = rows.with_columns(pl.col("currency").fill_null(home_currency))
    summed = named.group_by(pl.exclude(amounts)).agg(pl.col(amounts).sum().cast(AMOUNT))
    return summed.filter((pl.col("debit_credit") != 0) | (pl.col("entry_amount") != 0)).select(ENTRY_SCHEMA.names())
