"""The number that a subscription is known by."""

from __future__ import annotations

import polars as pl

from pipelines.lake.store import Store
from schemas import tables


def numbers_of(store: Store, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Return `subscription_id` and `a_number`: the number that each subscription got last, where it has any."""
    held = store.read_matching(tables.NUMBER_ASSIGNMENT, subscriptions.select("subscription_id").drop_nulls())
    in_order = held.sort("subscription_id", "owned_from", "a_number")
    return in_order.group_by("subscription_id", maintain_order=True).agg(pl.col("a_number").last())
