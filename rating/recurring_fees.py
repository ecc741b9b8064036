"""Recurring fees: what every fee of the open window comes to, as configuration and register stand tonight.

The order of the steps, and why:

1. periods of each version of a subscription (plan and quantity), as the plan aligns them (`fee_periods`);
2. cut where the price changes (`fee_prices`), then where an offer or a suspension begins or ends (`fee_parts`);
3. prorated and rounded per line (`proration`): version, period and price, because each is a line on an invoice;
4. shared over the articles of a bundle (`bundles`), which is of what the customer pays;
5. compared with what is charged (`fee_differences`): only the difference is booked.

docs/fees.md is the rule book.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from rating.bundles import shared_over_articles
from rating.fee_differences import ChargedFees, fee_differences
from rating.fee_parts import with_paid_share
from rating.fee_periods import aligned, before, fee_periods
from rating.fee_prices import with_price
from rating.fee_terms import FeeRegister, FeeTerms, FeeWindow, fee_versions
from rating.proration import prorated
from schemas.tables import FEE_FAULT

_VERSION = ["subscription_id", "plan_code", "version_from"]
PERIOD = ["subscription_id", "plan_code", "period_from", "period_to"]
LINE = ["version_from", "price_from"]
_KEPT = [
    "account_id", "account_bucket", "currency", "article_no", "quantity", "due_on", "price",
]  # fmt: skip
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ProposedFees:
    """What fees come to.

    `lines`: one row per line and article: `line_key`, `PERIOD`, `LINE`, `part_from`, `part_to`,
    `used_days`, `full_days`, `quantity`, `price`, `amount_ex_vat` (2 decimals), `is_due` and whose it is.
    `parts`: what they were made of. `faults`: FEE_FAULT rows without `found_on`.
    """

    lines: pl.DataFrame
    parts: pl.DataFrame
    faults: pl.DataFrame


@dataclass(frozen=True)
class FeeCharges:
    """New CHARGE rows without `charged_on`, and the FEE_FAULT rows without `found_on` of what could not be charged."""

    charges: pl.DataFrame
    faults: pl.DataFrame


def recurring_charges(register: FeeRegister, terms: FeeTerms, charged: ChargedFees, window: FeeWindow) -> FeeCharges:
    """Charge recurring fees: the difference between what they come to and what is charged, per line.

    A fee is first charged when it is due: in advance as its period, or the version, begins; in arrears when that is
    over. What becomes known later (an end, another plan, quantity or price, a suspension) is charged as a difference,
    which may be negative. Run again, it charges nothing. A fee without a price is neither charged nor taken back.
    """
    proposed = proposed_fees(register, terms, charged, window)
    known = pl.col("plan_code").is_in(terms.plans["plan_code"].implode())
    compared = charged.without(proposed.faults).having(known)
    return FeeCharges(fee_differences(proposed.lines, compared, terms.articles, window.since), proposed.faults)


def proposed_fees(register: FeeRegister, terms: FeeTerms, charged: ChargedFees, window: FeeWindow) -> ProposedFees:
    """Return what the fees of all periods that have begun by `window.on` and reach into the window come to."""
    versions = _versions(register, terms, charged, window)
    used = _used(versions, charged, window)
    priced = with_price(used, terms.prices)
    faults = _faults(used, priced, register, terms, window)
    whole = _as_first_charged(priced, charged).join(faults.select(PERIOD), on=PERIOD, how="anti")
    parts = with_paid_share(whole, register.subscriptions, terms.offers, register.suspended)
    lines = prorated(parts, PERIOD, LINE, _KEPT).with_columns((pl.col("due_on") <= window.on).alias("is_due"))
    shared = shared_over_articles(lines, terms.bundles)
    return ProposedFees(shared.with_columns(_line_key()), parts, faults)


def _line_key() -> pl.Expr:
    """Name what a fee is charged for; `fee_differences.with_key_fields` reads it."""
    price = pl.when(pl.col("price_from").is_not_null()).then(pl.format(":{}", "price_from")).otherwise(pl.lit(""))
    whose = ("subscription_id", "plan_code", "article_no", "version_from", "period_from", "period_to")
    return pl.concat_str(pl.format("{}:{}:{}:{}:{}/{}", *whose), price).alias("line_key")


def _versions(register: FeeRegister, terms: FeeTerms, charged: ChargedFees, window: FeeWindow) -> pl.DataFrame:
    """Lay out the versions that have a fee, with account, plan and the day from which their fees are open."""
    accounts = register.accounts.select("account_id", "account_bucket", "billing_day", "currency", "account_from")
    plans = terms.fee_plans().select(
        "plan_code", "article_no", "monthly_fee", "has_prices", "fee_period", "fee_timing", "fee_alignment",
        "proration", "suspension", "suspended_percent", "refund_on_end", plan_currency="currency",
    )  # fmt: skip
    is_new = ~pl.col("subscription_id").is_in(charged.subscriptions.implode())
    since = pl.when(is_new).then(pl.lit(window.new_since)).otherwise(pl.lit(window.since))
    return (
        fee_versions(register.subscriptions)
        .join(accounts, on="account_id")
        .join(plans, on="plan_code")
        .with_columns(since.alias("open_from"))
    )


def _used(versions: pl.DataFrame, charged: ChargedFees, window: FeeWindow) -> pl.DataFrame:
    """Return what each version uses of each period: `part_from`, `part_to`, and from when it is due (`due_on`)."""
    tomorrow = pl.lit(window.on + _DAY)
    wanted = aligned(versions).with_columns(
        pl.max_horizontal("version_from", before(pl.col("open_from"), pl.col("fee_period"))).alias("wanted_from"),
        pl.min_horizontal(
            pl.coalesce("version_to", tomorrow), pl.max_horizontal(tomorrow, pl.col("version_from") + _DAY)
        ).alias("wanted_to"),
    )
    periods = fee_periods(wanted.filter(pl.col("wanted_from") < pl.col("wanted_to"))).drop("wanted_from", "wanted_to")
    open_ = periods.filter((pl.col("period_from") <= window.on) & (pl.col("period_to") > pl.col("open_from")))
    whole = _with_other_periods(open_.with_columns(pl.lit(None, pl.Date).alias("held_to")), wanted, charged)
    used = whole.with_columns(
        pl.max_horizontal("period_from", "version_from", "held_to").alias("part_from"),
        pl.min_horizontal("period_to", "version_to").alias("part_to"),
    )
    due = pl.when(pl.col("fee_timing") == "advance").then("part_from").otherwise("part_to")
    return (
        _kept_after_the_end(used, charged)
        .filter(pl.col("part_from") < pl.col("part_to"))
        .with_columns(due.alias("due_on"))
    )


def _with_other_periods(periods: pl.DataFrame, versions: pl.DataFrame, charged: ChargedFees) -> pl.DataFrame:
    """Add periods that fees were charged for under another billing day, or plan setting; what follows begins after.

    No day of a version is charged twice: its next fee begins where the last of those ends (`held_to`).
    """
    span = ["period_from", "period_to"]
    other = charged.periods.join(periods, on=[*_VERSION, *span], how="anti").select(*_VERSION, *span)
    held = versions.drop("wanted_from", "wanted_to").join(other, on=_VERSION)
    if held.is_empty():
        return periods
    until = held.group_by(_VERSION).agg(pl.col("period_to").max().alias("held_to"))
    is_new = periods.drop("held_to").join(charged.periods, on=[*_VERSION, *span], how="anti")
    trimmed = is_new.join(until, on=_VERSION, how="left").select(periods.columns)
    following = pl.concat([trimmed, periods.join(charged.periods, on=[*_VERSION, *span], how="semi")])
    return pl.concat([following, held.with_columns(pl.lit(None, pl.Date).alias("held_to")).select(periods.columns)])


def _kept_after_the_end(used: pl.DataFrame, charged: ChargedFees) -> pl.DataFrame:
    """Keep what was charged of a period in which the service has ended, where the plan gives nothing back then."""
    ended = (pl.col("version_to") < pl.col("period_to")) & ~pl.col("is_followed") & ~pl.col("refund_on_end")
    span = [*_VERSION, "period_from", "period_to"]
    paid = used.filter(ended).select(span).join(charged.periods, on=span)
    if paid.is_empty():
        return used
    until = pl.max_horizontal("part_to", pl.min_horizontal("paid_to", "period_to"))
    return used.join(paid, on=span, how="left").with_columns(until.alias("part_to")).select(used.columns)


def _as_first_charged(priced: pl.DataFrame, charged: ChargedFees) -> pl.DataFrame:
    """Let a line that was first charged from a later day than its version and period begin still begin there."""
    if charged.begun_late.is_empty():
        return priced
    line = [*_VERSION, "period_from", "period_to", "price_from"]
    late = priced.join(charged.begun_late, on=line, how="left", nulls_equal=True)
    begins = late.with_columns(pl.max_horizontal("part_from", "paid_from").alias("part_from"))
    return begins.filter(pl.col("part_from") < pl.col("part_to")).select(priced.columns)


def _faults(
    used: pl.DataFrame, priced: pl.DataFrame, register: FeeRegister, terms: FeeTerms, window: FeeWindow
) -> pl.DataFrame:
    """Find fees that are due and have no price on some day, and versions on a plan that is not there."""
    whose = [*PERIOD, "account_id", "currency", "version_from"]
    days = (pl.col("part_to") - pl.col("part_from")).dt.total_days()
    if priced.select(days.sum()).item() == used.select(days.sum()).item():  # as nearly always
        used, priced = used.clear(), priced.clear()
    due = used.filter(pl.col("due_on") <= window.on)
    covered = priced.group_by([*PERIOD, "version_from"]).agg(days.sum().alias("priced_days"))
    lacking = (
        due.select(*whose, days.alias("days"))
        .join(covered, on=[*PERIOD, "version_from"], how="left")
        .filter(pl.col("priced_days").fill_null(0) < pl.col("days"))
        .with_columns(
            pl.format(
                "plan {} has no fee in {} on some day of {} to {}; add a row to plan_prices.csv",
                "plan_code", "currency", "period_from", "period_to",
            ).alias("reason_text")
        )
    )  # fmt: skip
    unknown = _unknown_plans(register, terms, window)
    return (
        pl.concat([each.select(*PERIOD, "account_id", "currency", "reason_text") for each in (lacking, unknown)])
        .unique(FEE_FAULT.key, keep="first", maintain_order=True)
        .with_columns(pl.lit("NO_FEE_PRICE").alias("reason_code"))
        .select([name for name in FEE_FAULT.names if name != "found_on"])
        .sort(PERIOD)
    )


def _unknown_plans(register: FeeRegister, terms: FeeTerms, window: FeeWindow) -> pl.DataFrame:
    tonight = pl.lit(window.on)
    return (
        register.subscriptions.join(terms.plans, on="plan_code", how="anti")
        .filter(
            (pl.col("service_from") <= tonight) & (pl.col("service_to").is_null() | (pl.col("service_to") > tonight))
        )
        .join(register.accounts.select("account_id", "currency"), on="account_id")
        .with_columns(
            pl.col("service_from").alias("period_from"),
            pl.lit(window.on + _DAY).alias("period_to"),
            pl.format("plan {} is not in plans.csv; put it back", "plan_code").alias("reason_text"),
        )
    )
