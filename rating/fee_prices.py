"""Which fee a plan has on a day: by the account's currency, and by whether the customer had the plan before."""

from __future__ import annotations

import polars as pl

_ROW = ["plan_code", "currency"]


def with_price(parts: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Cut parts of fees where their price changes, and add `price` and `price_from`.

    `parts`: `plan_code`, `currency` of the account, `plan_currency`, `monthly_fee`, `has_prices`, `activated_on`,
    `part_from`, `part_to`; `prices`: PLAN_PRICE rows. `price_from` is the first day of the price for this customer,
    null for `monthly_fee`, which is the fee of a plan without rows. Days without a price are in no part.
    """
    undated = parts.filter(~pl.col("has_prices") & (pl.col("currency") == pl.col("plan_currency"))).with_columns(
        pl.col("monthly_fee").alias("price"), pl.lit(None, pl.Date).alias("price_from")
    )
    dated = parts.filter("has_prices")
    if dated.is_empty():
        return undated
    cut = (
        dated.join(_followed(prices), on=_ROW)
        .with_columns(_begins("valid_from", "existing_from").alias("price_from"), _ends().alias("price_to"))
        .with_columns(
            pl.max_horizontal("part_from", "price_from").alias("part_from"),
            pl.min_horizontal("part_to", "price_to").alias("part_to"),
        )
        .filter(pl.col("part_from") < pl.col("part_to"))
        .rename({"period_fee": "price"})
    )
    return pl.concat([undated, cut.select(undated.columns)])


def _followed(prices: pl.DataFrame) -> pl.DataFrame:
    """Put beside each price the dates of the one that takes its place on the day it ends."""
    later = prices.select(*_ROW, valid_to="valid_from", next_valid="valid_from", next_existing="existing_from")
    return prices.drop("line", strict=False).join(later, on=[*_ROW, "valid_to"], how="left")


def _begins(for_new: str, for_existing: str) -> pl.Expr:
    """Return from when a price holds for a customer: one who had the plan before may have it later."""
    is_new = pl.col("activated_on") >= pl.col(for_new)
    return pl.when(is_new).then(for_new).otherwise(pl.coalesce(for_existing, for_new))


def _ends() -> pl.Expr:
    return pl.when(pl.col("next_valid").is_null()).then("valid_to").otherwise(_begins("next_valid", "next_existing"))
