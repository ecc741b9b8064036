"""Credit policies: which limits an account has, how they rise, and whether what reaches them becomes a basis.

Of the rows that fit one of the account's services and its customer's category the most specific one holds: a named
service goes before a named category, and both before `*`; among equals the one that stands first. Where no row fits,
the policy file's `[credit]` holds: its first limit, which never rises, and no basis.
"""

from __future__ import annotations

import polars as pl

from schemas.money import AMOUNT, percent_of
from schemas.policy import Credit
from schemas.tables import CREDIT_POLICY

_TERMS = [name for name in CREDIT_POLICY.names if name not in CREDIT_POLICY.key]
_ALL = "*"


def policy_rows(configured: pl.DataFrame, credit: Credit) -> pl.DataFrame:
    """Return the configured CREDIT_POLICY rows with those that hold where none of them fits, each with its prompt."""
    defaults = pl.DataFrame(
        [
            (_ALL, category, getattr(credit, category), "none", "lift_below_limit")
            for category in ("private", "corporate", "vip")
        ],
        schema={
            name: CREDIT_POLICY.schema[name]
            for name in (*CREDIT_POLICY.key, "first_limit", "basis_release", "partly_paid")
        },
        orient="row",
    )
    rows = [configured.select(CREDIT_POLICY.names), CREDIT_POLICY.complete(defaults)]
    return pl.concat(rows).with_columns(pl.col("prompt").fill_null(credit.blocked_prompt))


def policies_of_accounts(accounts: pl.DataFrame, services: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    """Return the policy that holds for each account.

    `accounts`: `account_id`, `customer_category`. `services`: `account_id`, `service`, as many rows as an account has
    services, or none. `policies` comes from `policy_rows`. Returns `account_id` and the terms of CREDIT_POLICY.
    """
    ranked = policies.with_row_index("_place").with_columns(
        (pl.col("service") == _ALL).alias("_any_service"), (pl.col("customer_category") == _ALL).alias("_any_category")
    )
    anything = accounts.select("account_id", pl.lit(_ALL).alias("service"))
    served = pl.concat([services.select("account_id", "service"), anything])
    category = accounts.select("account_id", "customer_category")
    category = pl.concat([category, category.with_columns(pl.lit(_ALL).alias("customer_category"))])
    return (
        served.join(category, on="account_id")
        .join(ranked, on=["service", "customer_category"])
        .sort("account_id", "_any_service", "_any_category", "_place")
        .unique("account_id", keep="first", maintain_order=True)
        .select("account_id", *_TERMS)
    )


def services_of_accounts(subscriptions: pl.DataFrame, plans: pl.DataFrame, on: pl.Expr) -> pl.DataFrame:
    """Return the services of each account: of subscriptions not ended by `on`, or of all where every one has ended.

    `subscriptions`: SUBSCRIPTION rows, `plans`: PLAN rows. Returns `account_id`, `service`.
    """
    goes_on = (pl.col("service_to") > on).fill_null(value=True)
    held = subscriptions.with_columns(goes_on.alias("_goes_on"))
    chosen = held.filter(pl.col("_goes_on") | ~pl.col("_goes_on").any().over("account_id"))
    return chosen.join(plans.select("plan_code", "service"), on="plan_code").select("account_id", "service").unique()


def risen_limits(limits: pl.DataFrame) -> pl.DataFrame:
    """Raise limits by their policy's step, up to its ceiling; a limit above the ceiling stays as it is.

    `limits`: `account_id`, `credit_limit`, `limit_step`, `limit_step_percent` and `limit_ceiling`, any of which may be
    null. Returns `account_id`, `old_limit` and the new `credit_limit`, of every account.
    """
    old = pl.col("credit_limit")
    step = pl.col("limit_step").fill_null(0) + percent_of(old, pl.col("limit_step_percent").fill_null(0))
    stepped = (old + step).cast(AMOUNT)
    risen = pl.max_horizontal(old, pl.min_horizontal(stepped, pl.col("limit_ceiling")))
    return limits.select("account_id", old.alias("old_limit"), risen.cast(AMOUNT).alias("credit_limit"))
