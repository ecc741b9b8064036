"""Parts of a fee that are paid otherwise than the rest: days inside an offer, and days of suspension."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from rating.offers import recurring_offer
from rating.proration import ALL

_PERCENT_PARTS = 10_000  # a percent has 4 decimals
_WHOLE = 100 * _PERCENT_PARTS


def with_paid_share(
    parts: pl.DataFrame, subscriptions: pl.DataFrame, offers: pl.DataFrame, suspended: pl.DataFrame
) -> pl.DataFrame:
    """Cut parts where an offer or a suspension begins or ends; add what is paid of each.

    `parts`: `subscription_id`, `plan_code`, `part_from`, `part_to`, `suspension`, `suspended_percent`; `subscriptions`:
    SUBSCRIPTION versions, `offers`: OFFER rows, `suspended`: spans as `suspended_spans` gives them. On a day inside
    both, the one takes its part of what the other leaves. Adds `percent_off`, `paid_percent`
    (less than 100 on days of a suspension), `paid_share` (of `ALL`) and `is_used`: days of a pause are no days used.
    """
    offered = recurring_offer(subscriptions, offers) if offers.height else None
    numbered = parts.with_row_index("part_no")
    if offered is not None:
        spans = offered.select("subscription_id", "plan_code", "percent_off", since="offer_from", until="offer_to")
        numbered = _laid_over(numbered, spans, ["subscription_id", "plan_code"], "percent_off")
    else:
        numbered = numbered.with_columns(pl.lit(None, pl.Decimal(9, 4)).alias("percent_off"))
    spans = suspended.select("subscription_id", since="suspended_from", until="suspended_to")
    spans = spans.with_columns(pl.lit(value=True).alias("is_suspended"))
    laid = _laid_over(numbered, spans, ["subscription_id"], "is_suspended")
    paid = (
        pl.when(pl.col("is_suspended").fill_null(value=False))
        .then(_percent_of_suspended())
        .otherwise(pl.lit(Decimal(100)))
        .cast(pl.Decimal(9, 4))
    )
    shares = laid.with_columns(paid.alias("paid_percent")).with_columns(
        _of_all().alias("paid_share"), (pl.col("paid_percent") > 0).alias("is_used")
    )
    return shares.drop("part_no", "is_suspended")


def _percent_of_suspended() -> pl.Expr:
    hundred = pl.lit(Decimal(100)).cast(pl.Decimal(9, 4))
    return (
        pl.when(pl.col("suspension") == "pause").then(pl.lit(Decimal(0)).cast(pl.Decimal(9, 4)))
        .when(pl.col("suspension") == "reduce").then(pl.col("suspended_percent").fill_null(hundred))
        .otherwise(hundred)
    )  # fmt: skip


def _of_all() -> pl.Expr:
    off = pl.col("percent_off").fill_null(pl.lit(Decimal(0)).cast(pl.Decimal(9, 4)))
    return (_WHOLE - _ten_thousandths(off)) * _ten_thousandths(pl.col("paid_percent")) * (ALL // _WHOLE**2)


def _ten_thousandths(percent: pl.Expr) -> pl.Expr:
    return (percent.cast(pl.Decimal(38, 4)) * pl.lit(Decimal(_PERCENT_PARTS))).cast(pl.Int64)


def _laid_over(parts: pl.DataFrame, spans: pl.DataFrame, keys: list[str], value: str) -> pl.DataFrame:
    """Cut parts where spans (`since`, `until`, null while open) begin and end, and add the value of the span inside.

    Few parts lie in a span; the others are not touched.
    """
    if spans.is_empty():
        return parts.with_columns(pl.lit(None, spans.schema[value]).alias(value))
    inside = (
        parts.join(spans, on=keys)
        .with_columns(
            pl.max_horizontal("part_from", "since").alias("since"),
            pl.min_horizontal("part_to", "until").alias("until"),
        )
        .filter(pl.col("since") < pl.col("until"))
        .sort("part_no", "since")
    )
    if inside.is_empty():
        return parts.with_columns(pl.lit(None, spans.schema[value]).alias(value))
    ended = pl.col("until").shift(1).over("part_no").fill_null(pl.col("part_from"))
    gaps = inside.with_columns(pl.lit(None, spans.schema[value]).alias(value), until="since", since=ended)
    last = inside.group_by("part_no", maintain_order=True).last().with_columns(
        pl.lit(None, spans.schema[value]).alias(value), since="until", until="part_to"
    )  # fmt: skip
    cut = pl.concat([inside, gaps.select(inside.columns), last.select(inside.columns)])
    cut = cut.with_columns(part_from="since", part_to="until").filter(pl.col("part_from") < pl.col("part_to"))
    untouched = parts.join(inside, on="part_no", how="anti")
    without = untouched.with_columns(pl.lit(None, spans.schema[value]).alias(value))
    whole = pl.concat([without, cut.select(without.columns)])
    return whole.drop("part_no").with_row_index("part_no")
