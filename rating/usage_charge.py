"""What a call costs.

The order of the money steps, and why:

1. the calling number at that moment gives the subscription, its plan the price list: who pays, by which prices;
2. the called number gives the zone by longest prefix: where to;
3. increments are laid from the start of the call, each whole, at the price in force when it begins
   (`increment_at_start`): how long, at which price;
4. the connect fee of the price in force at the start is added once: a fee is for connecting, not for talking;
5. the sum is rounded once, to 6 decimals: rounding each part would add up to another price than the one announced.

Step 3 repeats per border (time band, price date) that a call crosses: all calls take their first part in one pass,
the few that cross a border go round again.
"""

from __future__ import annotations

import polars as pl

from rating.number_ownership import with_owner, with_plan
from rating.zone_lookup import with_zone
from schemas.checked import Checked, first_reason
from schemas.money import divide_half_away, from_micro

SECONDS_PER_PRICE_UNIT = 60


def is_billable() -> pl.Expr:
    """Only answered usage with a duration is priced; the rest is kept and counted as charged with zero."""
    return (pl.col("outcome") == "answered") & (pl.col("duration_s") > 0)


def charge_usage(
    usage: pl.DataFrame,
    numbers: pl.DataFrame,
    subscriptions: pl.DataFrame,
    plans: pl.DataFrame,
    zones: pl.DataFrame,
    calendar: pl.DataFrame,
    prices: pl.DataFrame,
    time_zone: str,
) -> Checked:
    """Price each billable usage record.

    `usage` has USAGE columns; `zones` comes from `zone_intervals`, `calendar` from `band_calendar`, `prices` from
    `price_rows`. Accepted rows add `subscription_id`, `account_id`, `started_on`, `zone_code`, `time_band`,
    `price_list`, `article_no`, `currency`, `billed_s`, `connect_fee` and `amount_ex_vat` (6 decimals). Rejected as
    UNKNOWN_A_NUMBER, NO_PLAN, NO_ZONE or NO_PRICE.
    """
    local_day = pl.col("started_at").dt.convert_time_zone(time_zone).dt.date()
    owned = with_owner(usage.with_columns(local_day.alias("started_on")), numbers)
    on_plan = with_plan(owned, subscriptions).join(plans.select("plan_code", "price_list"), on="plan_code", how="left")
    priced = price_increments(with_zone(on_plan, zones), calendar, prices)
    reasons = first_reason(
        (
            pl.col("subscription_id").is_null(),
            "UNKNOWN_A_NUMBER",
            pl.format(
                "no subscription held the calling number at {}; a sign-up effective then lets it be priced",
                pl.col("started_at").dt.strftime("%Y-%m-%d %H:%M:%S UTC"),
            ),
        ),
        (
            pl.col("price_list").is_null(),
            "NO_PLAN",
            pl.format("subscription {} had no plan in force on {}", "subscription_id", "started_on"),
        ),
        (
            pl.col("zone_code").is_null(),
            "NO_ZONE",
            pl.format("no prefix of zones.csv begins {}...; add one", pl.col("b_number").str.slice(0, 6)),
        ),
        (
            pl.col("price_micro").is_null(),
            "NO_PRICE",
            pl.format(
                "price list {} has no price for zone {} during the whole call on {}; add a row to prices.csv",
                "price_list",
                "zone_code",
                "started_on",
            ),
        ),
    )
    judged = priced.with_columns(reasons)
    return Checked(
        accepted=_charged(judged.filter(pl.col("reason_code").is_null())),
        rejected=judged.filter(pl.col("reason_code").is_not_null()).select(
            *usage.columns, "reason_code", "reason_text"
        ),
    )


def price_increments(calls: pl.DataFrame, calendar: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Lay increments over each call and add up what they cost.

    `calls` needs `started_at`, `duration_s` > 0, `price_list`, `zone_code`. Adds, from the price in force at the
    start, `time_band`, `article_no`, `currency`, `fee_micro`; and over all parts `billed_s` and `cost_micro_s` (price
    in millionths per minute times seconds, summed). `price_micro` is null where any part had no price.
    """
    starting = calls.with_row_index("_row").with_columns(
        pl.lit(0, pl.Int64).alias("_position"), pl.lit(0, pl.Int64).alias("cost_micro_s")
    )
    parts: list[pl.DataFrame] = []
    first: pl.DataFrame | None = None
    while starting.height:
        part = _next_part(starting, calendar, prices)
        first = part if first is None else first
        ended = pl.col("price_micro").is_null() | (pl.col("_position") >= pl.col("duration_s"))
        parts.append(
            part.filter(ended).select("_row", "cost_micro_s", "price_micro", pl.col("_position").alias("billed_s"))
        )
        starting = part.filter(~ended).select(starting.columns)
    if first is None:
        first = _next_part(starting, calendar, prices)
        parts = [first.select("_row", "cost_micro_s", "price_micro", pl.col("_position").alias("billed_s"))]
    return (
        first.drop("cost_micro_s", "price_micro", "_position")
        .join(pl.concat(parts), on="_row", how="left", validate="1:1")
        .sort("_row")
        .drop("_row")
    )


def _next_part(calls: pl.DataFrame, calendar: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Charge the increments that begin before the next border, and move the position behind them."""
    at = pl.col("started_at") + pl.duration(seconds=pl.col("_position"))
    banded = (
        calls.with_columns(at.alias("_at"))
        .sort("_at")
        .join_asof(calendar, left_on="_at", right_on="band_begins_at", strategy="backward")
    )
    in_force = prices.drop("valid_from", "valid_to", "connect_fee", "price_per_minute")
    priced = banded.join_asof(
        in_force,
        left_on="_at",
        right_on="price_begins_at",
        by=["price_list", "zone_code", "time_band"],
        strategy="backward",
        check_sortedness=False,
    )
    ended = pl.any_horizontal((pl.col("price_ends_at", "band_ends_at") <= pl.col("_at")).fill_null(value=False))
    border = pl.min_horizontal("band_ends_at", "price_ends_at")
    border_s = ((border - pl.col("started_at")).dt.total_microseconds() + 999_999) // 1_000_000
    size = pl.when(pl.col("_position") == 0).then(pl.col("first_increment_s")).otherwise(pl.col("increment_s"))
    to_cover = pl.min_horizontal(border_s, pl.col("duration_s")) - pl.col("_position") - size
    later = (to_cover.clip(lower_bound=0) + pl.col("increment_s") - 1) // pl.col("increment_s")
    return (
        priced.with_columns(pl.when(~ended).then(pl.col("price_micro")).alias("price_micro"))
        .with_columns((size + later * pl.col("increment_s")).alias("_seconds"))
        .with_columns(
            (pl.col("cost_micro_s") + pl.col("_seconds") * pl.col("price_micro")).alias("cost_micro_s"),
            (pl.col("_position") + pl.col("_seconds")).alias("_position"),
        )
        .select(*calls.columns, "time_band", "article_no", "currency", "fee_micro", "price_micro")
    )


def _charged(priced: pl.DataFrame) -> pl.DataFrame:
    talk = divide_half_away(pl.col("cost_micro_s"), SECONDS_PER_PRICE_UNIT)
    return priced.with_columns(
        from_micro(pl.col("fee_micro")).alias("connect_fee"),
        from_micro(pl.col("fee_micro") + talk).alias("amount_ex_vat"),
    ).drop("fee_micro", "cost_micro_s", "price_micro", "plan_code", "reason_code", "reason_text")
