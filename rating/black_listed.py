"""Black list: which numbers a row in force bars."""

from __future__ import annotations

from datetime import date

import polars as pl


def bars_by_black_list(listed: pl.DataFrame, numbers: pl.DataFrame, on: date) -> pl.DataFrame:
    """Bar every listed number, in service here or not, and every number in service of a listed customer.

    `listed` are BLACK_LIST rows; persons and addresses are refused at sign-up and bar nothing. `numbers`: `a_number`,
    `subscription_id`, `account_id`, `customer_id` in service. Returns `a_number`, `subscription_id` and `account_id`
    (null for a stranger's number), `barred`, `block_reason`, `prompt` (null where the row names none) and `note_text`.
    A number that two rows list has the one of its own.
    """
    ended = (pl.col("valid_to") <= on).fill_null(value=False)
    in_force = listed.filter((pl.col("valid_from") <= on) & ~ended)
    by_number = in_force.filter(pl.col("listed_kind") == "number").join(
        numbers, left_on="listed_value", right_on="a_number", how="left", coalesce=False
    )
    by_customer = in_force.filter(pl.col("listed_kind") == "customer").join(
        numbers.with_columns(pl.col("customer_id").cast(pl.String).alias("listed_value")), on="listed_value"
    )
    wanted = (
        pl.col("subscription_id", "account_id"),
        pl.lit("all").alias("barred"),
        pl.col("block_reason", "prompt", "note_text"),
    )
    return (
        pl.concat(
            [
                by_number.sort("valid_from").select(pl.col("listed_value").alias("a_number"), *wanted),
                by_customer.sort("valid_from").select("a_number", *wanted),
            ]
        )
        .unique("a_number", keep="first", maintain_order=True)
        .sort("a_number")
    )
