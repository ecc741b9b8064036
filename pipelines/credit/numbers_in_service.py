"""Who holds which number now, as far as blocks are concerned."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import polars as pl

from pipelines import clock
from pipelines.night import Night
from schemas import tables


def numbers_in_service(night: Night, accounts: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the numbers in service at this moment of the business date, of some accounts (`account_id`) or of all.

    Columns `a_number`, `subscription_id`, `account_id`, `customer_id`. A number that changes hands during the day is
    that of its holder at the moment, not of both.
    """
    read = night.store.read_matching
    if accounts is None:
        subscriptions, held, known = map(
            night.store.read, (tables.SUBSCRIPTION, tables.NUMBER_ASSIGNMENT, tables.ACCOUNT)
        )
    else:
        known = read(tables.ACCOUNT, accounts.select("account_id"))
        subscriptions = read(tables.SUBSCRIPTION, accounts.select("account_id"))
        held = read(tables.NUMBER_ASSIGNMENT, subscriptions.select("subscription_id"))
    moment = pl.lit(moment_of(night))
    return (
        held.filter(_holds("owned_from", "owned_to", moment))
        .join(subscriptions.filter(_holds("service_from", "service_to", pl.lit(night.on))), on="subscription_id")
        .join(known, on="account_id")
        .select("a_number", "subscription_id", "account_id", "customer_id")
        .sort("a_number")
    )


def moment_of(night: Night) -> datetime:
    """Return the moment it is on the business date, UTC: now, or the end of a past date, or a coming one's start."""
    zone = night.policy.operator.zone
    begins = datetime.combine(night.on, time(), zone)
    ends = datetime.combine(night.on + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
    return min(max(clock.now(), begins), ends).astimezone(UTC)


def _holds(begins: str, ends: str, moment: pl.Expr) -> pl.Expr:
    return (pl.col(begins) <= moment) & (pl.col(ends).is_null() | (pl.col(ends) > moment))
