"""Non-payment: when an unpaid invoice restricts, suspends and at last ends the services of its account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

from schemas.policy import Credit

LEVELS = ("none", "restrict", "suspend", "terminate")
# What costs most is barred first; a suspended account can be called, and can call emergency numbers.
_BARRED = {"restrict": ("abroad", "premium"), "suspend": ("all",), "terminate": ("all",)}


def non_payment_levels(open_items: pl.DataFrame, policy: Credit, minimum_open: Decimal, on: date) -> pl.DataFrame:
    """Decide the level of each account that owes an invoice after its due date.

    Days are counted from the due date of the oldest invoice of which more than `minimum_open` is unpaid; the highest
    level whose days have passed holds, and a level of 0 days never does. Reminder fees alone bring none.
    `open_items` has RECEIVABLE columns and `open_amount`. Returns `account_id`, `level` (one of `LEVELS`),
    `invoice_no`, `due_on`, `open_amount`, `days_overdue` and `level_text`, which says why.
    """
    oldest = (
        open_items.filter(
            (pl.col("receivable_kind") == "invoice") & (pl.col("open_amount") > minimum_open) & (pl.col("due_on") < on)
        )
        .sort("due_on", "invoice_no")
        .unique("account_id", keep="first", maintain_order=True)
        .with_columns((pl.lit(on) - pl.col("due_on")).dt.total_days().alias("days_overdue"))
    )
    days = (policy.restrict_days, policy.suspend_days, policy.terminate_days)
    level: pl.Expr = pl.lit("none")
    for name, after in zip(LEVELS[1:], days, strict=True):
        if after:
            level = pl.when(pl.col("days_overdue") >= after).then(pl.lit(name)).otherwise(level)
    text = pl.format("invoice {} was due on {}, and {} of it is unpaid", "invoice_no", "due_on", "open_amount")
    return (
        oldest.with_columns(level.alias("level"), text.alias("level_text"))
        .select("account_id", "level", "invoice_no", "due_on", "open_amount", "days_overdue", "level_text")
        .sort("account_id")
    )


def bars_by_non_payment(levels: pl.DataFrame) -> pl.DataFrame:
    """Return what is barred at each account's level: `account_id`, `barred` and `note_text`.

    Restricted: calls abroad and to premium numbers. Suspended, or waiting to be ended: all but emergency numbers.
    """
    barred = pl.DataFrame(
        [(level, services) for level, all_services in _BARRED.items() for services in all_services],
        schema={"level": pl.String, "barred": pl.String},
        orient="row",
    )
    joined = levels.join(barred, on="level")
    return joined.select("account_id", "barred", pl.col("level_text").alias("note_text")).sort("account_id", "barred")


def accounts_at(levels: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return the accounts at some levels, with why: `account_id`, `level`, `level_text`."""
    return levels.filter(pl.col("level").is_in(names)).select("account_id", "level", "level_text")


def suspended_subscriptions(levels: pl.DataFrame, subscriptions: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the subscriptions in force that non-payment suspends, those to be ended among them.

    `subscriptions`: SUBSCRIPTION rows. Returns `subscription_id`, `state_cause` (`unpaid`) and `request_id` (null),
    once each.
    """
    return (
        subscriptions.filter(_in_force(on))
        .join(accounts_at(levels, "suspend", "terminate"), on="account_id", how="semi")
        .select("subscription_id", pl.lit("unpaid").alias("state_cause"), pl.lit(None, pl.String).alias("request_id"))
        .unique()
        .sort("subscription_id")
    )


def subscriptions_to_end(levels: pl.DataFrame, subscriptions: pl.DataFrame, on: date) -> pl.DataFrame:
    """Return the subscriptions of accounts at the level `terminate` that have no end yet.

    `subscriptions`: SUBSCRIPTION rows. Returns `request_id` (`unpaid:` subscription and invoice), `subscription_id` and
    `level_text`.
    """
    return (
        subscriptions.filter(_in_force(on) & pl.col("service_to").is_null())
        .join(levels.filter(pl.col("level") == "terminate"), on="account_id")
        .select(
            pl.format("unpaid:{}:{}", "subscription_id", "invoice_no").alias("request_id"),
            "subscription_id",
            "level_text",
        )
        .unique()
        .sort("request_id")
    )


def _in_force(on: date) -> pl.Expr:
    return (pl.col("service_from") <= on) & (pl.col("service_to").is_null() | (pl.col("service_to") > on))
