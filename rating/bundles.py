"""Bundles: a plan's fee is shared over its articles, so that each has its own VAT class and revenue account."""

from __future__ import annotations

import polars as pl

from schemas.largest_remainder import shares
from schemas.money import CHARGE, from_minor, to_micro, to_minor


def shared_over_articles(fees: pl.DataFrame, bundles: pl.DataFrame) -> pl.DataFrame:
    """Share each fee over the articles of its plan by their prices alone; a plan without parts keeps its own article.

    `fees`: `plan_code`, `article_no`, `amount_ex_vat` (2 decimals, not negative) and other columns; `bundles`:
    BUNDLE_PART rows, the prices of a plan not all 0. Shares are rounded down to 2 decimals, and those with the largest
    remainders have 0.01 more, the lower article number first, so that they add up to the fee.
    """
    of_plan = bundles.select("plan_code", "standalone_price", part_article="article_no")
    rows = fees.with_row_index("fee_no").join(of_plan, on="plan_code").sort("fee_no", "part_article")
    if rows.is_empty():
        return fees
    total, weight = to_minor(pl.col("amount_ex_vat")), to_micro(pl.col("standalone_price"))
    amounts = rows.with_columns(
        from_minor(shares(total, weight, ["fee_no"])).cast(CHARGE).alias("amount_ex_vat"), article_no="part_article"
    )
    alone = fees.join(of_plan, on="plan_code", how="anti")
    return pl.concat([alone, amounts.select(fees.columns)])
