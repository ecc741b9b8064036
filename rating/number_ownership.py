"""Who pays for a call: the subscription that held the calling number at that moment, on the plan then in force."""

from __future__ import annotations

import polars as pl


def with_owner(usage: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """Add `subscription_id` of the NUMBER_ASSIGNMENT in force at `started_at`, null where none was."""
    held = numbers.select("a_number", "subscription_id", "owned_from", "owned_to").sort("owned_from")
    matched = usage.sort("started_at").join_asof(
        held, left_on="started_at", right_on="owned_from", by="a_number", strategy="backward", check_sortedness=False
    )
    ended = (pl.col("owned_to") <= pl.col("started_at")).fill_null(value=False)
    owner = pl.when(~ended).then(pl.col("subscription_id"))
    return matched.with_columns(owner.alias("subscription_id")).drop("owned_from", "owned_to", strict=False)


def with_plan(usage: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Add `account_id` and `plan_code` of the SUBSCRIPTION version in force on `started_on`, null where none was."""
    versions = subscriptions.sort("service_from")
    matched = usage.sort("started_on").join_asof(
        versions,
        left_on="started_on",
        right_on="service_from",
        by="subscription_id",
        strategy="backward",
        check_sortedness=False,
    )
    ended = (pl.col("service_to") <= pl.col("started_on")).fill_null(value=False)
    in_force = [pl.when(~ended).then(pl.col(name)).alias(name) for name in ("account_id", "plan_code")]
    return matched.with_columns(in_force).drop("service_from", "service_to", strict=False)
