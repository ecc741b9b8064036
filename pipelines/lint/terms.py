"""Tiers, allowances, discounts and offers: each must be able to do what it says."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings

_WHOLE = 100


def term_faults(frames: Frames, whole: set[str]) -> list[Fault]:
    """Find tiers that end or leave out units, and terms whose settings contradict each other."""
    return [
        *(_tiers(frames["tier"]) if "tier" in whole else ()),
        *_allowances(frames["allowance"]),
        *_discounts(frames["discount"]),
        *_offers(frames["offer"]),
    ]


def _tiers(tiers: pl.DataFrame) -> list[Fault]:
    """Check that the tiers of a code lie end to end from 0 to no end, so that no unit is silently free."""
    if tiers.is_empty():
        return []
    file = "tiers.csv"
    rows = tiers.sort("tier_code", "tier_from").with_columns(
        pl.col("tier_to").shift(1).over("tier_code").alias("before"),
        (pl.int_range(pl.len()) == 0).over("tier_code").alias("first"),
        (pl.int_range(pl.len()) == pl.len() - 1).over("tier_code").alias("last"),
        pl.col("tier_mode", "tier_scope").first().over("tier_code").name.prefix("first_"),
    )
    first, last = pl.col("first"), pl.col("last")
    touching = pl.col("tier_from") == pl.col("before")
    checks = (
        (pl.col("tier_to") <= pl.col("tier_from"), "tier_to", "tier_to is not after tier_from", "tier_to is exclusive"),
        (
            first & (pl.col("tier_from") != 0),
            "tier_from",
            "the tiers of {tier_code} do not begin at 0",
            "let the first tier begin at 0",
        ),
        (
            ~first & ~touching.fill_null(value=False),
            "tier_from",
            "the tiers of {tier_code} leave a gap or overlap at {tier_from}",
            "let each tier begin where the one before it ends",
        ),
        (
            last & pl.col("tier_to").is_not_null(),
            "tier_to",
            "the last tier of {tier_code} ends: usage beyond {tier_to} would be free",
            "leave tier_to of the last tier empty",
        ),
        *(
            (
                pl.col(name) != pl.col(f"first_{name}"),
                name,
                f"the tiers of {{tier_code}} have more than one {name}",
                f"give all rows of a tier_code the same {name}",
            )
            for name in ("tier_mode", "tier_scope")
        ),
    )
    return [fault for broken, *told in checks for fault in findings(rows.filter(broken), file, *told)]


def _allowances(allowances: pl.DataFrame) -> list[Fault]:
    rolling = allowances.filter((pl.col("allowance_period") != "period") & pl.col("rollover_limit").is_not_null())
    problem = "rollover_limit needs allowance_period period: what is granted once has no next period"
    return findings(rolling, "allowances.csv", "rollover_limit", problem, "leave rollover_limit empty")


def _discounts(discounts: pl.DataFrame) -> list[Fault]:
    over = discounts.filter((pl.col("discount_kind") == "percent") & (pl.col("discount_value") > _WHOLE))
    problem = "a discount of more than 100 percent would pay the customer for calling"
    return findings(over, "discounts.csv", "discount_value", problem, "give at most 100")


def _offers(offers: pl.DataFrame) -> list[Fault]:
    both = pl.col("offer_days").is_not_null() == pl.col("offer_months").is_not_null()
    problem = "an offer is for days or for months, one of the two"
    return findings(offers.filter(both), "offers.csv", "offer_code", problem, "fill in offer_days or offer_months")
