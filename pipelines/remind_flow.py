"""Remind and restrict: overdue invoices get their first reminder, accounts over their limit are blocked."""

from __future__ import annotations

import polars as pl

from invoicing.reminders import first_reminders, reminder_fees
from invoicing.settlement import credit_left
from pipelines import clock
from pipelines.bill_flow import unbilled_charges
from pipelines.night import Night, StageReport
from pipelines.settle_flow import current_open_items
from rating.credit_exposure import credit_exposure, numbers_to_block
from schemas import tables

_IN_SERVICE = "service_to IS NULL OR service_to > ?"
_OWNED = "owned_to IS NULL OR owned_to > ?::DATE"


def remind(night: Night) -> StageReport:
    """Remind of overdue invoices, each step once; the fee becomes a claim of its own."""
    items = current_open_items(night)
    reminded = night.store.read(tables.REMINDER)
    reminders = first_reminders(items, reminded, night.policy.reminders, night.on)
    if reminders.height:
        with night.store.transaction("remind"):
            night.store.append(tables.REMINDER, reminders)
            night.store.append(tables.RECEIVABLE, reminder_fees(reminders, night.policy.operator.currency))
    return StageReport(
        items.height, reminders.height, 0, f"{reminders.height} first reminders of {items.height} open items"
    )


def account_exposure(night: Night) -> pl.DataFrame:
    """Return the exposure of every account beside its limit; by day of the accounts touched."""
    allocations = night.read(tables.ALLOCATION)
    return credit_exposure(
        night.read(tables.ACCOUNT),
        current_open_items(night),
        credit_left(allocations),
        unbilled_charges(night),
        night.vat_in_force(),
    )


def restrict(night: Night) -> StageReport:
    """Block every number of an account over its limit; lift the block where the account is no longer over.

    By day, of the accounts that the run has touched.
    """
    in_service = _numbers_in_service(night)
    wanted = numbers_to_block(account_exposure(night), in_service)
    known = night.read(tables.BLOCK, "block_cause = 'credit_limit'")
    standing = known.filter(pl.col("unblocked_on").is_null())
    counted = known.group_by("a_number").agg(pl.len().cast(pl.Int64).alias("earlier"))
    ordinal = pl.col("earlier").fill_null(0) + 1
    new = (
        wanted.join(standing, on="a_number", how="anti")
        .join(counted, on="a_number", how="left")
        .with_columns(
            pl.format("credit_limit:{}:{}", "a_number", ordinal).alias("block_id"),
            pl.lit("financial").alias("block_reason"),
            pl.lit("credit_limit").alias("block_cause"),
            pl.lit("all").alias("barred"),
            pl.lit(night.policy.credit.blocked_prompt).alias("prompt"),
            pl.lit(night.on).alias("blocked_on"),
            pl.lit(clock.now(), tables.BLOCK.schema["blocked_at"]).alias("blocked_at"),
        )
        .drop("earlier")
    )
    current = standing.drop("exposure", "credit_limit").join(
        wanted.select("a_number", "exposure", "credit_limit"), on="a_number"
    )
    changed = current.join(standing, on=["a_number", "exposure", "credit_limit"], how="anti")
    lifted = standing.join(wanted, on="a_number", how="anti").with_columns(
        pl.lit(night.on).alias("unblocked_on"),
        pl.lit(clock.now(), tables.BLOCK.schema["blocked_at"]).alias("unblocked_at"),
    )
    if new.height or lifted.height or changed.height:
        with night.store.transaction("restrict"):
            night.store.upsert(tables.BLOCK, pl.concat([lifted, changed.select(lifted.columns)]))
            night.store.append(tables.BLOCK, new)
    summary = f"{new.height} numbers blocked, {lifted.height} freed, {wanted.height} on the block list"
    return StageReport(in_service.height, wanted.height, 0, summary)


def _numbers_in_service(night: Night) -> pl.DataFrame:
    """Return `a_number` and `account_id` of every number in service; by day of the accounts touched."""
    served = night.read(tables.SUBSCRIPTION, _IN_SERVICE, [night.on]).select("subscription_id", "account_id").unique()
    held = night.store.read_matching(tables.NUMBER_ASSIGNMENT, served.select("subscription_id"), _OWNED, [night.on])
    return held.join(served, on="subscription_id").select("a_number", "account_id").unique()
