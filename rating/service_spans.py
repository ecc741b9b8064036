"""Spans of service: versions of a subscription that follow one another without a day between them."""

from __future__ import annotations

import polars as pl


def service_spans(subscriptions: pl.DataFrame, *unchanged: str) -> pl.DataFrame:
    """Join SUBSCRIPTION versions that follow one another while the `unchanged` columns stay the same.

    Columns: `subscription_id`, the `unchanged` ones, `service_from`, `service_to` (null while open). With `plan_code`,
    `service_from` is the activation on that plan: a day without service, or on another plan, begins a new span.
    """
    same = ["subscription_id", *unchanged]
    follows = pl.all_horizontal(
        *(pl.col(name) == pl.col(name).shift(1) for name in same),
        pl.col("service_from") == pl.col("service_to").shift(1),
    ).fill_null(value=False)
    return (
        subscriptions.filter(pl.col("service_to").is_null() | (pl.col("service_from") < pl.col("service_to")))
        .sort("subscription_id", "service_from")
        .with_columns((~follows).cum_sum().alias("_span"))
        .group_by("_span", maintain_order=True)
        .agg(pl.col(*same, "service_from").first(), pl.col("service_to").last())
        .drop("_span")
    )
