"""Everything the configuration says about prices, made ready once for all records of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from rating.charge_amount import percent_scale
from rating.discounts import deepest_stack
from rating.local_calendar import LocalCalendar, local_calendar
from rating.price_book import PriceBook, common_unit, numbered, price_book
from rating.zone_lookup import ZoneIntervals, zone_intervals
from schemas.coded_text import coded
from schemas.policy import Operator, Rating

_LARGEST = 2**127 - 1
_LARGEST_MICRO = 10**13  # ten million kronor for one record
_LARGEST_BASE = 10**16


@dataclass(frozen=True)
class Tariff:
    """Prices, zones and days, ready to be searched."""

    book: PriceBook
    zones: ZoneIntervals
    calendar: LocalCalendar
    switch_plans: dict[str, str]
    list_plans: dict[str, str]
    friends: pl.DataFrame
    discounts: pl.DataFrame
    tiers: pl.DataFrame
    offers: pl.DataFrame
    articles: pl.DataFrame
    rules: Rating


def prepare_tariff(
    config: Mapping[str, pl.DataFrame], operator: Operator, rating: Rating, since: date, until: date
) -> Tariff:
    """Make the configuration tables (by name) ready for records that begin and end in `[since, until]`.

    Local days of the operator; records outside them find no price. Raises `ValueError` where amounts could not be kept
    as exact fractions (`exactness_fault`); the configuration check refuses such prices.
    """
    zones = zone_intervals(config["zone_prefix"], config["special_number"])
    relations = {rating.friends_zone, rating.closed_group_zone, rating.own_network_zone} - {""}
    codes = {*zones.frame["zone_code"].drop_nulls(), *relations}
    bands = sorted(set(config["time_band"]["time_band"]))
    book = price_book(config, sorted(codes), bands, since, until)
    _refuse_inexact(config)
    numbers = numbered(pl.col("zone_code"), book.numbers.zones).alias("zone_no")
    named = coded(zones.frame.with_columns(numbers), {"zone_code": book.numbers.zone_names})
    return Tariff(
        book=book,
        zones=replace(zones, frame=named),
        calendar=local_calendar(config["time_band"], config["holiday"], operator.zone, since, until),
        switch_plans=dict(config["switch_plan"].select("source_system", "numbering_plan").iter_rows()),
        list_plans=dict(
            config["price_list"].drop_nulls("numbering_plan").select("price_list", "numbering_plan").iter_rows()
        ),
        friends=config["friend_number"],
        discounts=config["discount"],
        tiers=config["tier"],
        offers=config["offer"],
        articles=config["article"],
        rules=rating,
    )


def exactness_fault(config: Mapping[str, pl.DataFrame]) -> str | None:
    """Say what keeps amounts from being exact fractions of 38 digits, None when nothing does.

    An amount is a whole number over a multiple of all price units, times the scales of all percentages that may meet on
    one record.
    """
    base = common_unit(config)
    levels, scale = deepest_stack(config["discount"])
    denominator = (
        base * percent_scale(config["price"]["surcharge_percent"]) * percent_scale(config["offer"]["percent_off"])
    )
    if base > _LARGEST_BASE:
        return f"the price units have {base} as their least common multiple; use units that divide each other"
    if denominator * scale**levels * _LARGEST_MICRO > _LARGEST:
        remedy = "use fewer of them, or percentages with fewer decimals"
        return f"{levels} discounts in percent may meet on one record; {remedy}"
    return None


def _refuse_inexact(config: Mapping[str, pl.DataFrame]) -> None:
    fault = exactness_fault(config)
    if fault:
        raise ValueError(fault)
