"""Zones that customers can call and no list of theirs prices: such calls would wait, unpriced, night after night."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, collected, findings
from pipelines.lint.references import HOME, MAIN_PLAN

_USED = ("zone_prefix", "special_number", "switch_plan", "price", "price_list_link", "plan", "time_band")
_ANY = "*"


def coverage_faults(frames: Frames, whole: set[str]) -> list[Fault]:
    """Warn of each zone that neither a plan's list nor a basic list prices, wholly or in some time band.

    A list may have rows for some services only: then it is looked at for the services of its plans.
    """
    if not whole.issuperset(_USED):
        return []
    chains, zones, bands = _chains(frames), _zones(frames), frames["time_band"].select("time_band").unique()
    if chains.is_empty() or zones.is_empty():
        return []
    priced = _priced(chains, frames["price"], bands)
    # A list without any row for a service is not meant for its calls.
    chains = chains.select("price_list", "service").unique().join(priced, on=["price_list", "service"], how="semi")
    wanted = chains.join(bands, how="cross")
    if wanted.is_empty():  # no list is meant for calls, or no time is any band's
        return []
    missing = _missing(wanted, priced, zones["zone_code"])
    if missing.is_empty():
        return []
    missing = missing.join(zones, on="zone_code")
    per_zone = missing.group_by("price_list", "service", "zone_code", "file", "line").agg(
        pl.col("time_band").sort().str.join(" ").alias("bands"), (pl.len() == bands.height).alias("wholly")
    )
    return _told(per_zone.sort("zone_code", "price_list", "service"))


def _missing(wanted: pl.DataFrame, priced: pl.DataFrame, zones: pl.Series) -> pl.DataFrame:
    """List the zones that no row of `priced` has, for each list, service and band of `wanted`."""
    unpriced = pl.lit(zones.implode()).list.set_difference(pl.col("priced").fill_null([]))
    of_band = wanted.join(priced, on=["price_list", "service", "time_band"], how="left")
    return of_band.with_columns(unpriced.alias("zone_code")).drop("priced").explode("zone_code")


def _told(missing: pl.DataFrame) -> list[Fault]:
    of_service = pl.when(pl.col("service") != "").then(pl.format(" for {}", "service")).otherwise(pl.lit(""))
    in_bands = pl.when(pl.col("wholly")).then(pl.lit("")).otherwise(pl.format(" in time band {}", "bands"))
    rows = missing.with_columns((of_service + in_bands).alias("limits"))
    problem = "zone {zone_code} has no price in list {price_list}{limits}, nor in a basic list"
    remedy = "add a price for it to prices.csv; without one its calls wait unpriced"
    return [
        fault
        for file in ("zones.csv", "special_numbers.csv")
        for fault in findings(
            rows.filter(pl.col("file") == file), file, "zone_code", problem, remedy, severity="warning"
        )
    ]


def _chains(frames: Frames) -> pl.DataFrame:
    """List which lists price the calls of whom: `price_list` and `service` of plans, and `looked_in`, list by list.

    `service` is empty where no price row names the service.
    """
    plans, links = frames["plan"], frames["price_list_link"]
    linked = links.filter(pl.col("link_scope") == "plan").select("price_list", pl.col("link_to").alias("plan_code"))
    linked = linked.join(plans.select("plan_code", "service"), on="plan_code").select("price_list", "service")
    lists = pl.concat([plans.select("price_list", "service"), linked])
    named = frames["price"]["service"].drop_nulls().unique().to_list()
    used = lists.with_columns(
        pl.when(pl.col("service").is_in(named)).then(pl.col("service")).otherwise(pl.lit("")).alias("service")
    ).unique()
    basic = links.filter(pl.col("link_scope") == "basic").select(pl.col("price_list").alias("looked_in")).unique()
    return pl.concat(
        [used.with_columns(pl.col("price_list").alias("looked_in")), used.join(basic, how="cross")]
    ).unique()


def _zones(frames: Frames) -> pl.DataFrame:
    """List the zones of the numbering plans in which customers call, each where it stands first."""
    plan = pl.col("numbering_plan").fill_null(MAIN_PLAN)
    used = [MAIN_PLAN, *frames["switch_plan"]["numbering_plan"]]
    return pl.concat(
        [
            frames[table].filter(plan.is_in(used)).group_by("zone_code").agg(pl.col("line").min())
            .with_columns(pl.lit(file).alias("file"))
            for file, table in (("zones.csv", "zone_prefix"), ("special_numbers.csv", "special_number"))
        ]
    ).unique("zone_code", keep="first", maintain_order=True)  # fmt: skip


def _priced(chains: pl.DataFrame, prices: pl.DataFrame, bands: pl.DataFrame) -> pl.DataFrame:
    """List the zones that the chains of `_chains` price, as `priced` of each list, service and band."""
    fitting = (pl.col("of") == "") | (pl.col("of") == pl.col("service"))
    found = _zones_of_lists(prices).join(chains, on="looked_in").filter(fitting)
    everywhere = found.filter(pl.col("time_band") == _ANY).drop("time_band").join(bands, how="cross")
    return (
        pl.concat([found.filter(pl.col("time_band") != _ANY), everywhere], how="diagonal")
        .group_by("price_list", "service", "time_band")
        .agg(pl.col("priced").explode().unique())
    )


def _zones_of_lists(prices: pl.DataFrame) -> pl.DataFrame:
    """List the zones of each list, service and band for calls made at home: few rows for many prices."""
    of_calls = pl.col("usage_kind").fill_null("call") == "call"
    at_home = pl.col("origin_zone").fill_null(HOME).is_in([HOME, _ANY])
    rows = prices.lazy().filter(of_calls, at_home).select(
        pl.col("price_list").alias("looked_in"), pl.col("service").fill_null("").alias("of"), "zone_code", "time_band"
    )  # fmt: skip
    return collected(rows).group_by("looked_in", "of", "time_band").agg(pl.col("zone_code").unique().alias("priced"))
