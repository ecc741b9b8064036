"""Fees: what recurring fees of the open window come to, less what is charged of them, becomes charges."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from pipelines.night import Night
from rating.fee_differences import CHARGED, charged_fees
from rating.fee_periods import before
from rating.fee_terms import FeeRegister, FeeTerms, FeeWindow, suspended_spans
from rating.recurring_fees import FeeCharges, recurring_charges
from schemas import tables
from schemas.periods import months_after

_LONGEST_MONTH = timedelta(days=31)
_PIECE = 100_000  # versions of subscriptions
_PERIOD_TO = "right(split_part(line_key, ':', 5), 10)"  # see `rating.recurring_fees`
_EVER_SUSPENDED = "SELECT DISTINCT subscription_id FROM subscription_state WHERE subscription_state = 'suspended'"


class Fees(NamedTuple):
    """New CHARGE rows, and how many fees could not be charged."""

    charges: pl.DataFrame
    faults: int


def charge_fees(night: Night) -> Fees:
    """Charge recurring fees and keep FEE_FAULT, within the caller's transaction; return the new charges.

    They are the night's alone: a run by day charges none. A night narrowed down to some accounts charges theirs.
    """
    if not night.is_whole:
        return Fees(tables.CHARGE.empty(), 0)
    found = fees_of(night)
    _keep_faults(night, found.faults)
    return Fees(found.charges.with_columns(pl.lit(night.on).alias("charged_on")), found.faults.height)


def fees_of(night: Night) -> FeeCharges:
    """Return what recurring fees come to beyond what is charged; nothing is written."""
    window, terms, register = fee_window(night), fee_terms(night), fee_register(night)
    charges, known = _charged(night, window, terms)
    pieces = register.subscriptions.height // _PIECE + 1
    found = []
    for piece in range(pieces):  # a fee depends on its subscription alone: memory follows the piece
        of_piece = pl.col("subscription_id") % pieces == piece
        charged = charged_fees(charges.filter(of_piece), known)
        versions = replace(register, subscriptions=register.subscriptions.filter(of_piece))
        found.append(recurring_charges(versions, terms, charged, window))
    return FeeCharges(*(pl.concat(rows) for rows in zip(*((f.charges, f.faults) for f in found), strict=True)))


def fee_window(night: Night) -> FeeWindow:
    """Return how far back fees are open: `billing.open_months`; a late sign-up as far as requests are believed."""
    late = night.on - timedelta(days=night.policy.limits.request_days_back) - _LONGEST_MONTH
    since = months_after(night.on, -night.policy.billing.open_months)
    return FeeWindow(since, min(late, since), night.on)


def fee_terms(night: Night) -> FeeTerms:
    """Return the configuration that fees are decided by."""
    named = (tables.PLAN, tables.PLAN_PRICE, tables.BUNDLE_PART, tables.OFFER, tables.ARTICLE)
    return FeeTerms(*(night.config(table) for table in named))


def fee_register(night: Night) -> FeeRegister:
    """Read who pays fees, and when they were suspended."""
    return FeeRegister(night.read(tables.SUBSCRIPTION), night.read(tables.ACCOUNT), _suspended(night))


def _suspended(night: Night) -> pl.DataFrame:
    """Read the spans of suspension, where a plan makes a difference of them."""
    differs = night.config(tables.PLAN)["suspension"].is_in(["reduce", "pause"]).any()
    lived = (
        night.store.query(_EVER_SUSPENDED)
        if differs
        else pl.DataFrame({"subscription_id": []}, {"subscription_id": pl.Int64})
    )
    if lived.is_empty():
        return suspended_spans(tables.SUBSCRIPTION_STATE.empty())
    return suspended_spans(night.store.read_matching(tables.SUBSCRIPTION_STATE, lived))


def _charged(night: Night, window: FeeWindow, terms: FeeTerms) -> tuple[pl.DataFrame, pl.Series]:
    """Read the recurring charges of fee periods that reach into the window, and the subscriptions that have any.

    Of such a period all charges are read, also those of its days before the window: they add up to the fee.
    """
    names = ", ".join(CHARGED)
    is_fee = "charge_kind = 'recurring' AND line_key IS NOT NULL AND service_to > ?"
    longest = terms.fee_plans().select(before(pl.lit(window.since), pl.col("fee_period")).min()).item()
    sql = f"SELECT {names} FROM charge WHERE {is_fee} AND (service_to > ? OR {_PERIOD_TO} > ?)"  # noqa: S608 (names are ours)
    charges = night.store.query(sql, [longest or window.since, window.since, window.since.isoformat()])
    known = night.store.query(f"SELECT DISTINCT subscription_id FROM charge WHERE {is_fee}", [window.new_since])  # noqa: S608
    return charges.cast({name: tables.CHARGE.schema[name] for name in CHARGED}), known["subscription_id"]


def _keep_faults(night: Night, found: pl.DataFrame) -> None:
    """Replace what was found before: fees that can be charged again leave, the others keep their first night."""
    before = night.store.read(tables.FEE_FAULT)
    first = before.select(*tables.FEE_FAULT.key, pl.col("found_on").alias("first_on"))
    rows = (
        found.join(first, on=list(tables.FEE_FAULT.key), how="left")
        .with_columns(pl.col("first_on").fill_null(pl.lit(night.on, pl.Date)).alias("found_on"))
        .select(tables.FEE_FAULT.names)
        .sort(tables.FEE_FAULT.key)
    )
    if not rows.equals(before.sort(tables.FEE_FAULT.key)):
        night.store.replace(tables.FEE_FAULT, rows)
