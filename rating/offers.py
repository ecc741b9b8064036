"""Introductory offers: percent off from the activation of a subscription on its plan.

Several offers on one plan do not add up: each is a promise of its own, and on every day the best one holds.
"""

from __future__ import annotations

import polars as pl

from rating.service_spans import service_spans

_ACTIVATION = ["subscription_id", "plan_code", "activated_on"]


def usage_offer(subscriptions: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Tell when the usage of which contract is reduced, from SUBSCRIPTION versions and OFFER rows.

    Columns: `subscription_id`, `plan_code`, `activated_on`, `offer_from`, `offer_to` (local dates, half-open) and
    `percent_off`. The spans of one subscription do not overlap, and end with its time on the plan.
    """
    return _reduced(subscriptions, offers.filter(pl.col("offer_target").is_in(["usage", "both"])))


def recurring_offer(subscriptions: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Tell when the recurring fee of which contract is reduced; columns as `usage_offer`."""
    return _reduced(subscriptions, offers.filter(pl.col("offer_target").is_in(["recurring", "both"])))


def _reduced(subscriptions: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    meant = (pl.col("activated_on") >= pl.col("activated_from")) & (
        pl.col("activated_to").is_null() | (pl.col("activated_on") < pl.col("activated_to"))
    )
    # All offers of a contract begin on one day, so those that end later hold earlier too: the percent of a span is
    # the largest of the offers that end with it or after it.
    return (
        service_spans(subscriptions, "plan_code")
        .rename({"service_from": "activated_on"})
        .join(offers, on="plan_code")
        .filter(meant)
        .with_columns(pl.min_horizontal(_end(pl.col("activated_on")), "service_to").alias("offer_to"))
        .group_by(*_ACTIVATION, "offer_to")
        .agg(pl.col("percent_off").max())
        .sort(*_ACTIVATION, "offer_to")
        .with_columns(
            pl.col("percent_off").cum_max(reverse=True).over(_ACTIVATION),
            pl.col("offer_to").shift(1).over(_ACTIVATION).fill_null(pl.col("activated_on")).alias("offer_from"),
        )
        .filter(pl.col("offer_from") < pl.col("offer_to"))
        .select(*_ACTIVATION, "offer_from", "offer_to", "percent_off")
    )


def _end(activated_on: pl.Expr) -> pl.Expr:
    """Return the first day after an offer: so many calendar months (31 Jan + 1 is 28 or 29 Feb), or days."""
    months = activated_on.dt.offset_by(pl.format("{}mo", pl.col("offer_months").fill_null(0)))
    return months + pl.duration(days=pl.col("offer_days").fill_null(0))
