"""Whose records must be re-rated together, and on which days: what one record used was not there for the next.

Records of customers with allowances, tiers, offers or discounts are re-rated by whole billing periods. Customers are
independent of each other: no allowance, tier or cap reaches beyond one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from rating.contracts import LIST_ORDER, Contracts
from schemas.periods import period_begins

_OWNER = r":(subscription|account|customer):(\d+)$"


def ordered_customers(
    contracts: Contracts,
    prices: pl.DataFrame,
    granted: pl.DataFrame,
    tier_use: pl.DataFrame,
    discount_use: pl.DataFrame,
    register: Mapping[str, pl.DataFrame],
) -> pl.Series:
    """Find the customers whose records are priced in order, by their contracts or by what they have used.

    `prices`: PRICE rows; `granted` has `account_id`, `tier_use` `tier_key`, `discount_use` `customer_id` of all that
    was granted or counted so far; `register` as `contract_spans` takes it.
    """
    tiered = prices.filter(pl.col("tier_code").is_not_null())["price_list"].unique()
    on_tiers = pl.any_horizontal(pl.col(name).is_in(tiered.implode()).fill_null(value=False) for name in LIST_ORDER)
    payers = register["account"].select("account_id", "customer_id")
    found = [
        contracts.spans.filter(pl.col("has_terms") | on_tiers)["customer_id"],
        granted.join(payers, on="account_id")["customer_id"],
        tier_owners(tier_use, register)["customer_id"],
        discount_use["customer_id"],
    ]
    return pl.concat(found).unique().sort()


def tier_owners(tier_use: pl.DataFrame, register: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Pair TIER_USE rows with the accounts whose records they count: adds `account_id`, `customer_id`."""
    payers = register["account"].select("account_id", "customer_id")
    holders = {
        "subscription": register["subscription"].select(pl.col("subscription_id").alias("_no"), "account_id").unique(),
        "account": payers.select(pl.col("account_id").alias("_no"), "account_id"),
        "customer": payers.select(pl.col("customer_id").alias("_no"), "account_id"),
    }
    owned = tier_use.with_columns(
        pl.col("tier_key").str.extract(_OWNER, 1).alias("_scope"),
        pl.col("tier_key").str.extract(_OWNER, 2).cast(pl.Int64).alias("_no"),
    )
    return (
        pl.concat([owned.filter(pl.col("_scope") == scope).join(holder, on="_no") for scope, holder in holders.items()])
        .drop("_scope", "_no")
        .join(payers, on="account_id")
    )


def capped_customers(contracts: Contracts, discounts: pl.DataFrame, discount_use: pl.DataFrame) -> pl.Series:
    """Find the customers who have, or had, a discount with a monthly cap."""
    capped = discounts.filter(pl.col("monthly_cap").is_not_null())
    keys = {
        "customer": pl.col("customer_id").cast(pl.String),
        "group": pl.col("customer_group"),
        "plan": pl.col("plan_code"),
    }
    linked = pl.any_horizontal(
        pl.lit((capped["link_scope"] == "all").any()),
        *(key.is_in(capped.filter(pl.col("link_scope") == scope)["link_to"].implode()) for scope, key in keys.items()),
    )
    return pl.concat([contracts.spans.filter(linked)["customer_id"], discount_use["customer_id"]]).unique().sort()


def whole_periods(
    touched: pl.DataFrame, accounts: pl.DataFrame, capped: pl.Series, earliest: date, latest: date
) -> pl.DataFrame:
    """Widen the days on which customers are touched to whole billing periods of each of their accounts.

    `touched`: `customer_id`, `first_day`, `last_day`; `accounts`: ACCOUNT rows; `capped`: customers whose discounts are
    counted by calendar month, so that months must be whole too; no usage lies outside `[earliest, latest]`.
    Returns `account_id`, `customer_id`, `billing_day`, `day_from` and `day_to` (half-open).
    """
    payers = accounts.select("account_id", "customer_id", "billing_day")
    spans = _periods(payers, touched)
    if capped.is_empty():
        return spans
    while True:
        hull = spans.group_by("customer_id").agg(pl.col("day_from").min(), pl.col("day_to").max())
        months = hull.filter(pl.col("customer_id").is_in(capped.implode())).select(
            "customer_id",
            pl.max_horizontal(pl.col("day_from").dt.month_start(), pl.lit(earliest)).alias("first_day"),
            pl.min_horizontal(pl.col("day_to").dt.offset_by("-1d").dt.month_end(), pl.lit(latest)).alias("last_day"),
        )
        both = pl.concat([touched.select(months.columns), months]).group_by("customer_id")
        wider = _periods(payers, both.agg(pl.col("first_day").min(), pl.col("last_day").max()))
        if wider.equals(spans):
            return spans
        spans = wider


def _periods(payers: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    last = period_begins(pl.col("last_day"), pl.col("billing_day"))
    # The billing date of the month after is the last one not beyond that month's end.
    following = period_begins(last.dt.month_start().dt.offset_by("1mo").dt.month_end(), pl.col("billing_day"))
    return (
        payers.join(touched, on="customer_id")
        .select(
            "account_id",
            "customer_id",
            "billing_day",
            period_begins(pl.col("first_day"), pl.col("billing_day")).alias("day_from"),
            following.alias("day_to"),
        )
        .sort("account_id")
    )


def given_back_tiers(tier_use: pl.DataFrame, spans: pl.DataFrame, register: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Select the TIER_USE rows of the periods in `spans` (from `whole_periods`): their records are all priced anew."""
    inside = (pl.col("period_from") >= pl.col("day_from")) & (pl.col("period_from") < pl.col("day_to"))
    begins = period_begins(pl.col("period_from"), pl.col("billing_day")) == pl.col("period_from")
    found = tier_owners(tier_use, register).join(spans.drop("customer_id"), on="account_id").filter(inside & begins)
    return found.select(tier_use.columns).unique()


def given_back_caps(discount_use: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Select the DISCOUNT_USE rows of the months that `spans` touch: capped customers are priced by whole months."""
    hull = spans.group_by("customer_id").agg(
        pl.col("day_from").min().dt.month_start().alias("_from"), pl.col("day_to").max().alias("_to")
    )
    within = (pl.col("period_from") >= pl.col("_from")) & (pl.col("period_from") < pl.col("_to"))
    return discount_use.join(hull, on="customer_id").filter(within).select(discount_use.columns)


def keeping_customers(owners: pl.DataFrame, unpriced: pl.Series) -> pl.Series:
    """Find the customers who keep what they have, because a record of theirs can no longer be priced.

    `owners`: `customer_id` of each record as it stands, and `new_customer_id`. A record that would move to such a
    customer stays too, and with it all of the customer that it belongs to.
    """
    keeping = unpriced.unique()
    while True:
        joined = owners.filter(pl.col("new_customer_id").is_in(keeping.implode()))["customer_id"]
        grown = pl.concat([keeping, joined.cast(keeping.dtype)]).unique()
        if grown.len() == keeping.len():
            return grown.sort()
        keeping = grown
