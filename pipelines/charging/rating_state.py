"""What rating draws on, as the lake knows it: the next batch number, grants of allowances, and balances."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.night import Night
from rating.allowance_grants import LONGEST_PAST, group_spans, new_grants, rollovers, with_left
from rating.balances import Balances, no_balances, open_grants
from rating.tiers import tier_keys
from schemas import tables
from schemas.money import CHARGE

_BEFORE = timedelta(days=62)  # a grant rolls over from the billing period before its own


def next_batch(night: Night) -> int:
    """Return the number of the next rating batch."""
    return night.store.last_number(tables.RATING_BATCH, "rated_batch") + 1


def make_grants(night: Night, since: date) -> pl.DataFrame:
    """Make the allowance grants that are not there yet, for periods from `since` until tonight, and return them.

    Not for periods that ended more than a month ago: a record that waits that long must not give others allowances.
    """
    since = max(since, night.on - LONGEST_PAST)
    allowances = night.config(tables.ALLOWANCE)
    if allowances.is_empty():
        return tables.ALLOWANCE_GRANT.empty()
    store = night.store
    accounts = night.read(tables.ACCOUNT)
    made = new_grants(
        night.read(tables.SUBSCRIPTION),
        accounts,
        group_spans(
            night.customers_of(accounts, ("customer_id", "customer_category")), night.config(tables.CUSTOMER_GROUP)
        ),
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
    granted only tonight does not roll: nobody could use it in its period. A run by day leaves what it `made` to the
    night, when the day's usage is there.
    """
    if not (night.config(tables.ALLOWANCE)["rollover_limit"] > 0).any():
        return 0
    if not night.is_whole:
        return 0 * night.store.append(tables.WAITING_ROLLOVER, made)
    made = pl.concat([made, night.store.read(tables.WAITING_ROLLOVER)])
    if made.is_empty():
        return 0
    night.store.delete(tables.WAITING_ROLLOVER, made)
    current = made.filter(pl.col("period_to") > night.on)
    known = with_left(*_known_grants(night, since)).join(made, on="grant_id", how="anti")
    rolled, moved = rollovers(current, night.store.read(tables.ACCOUNT), night.config(tables.ALLOWANCE), known)
    night.store.append(tables.ALLOWANCE_GRANT, rolled)
    return night.store.append(tables.ALLOWANCE_USE, moved.with_columns(pl.lit(batch, pl.Int64).alias("rated_batch")))


def _known_grants(night: Night, since: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read ALLOWANCE_GRANT rows, and what was used of each: `grant_id`, `used_quantity`."""
    grants = night.read(tables.ALLOWANCE_GRANT, "period_to > ?", [since - _BEFORE])
    earliest = grants["period_from"].min() or since
    of = None if night.is_whole else grants.select("grant_id")
    # A month's uses are many; their sums are few.
    used = night.store.sums(tables.ALLOWANCE_USE, "used_quantity", "grant_id", "period_from >= ?", [earliest], of)
    return grants, used.cast({"used_quantity": CHARGE})


def balances_of(night: Night, since: date) -> Balances:
    """Read what records from `since` on may draw on."""
    config = night.config
    empty = no_balances()
    grants, tiers, discounts = empty.grants, empty.tiers, empty.discounts
    if config(tables.ALLOWANCE).height:
        grants = open_grants(*_known_grants(night, since), config(tables.ALLOWANCE))
        grants = grants.filter((pl.col("period_to") > since) & (pl.col("left_quantity") > 0))
    if config(tables.TIER).height:
        tiers = _counted(night, since - _BEFORE).select(tiers.columns)
    if config(tables.DISCOUNT)["monthly_cap"].null_count() < config(tables.DISCOUNT).height:
        taken = _taken(night, since.replace(day=1))
        key = ["discount_code", "customer_id", "period_from"]
        summed = taken.group_by(key).agg(pl.col("taken_amount").sum()).cast(discounts.schema)
        discounts = summed.select(discounts.columns)
    return Balances(grants, tiers, discounts)


def _counted(night: Night, since: date) -> pl.DataFrame:
    """Read TIER_USE rows of periods that begin on `since` or later."""
    where = "period_from >= ?", [since]
    if night.is_whole:
        return night.store.read(tables.TIER_USE, *where)
    keys = tier_keys(night.config(tables.TIER), night.read(tables.SUBSCRIPTION), night.read(tables.ACCOUNT))
    return night.store.read_matching(tables.TIER_USE, keys, *where)


def _taken(night: Night, since: date) -> pl.DataFrame:
    """Read DISCOUNT_USE rows of months that begin on `since` or later."""
    where = "period_from >= ?", [since]
    if night.is_whole:
        return night.store.read(tables.DISCOUNT_USE, *where)
    return night.store.read_matching(tables.DISCOUNT_USE, night.read(tables.ACCOUNT).select("customer_id"), *where)
