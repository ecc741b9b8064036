"""Whom a term is for: the cases in which rebates, minima and maxima are looked at on a billing date.

A row of `rebates.csv` or `commitments.csv` names whom it is for (`link_scope`, `link_to`) and whose charges it takes
together (`term_scope`):

- `subscription`: each subscription by itself, whether the row names it, its customer, its group, its plan or all;
- `account`: all charges of the account together; of a row for a plan, those of the account's subscriptions on it.

Of several rows that count the same of one subscription or account only the most special holds: subscription, customer,
group, plan, all.
The row in force on the last day of the period holds for all of it, and so do the plan and the group of that day.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from invoicing.period_term_pots import BILLED
from schemas.codes import TERM_LINK_SCOPES
from schemas.money import divide_half_away, to_minor
from schemas.periods import billing_dates

_LINKED_BY = {
    "subscription": pl.col("subscription_id").cast(pl.String), "customer": pl.col("customer_id").cast(pl.String),
    "group": pl.col("customer_group"), "plan": pl.col("plan_code"), "all": pl.lit("*"),
}  # fmt: skip
_LAST_DAY = pl.col("billing_date").dt.offset_by("-1d")


class Subjects(NamedTuple):
    """The accounts that are due (from `billed_accounts`) and their subscriptions (from `services_of`)."""

    billed: pl.DataFrame
    services: pl.DataFrame


def billed_accounts(
    due_dates: pl.DataFrame, accounts: pl.DataFrame, customers: pl.DataFrame, groups: pl.DataFrame
) -> pl.DataFrame:
    """Tell of each account that is due what terms ask of it.

    `due_dates`: `account_id`, `billing_date`, `billed_to` (its last billing date, null before the first invoice);
    ACCOUNT, CUSTOMER and CUSTOMER_GROUP rows. Columns: those, `account_bucket`, `customer_id`, `currency`,
    `billing_day`, and `customer_group` of the period's last day: the customer's category where it has no group.
    """
    columns = ["account_bucket", "customer_id", "currency", "billing_day"]
    known = due_dates.join(accounts.select("account_id", *columns), on="account_id").join(
        customers.select("customer_id", "customer_category"), on="customer_id", how="left"
    )
    grouped = known.select(*BILLED, "customer_id").join(groups, on="customer_id").filter(_in_force())
    found = grouped.unique(BILLED).select(*BILLED, "customer_group")
    return (
        known.join(found, on=BILLED, how="left")
        .with_columns(pl.coalesce("customer_group", "customer_category").alias("customer_group"))
        .drop("customer_category")
    )


def services_of(billed: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Lay out the subscriptions that began before the billing date of who pays for them.

    `subscriptions`: SUBSCRIPTION rows, with the account that pays. Columns: those of `billed`, `subscription_id`,
    `plan_code` (its last one before the billing date), `service_from` (of its first version) and `service_to` (of its
    last one, null while open).
    """
    real = pl.col("service_to").is_null() | (pl.col("service_from") < pl.col("service_to"))
    begun = subscriptions.filter(real).join(billed, on="account_id")
    begun = begun.filter(pl.col("service_from") < pl.col("billing_date")).sort("subscription_id", "service_from")
    of_account = [name for name in billed.columns if name not in BILLED]
    return begun.group_by(*BILLED, "subscription_id", maintain_order=True).agg(
        pl.col(of_account).first(), pl.col("plan_code", "service_to").last(), pl.col("service_from").first()
    )


def cases_of(terms: pl.DataFrame, whose: Subjects) -> pl.DataFrame:
    """Find the cases of terms: their columns, those of the account, `subscription_id` (null: the whole account).

    `plan_code` is given where the case is of the account's subscriptions on a plan; `service_from` and `service_to`
    span the service of the case, null where there is none.
    """
    billed, services = whose
    of_plan = _together(services, "plan_code")
    none = pl.lit(None, pl.Int64).alias("subscription_id")
    whole = billed.join(_together(services).select(*BILLED, "service_from", "service_to"), on=BILLED, how="left")
    each, pooled = (terms.filter(pl.col("term_scope") == scope) for scope in ("subscription", "account"))
    found = [
        *(_linked(each, services, scope, keeps_plan=False) for scope in TERM_LINK_SCOPES),
        *(_linked(pooled, whole.with_columns(none), scope, keeps_plan=False) for scope in ("customer", "group", "all")),
        _linked(pooled, of_plan.with_columns(none), "plan", keeps_plan=True),
    ]
    rank = pl.col("link_scope").replace_strict(
        {name: place for place, name in enumerate(TERM_LINK_SCOPES)}, return_dtype=pl.Int64
    )
    unit = ["term_scope", "term_target", *BILLED, "subscription_id"]
    rows = pl.concat([rows.select(found[0].columns) for rows in found])
    return rows.filter(rank == rank.min().over(unit))


def _together(services: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Put the services of each account together, from the first day of one to the last of another."""
    ends = pl.when(pl.col("service_to").is_not_null().all()).then(pl.col("service_to").max())
    of_account = [name for name in services.columns if name not in {*BILLED, *by, *_OF_SERVICE}]
    return services.group_by(*BILLED, *by).agg(
        pl.col(of_account).first(), pl.col("service_from").min(), ends.alias("service_to")
    )


_OF_SERVICE = ("subscription_id", "plan_code", "service_from", "service_to")


def _linked(terms: pl.DataFrame, units: pl.DataFrame, scope: str, *, keeps_plan: bool) -> pl.DataFrame:
    """Join the terms of one `link_scope` with the units that they name, in force on the period's last day."""
    named = terms.filter(pl.col("link_scope") == scope)
    key = _LINKED_BY[scope].alias("link_to")
    plan = pl.col("plan_code") if keeps_plan else pl.lit(None, pl.String).alias("plan_code")
    rows = units.with_columns(key).join(named, on=["link_to", "currency"]).filter(_in_force())
    return rows.with_columns(plan)


def _in_force() -> pl.Expr:
    return (pl.col("valid_from") <= _LAST_DAY) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > _LAST_DAY))


def bounds_of(cases: pl.DataFrame, amount: str, since: date, until: date) -> pl.DataFrame:
    """Give the `bound` of each case (Int64 öre) from its `amount`, a column of COMMITMENT: a minimum or a maximum.

    An amount is for a whole billing period. Of each period since the last invoice (none that began before `since`) it
    counts by days: days of service / days of the period, rounded to the öre; the parts add up. So a subscription that
    began or ended inside the period has its part, and an invoice of two periods twice the amount. A period whose last
    day lies before the row's first is not counted. A case without a day of service in the period is left out.
    """
    parts = bound_parts(cases, amount, since, until).group_by("case_no").agg(pl.col("bound").sum())
    return cases.join(parts, on="case_no", maintain_order="left")


def bound_parts(cases: pl.DataFrame, amount: str, since: date, until: date) -> pl.DataFrame:
    """Give the part of a bound that each billing period has.

    Columns: `case_no`, `period_from`, `period_to`, `days` of service, `full_days` and `bound` (öre).
    """
    first = pl.max_horizontal("period_from", "service_from", "billed_to")
    days = (pl.min_horizontal("period_to", "service_to") - first).dt.total_days()
    full = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    of_days = divide_half_away(to_minor(pl.col(amount)) * pl.col("days"), pl.col("full_days"))
    return (
        cases.select("case_no", "billing_day", "billing_date", "billed_to", "service_from", "service_to",
                     "valid_from", amount)
        .join(billing_dates(since, until), on="billing_day")
        .filter(pl.col("period_to") <= pl.col("billing_date"), pl.col("valid_from") < pl.col("period_to"))
        .with_columns(days.alias("days"), full.alias("full_days"))
        .filter(pl.col("service_from").is_not_null(), pl.col("days") > 0)
        .select("case_no", "period_from", "period_to", "days", "full_days", of_days.alias("bound"))
    )  # fmt: skip
