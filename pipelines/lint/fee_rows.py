"""Fees of plans: settings that contradict each other, prices that leave days without a fee, bundles without a price."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings

PLANS, PRICES, PARTS = "plans.csv", "plan_prices.csv", "bundle_parts.csv"


def fee_faults(frames: Frames) -> list[Fault]:
    """Find what `pipelines.charging.fee_flow` could not charge, or not as it is written."""
    plans, prices, parts = (frames[name] for name in ("plan", "plan_price", "bundle_part"))
    return [*_plans(plans, prices), *_prices(prices), *_not_taken_over(plans, prices), *_bundles(parts)]


def _plans(plans: pl.DataFrame, prices: pl.DataFrame) -> list[Fault]:
    reduces = pl.col("suspension").fill_null("bill") == "reduce"
    percent, fee = pl.col("suspended_percent"), pl.col("activation_fee").fill_null(0)
    checks = (
        (
            reduces & percent.is_null(),
            "suspension",
            "suspension reduce without suspended_percent",
            "say what percent of the fee days of suspension cost",
        ),
        (
            ~reduces & percent.is_not_null(),
            "suspended_percent",
            "a suspended_percent that suspension {suspension} never uses",
            "use suspension reduce, or leave it empty",
        ),
        (
            (fee > 0) & pl.col("activation_article_no").is_null(),
            "activation_fee",
            "an activation_fee without activation_article_no cannot be invoiced",
            "name the article it is sold as",
        ),
    )
    foreign = prices.join(plans.select("plan_code", plan_currency="currency"), on="plan_code")
    abroad = foreign.filter(pl.col("currency") != pl.col("plan_currency"))["plan_code"].unique().implode()
    unpaid = plans.filter((fee > 0) & pl.col("plan_code").is_in(abroad))
    return [
        *(fault for wrong, *told in checks for fault in findings(plans.filter(wrong), PLANS, *told)),
        *findings(
            unpaid, PLANS, "activation_fee", "accounts in other currencies than {currency} pay no activation_fee",
            "sell them another plan, or charge it by hand", severity="warning",
        ),
    ]  # fmt: skip


def _prices(prices: pl.DataFrame) -> list[Fault]:
    early = prices.filter(pl.col("existing_from") < pl.col("valid_from"))
    scope = ["plan_code", "currency"]
    following = pl.col("valid_from").shift(-1).over(scope)
    ends = prices.sort(*scope, "valid_from").filter(
        pl.col("valid_to").is_not_null() & (following != pl.col("valid_to")).fill_null(value=True)
    )
    return [
        *findings(
            early, PRICES, "existing_from", "existing_from lies before valid_from {valid_from}",
            "let new customers have the fee first, or leave it empty",
        ),
        *findings(
            ends, PRICES, "valid_to", "{plan_code} has no fee in {currency} from {valid_to}: its accounts will be held",
            "add the row that follows, or leave valid_to empty", severity="warning",
        ),
    ]  # fmt: skip


def _not_taken_over(plans: pl.DataFrame, prices: pl.DataFrame) -> list[Fault]:
    """Find plans whose rows forget the monthly_fee: until the first of them the plan has no fee any more."""
    own = prices.join(plans.select("plan_code", "currency", "monthly_fee"), on=["plan_code", "currency"])
    first = own.filter(
        (pl.col("monthly_fee") > 0),
        (pl.col("period_fee") != pl.col("monthly_fee")).all().over("plan_code"),
        pl.col("valid_from") == pl.col("valid_from").min().over("plan_code"),
    )
    problem = "{plan_code} has no fee in {currency} before this day: its monthly_fee {monthly_fee} counts no more"
    remedy = "add a row with the fee until then, or let monthly_fee be one of the rows"
    return findings(first, PRICES, "valid_from", problem, remedy, severity="warning")


def _bundles(parts: pl.DataFrame) -> list[Fault]:
    free = parts.filter(pl.col("standalone_price").sum().over("plan_code") == 0)
    problem = "the articles of {plan_code} have no price: its fee cannot be shared"
    return findings(free, PARTS, "standalone_price", problem, "give what each costs by itself")
