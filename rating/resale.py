"""Resale: the same records priced a second time, on what we pay the carrier or on what the reseller pays us."""

from __future__ import annotations

import polars as pl

from rating.charge_amount import TERMS
from rating.destinations import with_zones
from rating.tariff import Tariff
from rating.usage_charge import quantity, with_list_amount
from rating.usage_parts import LISTS, lay_increments
from schemas.coded_text import plain
from schemas.money import CHARGE
from schemas.tables import RESALE_USAGE

_PRICED = ("price_list", "article_no", "currency", "attempt_fee_micro", *TERMS)


def resale(usage: pl.DataFrame, rated: pl.DataFrame, resellers: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Price records on the wholesale list of the policy and on the lists of their resellers.

    `usage`: USAGE rows; `rated`: what `charge_usage` accepted of them (others are left out); `resellers`: RESELLER
    rows. Returns RESALE_USAGE columns without the batch. The margin is retail less wholesale, or the reseller's price
    less what is known of our cost (wholesale, else the price row's cost). A record that a list has no price for has
    no row.
    """
    retail = plain(rated.select("usage_id", "reseller_code", "amount_ex_vat", "cost_amount", "started_on"))
    sold = usage.filter((pl.col("outcome") == "answered") & (quantity() > 0)).join(retail, on="usage_id")
    wholesale = tariff.rules.wholesale_list
    bought = _on_lists(sold.with_columns(pl.lit(wholesale or None, pl.String).alias("_list")), tariff)
    lists = resellers.select("reseller_code", pl.col("price_list").alias("_list"))
    resold = _on_lists(sold.join(lists, on="reseller_code", how="left"), tariff)
    known = pl.coalesce("_wholesale", "cost_amount")
    of_carrier = bought.with_columns(
        pl.lit("wholesale").alias("resale_role"),
        (pl.col("amount_ex_vat") - pl.col("resale_amount")).cast(CHARGE).alias("margin_amount"),
    )
    of_reseller = (
        resold.join(bought.select("usage_id", pl.col("resale_amount").alias("_wholesale")), on="usage_id", how="left")
        .with_columns(
            pl.lit("reseller").alias("resale_role"),
            (pl.col("resale_amount") - known.fill_null(0)).cast(CHARGE).alias("margin_amount"),
        )
        .select(of_carrier.columns)
    )
    wanted = [name for name in RESALE_USAGE.names if name != "rated_batch"]
    return plain(pl.concat([of_carrier, of_reseller]).select(wanted)).sort("usage_id", "resale_role")


def _on_lists(records: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Price records by the list in `_list` alone, on its own numbering plan; those it has no price for are left out."""
    asked = records.filter(pl.col("_list").is_in(list(tariff.book.numbers.lists)))
    parts = [
        _on_plan(each, tariff, tariff.list_plans.get(each["_list"][0]))
        for each in asked.partition_by("_list", maintain_order=True)
    ]
    return pl.concat(parts) if parts else _on_plan(asked, tariff, None)


def _on_plan(records: pl.DataFrame, tariff: Tariff, plan: str | None) -> pl.DataFrame:
    numbers = tariff.book.numbers.lists
    located = with_zones(records, tariff, plan).with_columns(
        pl.col("started_at").dt.epoch("us").alias("begins_us"),
        tariff.calendar.at(records["started_at"].dt.epoch("us")).alias("band_at"),
        quantity().alias("quantity"),
        (pl.col("usage_kind") == "call").alias("is_call"),
        pl.lit(value=False).alias("is_attempt"),
        pl.col("_list").replace_strict(numbers, default=None, return_dtype=pl.Int64).alias(LISTS[0]),
        *(pl.lit(None, pl.Int64).alias(name) for name in LISTS[1:]),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("_row"),
    )
    laid = lay_increments(located, tariff.book, tariff.calendar)
    rows = tariff.book.terms_of(laid.priced["row_no"], *_PRICED)
    priced = located.with_columns(laid.priced.drop("_row")).with_columns(rows).filter("is_priced")
    return with_list_amount(priced, laid.parts, tariff).rename({"list_amount": "resale_amount"})
