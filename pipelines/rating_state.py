"""What rating draws on, as the lake knows it: the next batch number, grants of allowances, and balances."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.night import Night
from rating.allowance_grants import LONGEST_PAST, group_spans, new_grants, rollovers, with_left
from rating.balances import Balances, no_balances, open_grants
from schemas import tables
from schemas.money import CHARGE

_BEFORE = timedelta(days=62)  # a grant rolls over from the billing period before its own


def next_batch(night: Night) -> int:
    """Return the number of the next rating batch."""
    return int(night.store.query("SELECT coalesce(max(rated_batch), 0)::BIGINT + 1 AS n FROM rating_batch")["n"][0])


def make_grants(night: Night, since: date) -> pl.DataFrame:
    """Make the allowance grants that are not there yet, for periods from `since` until tonight, and return them.

    Not for periods that ended more than a month ago: a record that waits that long must not give others allowances.
    """
    since = max(since, night.on - LONGEST_PAST)
    allowances = night.config(tables.ALLOWANCE)
    if allowances.is_empty():
        return tables.ALLOWANCE_GRANT.empty()
    store = night.store
    made = new_grants(
        store.read(tables.SUBSCRIPTION),
        store.read(tables.ACCOUNT),
        group_spans(store.read(tables.CUSTOMER), night.config(tables.CUSTOMER_GROUP)),
        allowances,
        night.rating_frames()[tables.ALLOWANCE_LINK.name],
        with_left(*_known_grants(night, since)),
        since,
        night.on,
    )
    store.append(tables.ALLOWANCE_GRANT, made)
    return made


def roll_over(night: Night, batch: int, made: pl.DataFrame, since: date) -> int:
    """Move into the grants `made` tonight what those of the period before have left; return how many moved.

    Once tonight's usage is priced: usage of the last day of a period is read in the first night of the next. What was
    granted only tonight does not roll: nobody could use it in its period.
    """
    if made.is_empty() or not (night.config(tables.ALLOWANCE)["rollover_limit"] > 0).any():
        return 0
    current = made.filter(pl.col("period_to") > night.on)
    known = with_left(*_known_grants(night, since)).join(made, on="grant_id", how="anti")
    rolled, moved = rollovers(current, night.store.read(tables.ACCOUNT), night.config(tables.ALLOWANCE), known)
    night.store.append(tables.ALLOWANCE_GRANT, rolled)
    return night.store.append(tables.ALLOWANCE_USE, moved.with_columns(pl.lit(batch, pl.Int64).alias("rated_batch")))


def _known_grants(night: Night, since: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read ALLOWANCE_GRANT rows, and what was used of each: `grant_id`, `used_quantity`."""
    grants = night.store.read(tables.ALLOWANCE_GRANT, "period_to > ?", [since - _BEFORE])
    earliest = grants["period_from"].min() or since
    # A month's uses are many; their sums are few.
    summed = "SELECT grant_id, sum(used_quantity) AS used_quantity FROM allowance_use"
    used = night.store.query(f"{summed} WHERE period_from >= ? GROUP BY grant_id", [earliest])
    return grants, used.cast({"used_quantity": CHARGE})


def balances_of(night: Night, since: date) -> Balances:
    """Read what records from `since` on may draw on."""
    store, config = night.store, night.config
    empty = no_balances()
    grants, tiers, discounts = empty.grants, empty.tiers, empty.discounts
    if config(tables.ALLOWANCE).height:
        grants = open_grants(*_known_grants(night, since), config(tables.ALLOWANCE))
        grants = grants.filter((pl.col("period_to") > since) & (pl.col("left_quantity") > 0))
    if config(tables.TIER).height:
        counted = store.read(tables.TIER_USE, "period_from >= ?", [since - _BEFORE])
        tiers = counted.select(tiers.columns)
    if config(tables.DISCOUNT)["monthly_cap"].null_count() < config(tables.DISCOUNT).height:
        taken = store.read(tables.DISCOUNT_USE, "period_from >= ?", [since.replace(day=1)])
        key = ["discount_code", "customer_id", "period_from"]
        summed = taken.group_by(key).agg(pl.col("taken_amount").sum()).cast(discounts.schema)
        discounts = summed.select(discounts.columns)
    return Balances(grants, tiers, discounts)
