"""What a plan says of its fee, and which versions of subscriptions pay it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from rating.fee_periods import MONTHLY

# What an empty cell of plans.csv stands for.
WHEN_EMPTY = {
    "fee_period": MONTHLY,
    "fee_timing": "advance",
    "fee_alignment": "account",
    "proration": "actual_days",
    "suspension": "bill",
    "refund_on_end": False,
}


@dataclass(frozen=True)
class FeeTerms:
    """Configuration that fees are decided by: PLAN, PLAN_PRICE, BUNDLE_PART, OFFER and ARTICLE rows."""

    plans: pl.DataFrame
    prices: pl.DataFrame
    bundles: pl.DataFrame
    offers: pl.DataFrame
    articles: pl.DataFrame

    def fee_plans(self) -> pl.DataFrame:
        """Return the plans with every setting filled in; those that never have a fee are left out."""
        named = self.plans.with_columns(pl.col(name).fill_null(value) for name, value in WHEN_EMPTY.items())
        has_rows = pl.col("plan_code").is_in(self.prices["plan_code"].unique().implode())
        return named.with_columns(has_rows.alias("has_prices")).filter((pl.col("monthly_fee") > 0) | has_rows)


@dataclass(frozen=True)
class FeeRegister:
    """Who pays fees.

    `subscriptions`: SUBSCRIPTION rows, every version of each; `accounts`: ACCOUNT rows; `suspended`: spans of
    suspension (`subscription_id`, `suspended_from`, `suspended_to`, null while it lasts).
    """

    subscriptions: pl.DataFrame
    accounts: pl.DataFrame
    suspended: pl.DataFrame


@dataclass(frozen=True)
class FeeWindow:
    """How far back fees are open: the fee periods that reach beyond `since`, up to the night `on`.

    A subscription without any fee since `new_since` is a late sign-up: all of it since then is open.
    """

    since: date
    new_since: date
    on: date


def fee_versions(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Lay out the versions of subscriptions: one row for each that has a day.

    Columns: `subscription_id`, `account_id`, `plan_code`, `quantity`, `version_from`, `version_to` (null while open),
    `activated_on` (on this plan), `subscription_from` (its first day), `is_followed` (another version begins as this
    one ends). Sorted by subscription and day.
    """
    same, at = "subscription_id", "version_from"
    held = (
        subscriptions.filter((pl.col("service_to") > pl.col("service_from")).fill_null(value=True))
        .select(
            same, "account_id", "plan_code", pl.col("quantity").fill_null(1),
            version_from="service_from", version_to="service_to",
        )
        .sort(same, at)
    )  # fmt: skip
    is_first = (pl.col(same) != pl.col(same).shift(1)).fill_null(value=True)
    continues = (pl.col("plan_code") == pl.col("plan_code").shift(1)) & (pl.col(at) == pl.col("version_to").shift(1))
    begins = is_first | ~continues.fill_null(value=False)
    follows = (pl.col(same).shift(-1) == pl.col(same)) & (pl.col(at).shift(-1) == pl.col("version_to"))
    return held.with_columns(
        pl.when(begins).then(at).forward_fill().alias("activated_on"),
        pl.when(is_first).then(at).forward_fill().alias("subscription_from"),
        follows.fill_null(value=False).alias("is_followed"),
    )


def suspended_spans(states: pl.DataFrame) -> pl.DataFrame:
    """Return when subscriptions were suspended, from their SUBSCRIPTION_STATE rows.

    Columns: `subscription_id`, `suspended_from`, `suspended_to` (null while it lasts); a span of no day is left out.
    """
    following = pl.col("state_from").shift(-1).over("subscription_id", order_by="transition_no")
    return (
        states.with_columns(following.alias("suspended_to"))
        .filter(pl.col("subscription_state") == "suspended")
        .filter((pl.col("suspended_to") > pl.col("state_from")).fill_null(value=True))
        .select("subscription_id", pl.col("state_from").alias("suspended_from"), "suspended_to")
        .sort("subscription_id", "suspended_from")
    )
