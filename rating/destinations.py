"""Where a record goes to and comes from: relations between the two numbers, special numbers, prefixes, roaming."""

from __future__ import annotations

import polars as pl

from rating.contracts import Contracts
from rating.interval_lookup import gathered
from rating.price_book import HOME, UNKNOWN, numbered
from rating.tariff import Tariff
from rating.usage_parts import row_in_force
from rating.zone_lookup import MAIN_PLAN, zone_positions, zones_at


def with_zones(records: pl.DataFrame, tariff: Tariff, plan: str | None = None) -> pl.DataFrame:
    """Add `zone_code` (null where no prefix matches), `zone_at` (position in the zones) and `origin_zone`.

    And their numbers in price cells: `zone_no`, `origin_no`, `service_no`. `records` has USAGE columns. `plan`: the
    numbering plan of a price list used for resale; without it the switch's.
    """
    by_switch = records["source_system"].cast(pl.String).replace_strict(
        tariff.switch_plans, default=MAIN_PLAN, return_dtype=pl.String
    ) if tariff.switch_plans else MAIN_PLAN  # fmt: skip
    positions = zone_positions(records["b_number"], tariff.zones, plan or by_switch)
    zone = gathered(tariff.zones.frame, positions, "zone_code", "zone_no")
    numbers = tariff.book.numbers
    service = numbers.service_of(pl.col("usage_kind"), pl.col("service"))
    home = pl.lit(HOME, numbers.zone_names)
    at_home = home.alias("origin_zone"), pl.lit(numbers.origins[HOME], pl.Int64).alias("origin_no")
    located = records.with_columns(*zone, positions.alias("zone_at"), service.alias("service_no"), *at_home)
    if records["origin_number"].null_count() == records.height:
        return located
    visited = zones_at(zone_positions(records["origin_number"], tariff.zones), tariff.zones)
    abroad = pl.coalesce(pl.lit(visited), pl.lit(UNKNOWN, numbers.zone_names))
    origin = pl.when(pl.col("origin_number").is_null()).then(home).otherwise(abroad)
    return located.with_columns(origin.alias("origin_zone")).with_columns(
        numbered(pl.col("origin_zone"), numbers.origins).alias("origin_no")
    )


def with_relations(records: pl.DataFrame, contracts: Contracts, tariff: Tariff) -> pl.DataFrame:
    """Replace `zone_code` where the two numbers stand in a relation that the customer's lists have a price for.

    `zone_at` is null there: no prefix decided.
    `records` has what `lay_increments` needs, and `subscription_id`, `customer_id`, `b_number`, `started_at`,
    `started_on`, `zone_code`, `zone_at`. Friends go before a closed group, and that before the own network.
    """
    rules = tariff.rules
    if not (rules.friends_zone or rules.closed_group_zone or rules.own_network_zone):
        return records
    called = contracts.spans_of(records["b_number"], records["started_at"])
    owner = gathered(contracts.spans, called, "customer_id")[0]
    relations = {
        rules.friends_zone: _are_friends(records, tariff) if rules.friends_zone else None,
        rules.closed_group_zone: (owner == records["customer_id"]).fill_null(value=False),
        rules.own_network_zone: called >= 0,
    }
    for zone in (rules.own_network_zone, rules.closed_group_zone, rules.friends_zone):  # the last that fits stays
        holds = relations[zone]
        if zone and holds is not None and holds.any():
            records = _where_priced(records, zone, holds, tariff)
    return records


def _are_friends(records: pl.DataFrame, tariff: Tariff) -> pl.Series:
    live = (pl.col("valid_from") <= pl.col("started_on")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("started_on"))
    )
    asked = records.select("subscription_id", pl.col("b_number").alias("friend_number"), "started_on")
    pairs = asked.with_row_index("_at").join(tariff.friends, on=["subscription_id", "friend_number"]).filter(live)
    return asked.with_row_index("_at").select(pl.col("_at").is_in(pairs["_at"].implode())).to_series()


def _where_priced(records: pl.DataFrame, zone: str, holds: pl.Series, tariff: Tariff) -> pl.DataFrame:
    """Set the zone where the relation holds and a list of the customer has a price for it at the start."""
    numbers = tariff.book.numbers
    number, name = numbers.zones[zone], pl.lit(zone, numbers.zone_names)
    asked = records.filter(holds).with_columns(pl.lit(number, pl.Int64).alias("zone_no"))
    row = row_in_force(asked, asked["band_at"], tariff.book, tariff.calendar)[0]
    priced = asked.filter(row.is_not_null())["_row"]
    found = pl.col("_row").is_in(priced.implode())
    return records.with_columns(
        pl.when(found).then(name).otherwise("zone_code").alias("zone_code"),
        pl.when(found).then(pl.lit(number, pl.Int64)).otherwise("zone_no").alias("zone_no"),
        pl.when(~found).then("zone_at").alias("zone_at"),
    )
