"""Grants: who has which allowance, for which dates, and how much of it.

An allowance is granted once per billing period and subscription, however many links give it; the grant's own dates are
those on which it may be drawn. A grant once made is never changed: what happens to plan, group or link after its first
day counts from the next period on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from rating.service_spans import service_spans
from schemas.money import CHARGE, CHARGE_DECIMALS, from_micro, round_fraction, to_micro
from schemas.periods import billing_periods, period_begins
from schemas.tables import ALLOWANCE_GRANT, ALLOWANCE_LINK

OPEN = date.max
LONGEST_PAST = timedelta(days=31)  # no night makes a grant for a period that ended longer ago
_GRANTED = ["allowance_code", "subscription_id"]
_USED = ["usage_id", "grant_id", "used_quantity", "period_from"]


def group_spans(customers: pl.DataFrame, customer_groups: pl.DataFrame) -> pl.DataFrame:
    """Spell out the group of every CUSTOMER on every date, from CUSTOMER_GROUP rows.

    Columns: `customer_id`, `customer_group`, `valid_from`, `valid_to`, open ends spelt out. On days without a row a
    customer is in the group of its category.
    """
    own = customer_groups.select(
        "customer_id", "customer_group", "valid_from", pl.col("valid_to").fill_null(OPEN)
    ).sort("customer_id", "valid_from")
    ends = pl.col("valid_from").shift(-1).over("customer_id").fill_null(OPEN)
    after = own.select("customer_id", pl.col("valid_to").alias("valid_from"), ends.alias("valid_to"))
    first = own.group_by("customer_id").agg(pl.col("valid_from").min().alias("valid_to"))
    before = customers.select("customer_id").join(first, on="customer_id", how="left")
    gaps = pl.concat(
        [after, before.select("customer_id", pl.lit(date.min).alias("valid_from"), pl.col("valid_to").fill_null(OPEN))]
    ).filter(pl.col("valid_from") < pl.col("valid_to"))
    category = customers.select("customer_id", pl.col("customer_category").alias("customer_group"))
    return pl.concat([own, gaps.join(category, on="customer_id").select(own.columns)])


def with_left(grants: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Add `left_quantity` (6 decimals) to ALLOWANCE_GRANT rows: granted less what ALLOWANCE_USE rows say was used."""
    taken = used.group_by("grant_id").agg(pl.col("used_quantity").sum().alias("_used"))
    left = (pl.col("granted_quantity") - pl.col("_used").fill_null(0)).cast(CHARGE)
    return grants.join(taken, on="grant_id", how="left").with_columns(left.alias("left_quantity")).drop("_used")


def new_grants(
    subscriptions: pl.DataFrame,
    accounts: pl.DataFrame,
    groups: pl.DataFrame,
    allowances: pl.DataFrame,
    links: pl.DataFrame,
    existing: pl.DataFrame,
    since: date,
    on: date,
) -> pl.DataFrame:
    """Make the missing grants for `[since, on]`, as ALLOWANCE_GRANT rows; a second call, given them, makes none.

    SUBSCRIPTION versions, ACCOUNT, `groups` from `group_spans`, ALLOWANCE and ALLOWANCE_LINK rows. `existing`: the
    grants whose period ends less than two months before `since`, or later.
    A grant begins on the latest of the first days of its period, of the service (on the plan, for a plan's link) and of
    the link, and is given if service and link are in force on that day; for a group's link the customer must be in the
    group on it. It ends with the period, or with the link if that is earlier.
    """
    linked = _linked(subscriptions, accounts, groups, links.join(allowances, on="allowance_code"))
    monthly = linked.filter(pl.col("allowance_period") == "period").join(billing_periods(since, on), on="billing_day")
    once = linked.filter(pl.col("allowance_period") == "once").with_columns(
        pl.col("link_from").alias("period_from"), pl.col("link_until").alias("period_to")
    )
    due = (
        pl.concat([monthly, once.select(monthly.columns)])
        .rename({"period_from": "_first", "period_to": "_after"})
        .with_columns(
            pl.max_horizontal("_first", "span_from", "link_from").alias("period_from"),
            pl.min_horizontal("_after", "link_until").alias("period_to"),
        )
        .filter(
            (pl.col("period_from") < pl.min_horizontal("period_to", "span_until"))
            & (pl.col("period_from") >= pl.col("member_from"))
            & (pl.col("period_from") < pl.col("member_until"))
        )
        .sort(*_GRANTED, "_first", "period_from")
        .group_by(*_GRANTED, "_first", maintain_order=True)
        .agg(pl.exclude("period_to").first(), pl.col("period_to").max())
        .filter((pl.col("period_from") <= on) & (pl.col("period_to") > since))
        .with_columns(pl.format("{}:{}:{}", *_GRANTED, "period_from").alias("grant_id"))
        # Grants `once` whose links were there before the service all begin with it: the one that ends last is given.
        .sort("period_to", "_first", descending=[False, True])
        .unique("grant_id", keep="last")
    )
    return (
        due.join(existing.select("grant_id"), on="grant_id", how="anti")
        .join(_granted_in_period(due, existing), on="grant_id", how="anti")
        .with_columns(_quantity().alias("granted_quantity"), pl.lit(None, pl.String).alias("rolled_from"))
        .select(ALLOWANCE_GRANT.names)
        .sort("grant_id")
    )


def rollovers(
    made: pl.DataFrame, accounts: pl.DataFrame, allowances: pl.DataFrame, existing: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Move what the grants of the period before left into the period of each grant in `made`.

    `existing` comes from `with_left`: the grants whose period ends less than two months before those of `made` begin.
    Only what a period itself was granted rolls over, not what had rolled into it. Returns the rolled-over grants and
    the ALLOWANCE_USE rows, without `rated_batch`, of the grants they came from.
    """
    limits = allowances.filter((pl.col("allowance_period") == "period") & (pl.col("rollover_limit") > 0))
    sources = existing.filter(pl.col("rolled_from").is_null())
    here = period_begins(pl.col("period_from"), pl.col("billing_day"))
    moves = (
        made.join(limits.select("allowance_code", "rollover_limit"), on="allowance_code")
        .join(accounts.select("account_id", "billing_day"), on="account_id")
        .with_columns(here.alias("_first"))
        .with_columns(period_begins(pl.col("_first").dt.offset_by("-1d"), pl.col("billing_day")).alias("_before"))
        .join(sources.select(*_GRANTED, "grant_id", "period_from", "left_quantity"), on=_GRANTED, suffix="_old")
        .filter((pl.col("period_from_old") >= pl.col("_before")) & (pl.col("period_from_old") < pl.col("_first")))
        .with_columns(pl.min_horizontal("left_quantity", "rollover_limit").alias("granted_quantity"))
        .filter(pl.col("granted_quantity") > 0)
        .with_columns((pl.col("grant_id") + ":rolled").alias("grant_id"), pl.col("grant_id_old").alias("rolled_from"))
    )
    used = moves.select(
        pl.col("grant_id").alias("usage_id"),
        pl.col("grant_id_old").alias("grant_id"),
        pl.col("granted_quantity").alias("used_quantity"),
        pl.col("period_from_old").alias("period_from"),
    )
    return moves.select(made.columns).sort("grant_id"), used.select(_USED).sort("usage_id")


def _linked(
    subscriptions: pl.DataFrame, accounts: pl.DataFrame, groups: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """Pair every span of service with the links that are for it, whatever their dates."""
    payers = accounts.select("account_id", "account_bucket", "billing_day", "customer_id")
    served = service_spans(subscriptions, "account_id").join(payers, on="account_id")
    planned = service_spans(subscriptions, "account_id", "plan_code").join(payers, on="account_id")
    grouped = served.join(groups.rename({"valid_from": "member_from", "valid_to": "member_until"}), on="customer_id")
    always = (pl.lit(date.min).alias("member_from"), pl.lit(OPEN).alias("member_until"))
    holders = {
        "plan": planned.with_columns(*always, pl.col("plan_code").alias("link_to")),
        "group": grouped.with_columns(pl.col("customer_group").alias("link_to")),
        "customer": served.with_columns(*always, pl.col("customer_id").cast(pl.String).alias("link_to")),
        "subscription": served.with_columns(*always, pl.col("subscription_id").cast(pl.String).alias("link_to")),
    }
    return pl.concat(
        rows.join(links.filter(pl.col("link_scope") == scope), on="link_to").select(
            *("allowance_code", "allowance_unit", "allowance_period", "allowance_quantity", "prorated"),
            *("subscription_id", "account_id", "account_bucket", "billing_day", "member_from", "member_until"),
            pl.col("service_from").alias("span_from"),
            pl.col("service_to").fill_null(OPEN).alias("span_until"),
            pl.col("valid_from").alias("link_from"),
            pl.col("valid_to").fill_null(OPEN).alias("link_until"),
        )
        for scope, rows in holders.items()
    )


def _granted_in_period(due: pl.DataFrame, existing: pl.DataFrame) -> pl.DataFrame:
    """Find the grants whose period has one already, from another day of it: a link entered later changes nothing."""
    given = existing.filter(pl.col("rolled_from").is_null()).select(*_GRANTED, pl.col("period_from").alias("_given"))
    return (
        due.filter(pl.col("allowance_period") == "period")
        .join(given, on=_GRANTED)
        .filter((pl.col("_given") >= pl.col("_first")) & (pl.col("_given") < pl.col("_after")))
        .select("grant_id")
    )


def _quantity() -> pl.Expr:
    """Return the whole quantity, or in a first period its days' share; a grant without an end has no share."""
    share = pl.col("prorated") & (pl.col("period_from") > pl.col("_first")) & (pl.col("_after") < OPEN)
    days = (pl.col("_after") - pl.col("period_from")).dt.total_days()
    of_days = (pl.col("_after") - pl.col("_first")).dt.total_days()
    whole = to_micro(pl.col("allowance_quantity"))
    decimals = pl.when(pl.col("allowance_unit") == "money").then(CHARGE_DECIMALS).otherwise(0)
    part = round_fraction(whole.cast(pl.Int128) * days, of_days, "half_away_from_zero", decimals)
    return from_micro(pl.when(share).then(part).otherwise(whole))


def with_orders(config: Mapping[str, pl.DataFrame], orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return configuration tables by name whose allowance links hold the bundles and boosters that customers ordered.

    `orders`: ALLOWANCE_ORDER rows. A link that the configuration has too stands as it is there.
    """
    names = ALLOWANCE_LINK.names
    both = pl.concat([config["allowance_link"].select(names), orders.select(names)])
    return {**config, "allowance_link": both.unique(ALLOWANCE_LINK.key, keep="first", maintain_order=True)}
