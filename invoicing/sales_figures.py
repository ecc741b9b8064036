"""Sales: what documents sold, by month, article, revenue account, product group and reseller.

Amounts are in the currency of the books and add up to what the vouchers of documents post on the accounts of revenue,
before fees billed in advance are deferred. Where a posting stands for several lines of a document in another currency,
its lines share it: each has what the sum up to it comes to, less the sum before it.
"""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, in_home_currency

_POSTING = ["invoice_no", "revenue_account", "_posted_article", "cost_centre", "product_group", "reseller_code"]
_GROUP = ["month", "article_no", "revenue_account", "product_group", "reseller_code"]


def sold_lines(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Add `home_net` to INVOICE_LINE rows with `product_group` and `reseller_code`; `invoices` has INVOICE columns.

    Adds `month` and makes `quantity` of credit notes negative.
    """
    heads = invoices.select("invoice_no", "invoiced_on", "exchange_rate", "document_kind")
    with_centre = pl.when(pl.col("cost_centre").is_not_null()).then("article_no").alias("_posted_article")
    up_to = pl.col("net_amount").cum_sum().over(_POSTING).cast(AMOUNT)
    rate = pl.col("exchange_rate")
    share = in_home_currency(up_to, rate) - in_home_currency(up_to - pl.col("net_amount"), rate)
    sign = pl.when(pl.col("document_kind") == "credit_note").then(-1).otherwise(1)
    return (
        lines.join(heads, on="invoice_no")
        .with_columns(with_centre)
        .sort("invoice_no", "entry_no")
        .with_columns(
            share.cast(AMOUNT).alias("home_net"),
            pl.col("invoiced_on").dt.month_start().alias("month"),
            (pl.col("quantity") * sign).alias("quantity"),
        )
        .drop("_posted_article", "exchange_rate", "document_kind")
    )


def sales_by_month(sold: pl.DataFrame) -> pl.DataFrame:
    """Add up lines (`sold_lines`): month, article, account, product group, reseller, `quantity` and `net_amount`."""
    summed = sold.group_by(_GROUP).agg(pl.col("quantity").sum(), pl.col("home_net").sum().cast(AMOUNT))
    return summed.rename({"home_net": "net_amount"}).sort(_GROUP, nulls_last=True)
