"""Re-pricing plans: which customer gets the new price list, from which date, and when it must be told."""

from __future__ import annotations

import polars as pl

_FAR = pl.date(9999, 12, 31)
_OWN = "customer"


def current_lists(
    customers: pl.DataFrame,
    groups: pl.DataFrame,
    subscriptions: pl.DataFrame,
    plans: pl.DataFrame,
    links: pl.DataFrame,
    on: pl.Expr,
) -> pl.DataFrame:
    """Return the lists each customer has: customer_id, customer_from, customer_group, price_list, list_scope.

    `customers`: CUSTOMER; `groups`: CUSTOMER_GROUP; `subscriptions`: customer_id, plan_code, service_to; `plans`:
    PLAN; `links`: PRICE_LIST_LINK. The first scope of customer, group, plan, basic that gives a list decides
    (docs/rating.md, Which price); subscriptions of several plans may give several rows. Customers without any list
    are left out. Links, groups and subscriptions are those in force on `on`, or on a later first day of the customer.
    """
    day = pl.max_horizontal(on, "customer_from").alias("day")
    who = customers.select("customer_id", "customer_from", "customer_category", day)
    member = _standing(who.join(groups, on="customer_id")).select("customer_id", "customer_group")
    who = (
        who.join(member, on="customer_id", how="left")
        .with_columns(pl.coalesce("customer_group", "customer_category").alias("customer_group"))
        .drop("customer_category")
    )
    held = subscriptions.join(who, on="customer_id").filter(
        (pl.col("service_to") > pl.col("day")).fill_null(value=True)
    )
    of_plans = _plan_lists(held.join(plans.select("plan_code", "price_list"), on="plan_code"), links)
    candidates = pl.concat(
        [
            _linked(who.with_columns(pl.col("customer_id").cast(pl.String).alias("link_to")), links, _OWN, 0),
            _linked(who.with_columns(pl.col("customer_group").alias("link_to")), links, "group", 1),
            of_plans,
            _linked(who.with_columns(pl.lit("*").alias("link_to")), links, "basic", 3),
        ]
    )
    first = pl.col("rank") == pl.col("rank").min().over("customer_id")
    return who.drop("day").join(candidates.filter(first).drop("rank"), on="customer_id").unique().sort(
        "customer_id", "price_list"
    )  # fmt: skip


def _standing(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows in force on their `day`."""
    return rows.filter(
        (pl.col("valid_from") <= pl.col("day")) & (pl.col("valid_to") > pl.col("day")).fill_null(value=True)
    )


def _linked(who: pl.DataFrame, links: pl.DataFrame, scope: str, rank: int) -> pl.DataFrame:
    of_scope = links.filter(pl.col("link_scope") == scope)
    found = _standing(who.select("customer_id", "link_to", "day").join(of_scope, on="link_to"))
    return found.select("customer_id", "price_list", pl.lit(scope).alias("list_scope"), pl.lit(rank).alias("rank"))


def _plan_lists(held: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """A plan's list is that of plans.csv unless a link names another."""
    with_plan = held.with_columns(pl.col("plan_code").alias("link_to"))
    named = _standing(
        with_plan.drop("price_list").join(links.filter(pl.col("link_scope") == "plan"), on="link_to")
    ).select("customer_id", "plan_code", "price_list")
    usual = held.join(named, on=["customer_id", "plan_code"], how="anti").select(
        "customer_id", "plan_code", "price_list"
    )
    return pl.concat([named, usual]).select(
        "customer_id", "price_list", pl.lit("plan").alias("list_scope"), pl.lit(2).alias("rank")
    )


def price_guarantees(contracts: pl.DataFrame, subscriptions: pl.DataFrame, on: pl.Expr) -> pl.DataFrame:
    """Return until when each customer's prices are guaranteed, the latest of its contracts: customer_id, guaranteed_to.

    `contracts`: CONTRACT; `subscriptions`: customer_id, subscription_id, service_to. Contracts that another one has
    followed by `on`, and those of subscriptions that have ended, promise nothing more.
    """
    standing = subscriptions.filter((pl.col("service_to") > on).fill_null(value=True))
    followed_on = pl.col("contract_from").shift(-1).over("subscription_id", order_by="contract_from")
    return (
        contracts.filter((followed_on > on).fill_null(value=True) & pl.col("guaranteed_to").is_not_null())
        .join(standing.select("customer_id", "subscription_id").unique(), on="subscription_id")
        .group_by("customer_id").agg(pl.col("guaranteed_to").max())
        .sort("customer_id")
    )  # fmt: skip


def repricing_of_customers(
    current: pl.DataFrame, plan: pl.DataFrame, links: pl.DataFrame, guarantees: pl.DataFrame, on: pl.Expr
) -> pl.DataFrame:
    """Return what a plan means for each customer who has its old list, or whom it has given the new one already.

    `current`: as `current_lists` returns; `plan`: REPRICING rows of one plan; `links`: PRICE_LIST_LINK; `guarantees`:
    as `price_guarantees` returns; `on`: the business date. Columns: customer_id, customer_group, old_list, new_list,
    list_scope, is_new, holds_from, notice_on (null: none is due), is_applied, other_lists (how many more lists the
    customer has by its plans).

    New customers (signed up on or after new_customers_from) have the list from their first day. For the others it
    holds from the group's date, or from the first day that the notice period allows, or from the first day that no
    contract guarantees their prices, whichever is latest; one whose link is already written keeps its date, whenever
    the plan is asked again.
    """
    planned = current.join(plan, left_on=["customer_group", "price_list"], right_on=["customer_group", "old_list"])
    others = current.group_by("customer_id").agg((pl.len().cast(pl.Int64) - 1).alias("other_lists"))
    given = _links_given(current, plan, links, on)
    done = (
        current.unique("customer_id", keep="first", maintain_order=True)
        .drop("price_list", "list_scope")
        .join(given.select("customer_id", "old_list"), on="customer_id")
        .join(plan, on=["customer_group", "old_list"])
        .with_columns(pl.lit(_OWN).alias("list_scope"))
    )
    planned = planned.rename({"price_list": "old_list"}).join(given, on="customer_id", how="anti")
    rows = pl.concat([planned, done], how="diagonal")
    dated = (
        rows.join(given.select("customer_id", "given_from"), on="customer_id", how="left")
        .join(others, on="customer_id", how="left")
        .join(guarantees, on="customer_id", how="left")
    )
    is_new = pl.col("customer_from") >= pl.col("new_customers_from")
    told_in_time = on.dt.offset_by(_notice(""))
    earliest = pl.max_horizontal("existing_customers_from", "customer_from", told_in_time, "guaranteed_to")
    holds = pl.when(is_new).then("customer_from").otherwise(pl.coalesce("given_from", earliest))
    return (
        dated.with_columns(
            is_new.alias("is_new"),
            holds.alias("holds_from"),
            pl.col("given_from").is_not_null().alias("is_applied"),
        )
        .with_columns(pl.when(~pl.col("is_new")).then(_notice_day(on)).alias("notice_on"))
        .select("customer_id", "customer_group", "old_list", "new_list", "list_scope", "is_new", "holds_from",
                "notice_on", "is_applied", "other_lists")
        .sort("customer_id", "old_list")
    )  # fmt: skip


def _links_given(current: pl.DataFrame, plan: pl.DataFrame, links: pl.DataFrame, on: pl.Expr) -> pl.DataFrame:
    """Find the customers' own links to the plan's new list: customer_id, old_list, given_from (the first of them)."""
    wanted = current.select("customer_id", "customer_group", pl.col("customer_id").cast(pl.String).alias("link_to"))
    wanted = wanted.unique().join(plan.select("customer_group", "old_list", "new_list"), on="customer_group")
    standing = (pl.col("valid_to") > on).fill_null(value=True)
    own = links.filter((pl.col("link_scope") == _OWN) & standing)
    return (
        wanted.join(own, left_on=["link_to", "new_list"], right_on=["link_to", "price_list"])
        .sort("valid_from", "old_list")
        .unique("customer_id", keep="first", maintain_order=True)
        .select("customer_id", "old_list", given_from="valid_from")
    )


def _notice_day(on: pl.Expr) -> pl.Expr:
    """The last day that is early enough; a link not written yet cannot have had its notice before the business date."""
    last = pl.col("holds_from").dt.offset_by(_notice("-"))
    return pl.when("is_applied").then(last).otherwise(pl.max_horizontal(last, on))


def _notice(sign: str) -> pl.Expr:
    months, days = (pl.col(name).fill_null(0) for name in ("notice_months", "notice_days"))
    return pl.format("{}{}mo{}d", pl.lit(sign), months, days)


def preview(rows: pl.DataFrame) -> pl.DataFrame:
    """Count a plan's customers per group: customers, new_customers, first_from, last_from, first and last notice."""
    return (
        rows.group_by("customer_group", "old_list", "new_list")
        .agg(
            pl.len().cast(pl.Int64).alias("customers"),
            pl.col("is_new").sum().cast(pl.Int64).alias("new_customers"),
            pl.col("is_applied").sum().cast(pl.Int64).alias("applied"),
            pl.col("holds_from").min().alias("first_from"),
            pl.col("holds_from").max().alias("last_from"),
            pl.col("notice_on").min().alias("first_notice_on"),
            pl.col("notice_on").max().alias("last_notice_on"),
        )
        .sort("customer_group", "old_list")
    )


def links_after(links: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return PRICE_LIST_LINK rows with a plan's customers given their new list; rows that stay come first, in order.

    A customer's own link in force ends on the date its new one begins, and the new one ends where a later one of the
    customer begins. Customers whose link is written already change nothing.
    """
    fresh = rows.filter(~pl.col("is_applied")).select(
        pl.lit(_OWN).alias("link_scope"),
        pl.col("customer_id").cast(pl.String).alias("link_to"),
        pl.col("new_list").alias("price_list"),
        pl.col("holds_from").alias("valid_from"),
    ).unique(["link_to", "valid_from"], keep="first", maintain_order=True)  # fmt: skip
    later = links.filter(pl.col("link_scope") == _OWN).select("link_to", pl.col("valid_from").alias("next_from"))
    ends = (
        fresh.join(later, on="link_to").filter(pl.col("next_from") > pl.col("valid_from"))
        .group_by("link_to").agg(pl.col("next_from").min().alias("valid_to"))
    )  # fmt: skip
    begun = fresh.select("link_scope", "link_to", pl.col("valid_from").alias("new_from"))
    standing = links.join(begun, on=["link_scope", "link_to"], how="left", maintain_order="left")
    cut = (pl.col("valid_from") < pl.col("new_from")) & (pl.col("valid_to").fill_null(_FAR) > pl.col("new_from"))
    kept = standing.filter(~(pl.col("valid_from") == pl.col("new_from")).fill_null(value=False)).with_columns(
        pl.when(cut).then("new_from").otherwise("valid_to").alias("valid_to")
    )
    added = fresh.join(ends, on="link_to", how="left", maintain_order="left")
    return pl.concat([kept.drop("new_from"), added.select(links.columns)])
