"""What other prices would do to usage of the past: the same records priced twice, added up and compared."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from rating.contracts import in_force
from schemas.coded_text import plain
from schemas.money import CHARGE, sum_charges

PARTS = {"group": "customer_group", "article": "article_no", "zone": "zone_code"}
_CELL = ("customer_id", *PARTS.values())
_SUMS = {"records": pl.Int64(), "revenue": CHARGE}
FIGURES = ("records_before", "records_after", "revenue_before", "revenue_after", "difference")
_UNPRICED = {"usage_id": pl.String(), "reason_code": pl.String(), "reason_text": pl.Categorical()}


def revenue_cells(rated: pl.DataFrame, payers: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Add up priced records per customer, customer group on the day, article and zone.

    `rated`: `account_id`, `started_on`, `article_no`, `zone_code`, `amount_ex_vat` as `charge_usage` accepts them;
    `payers`: `account_id`, `customer_id`, `customer_category`; `groups`: CUSTOMER_GROUP. Returns `customer_id`,
    `customer_group`, `article_no`, `zone_code`, `records`, `revenue` (excluding VAT, exact).
    """
    days = rated.group_by("account_id", "started_on", "article_no", "zone_code").agg(
        pl.len().cast(pl.Int64).alias("records"), sum_charges(pl.col("amount_ex_vat")).alias("revenue")
    )
    dated = plain(days).join(payers, on="account_id", how="left").with_columns(pl.col("started_on").alias("day"))
    grouped = in_force(dated, groups, "customer_id", "customer_group")
    of_category = pl.coalesce("customer_group", "customer_category").alias("customer_group")
    return merged_cells([grouped.with_columns(of_category).select(*_CELL, *_SUMS)])


def merged_cells(cells: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add up cells of several pieces of usage; columns as `revenue_cells` returns."""
    return pl.concat(cells).group_by(_CELL).agg(pl.col("records").sum(), sum_charges(pl.col("revenue")))


def no_cells() -> pl.DataFrame:
    """Return the cells of no usage at all."""
    types = {"customer_id": pl.Int64(), **dict.fromkeys(PARTS.values(), pl.String())}
    return pl.DataFrame(schema={**types, **_SUMS})


def compared(before: pl.DataFrame, after: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Set the cells of two pricings against each other per `keys`, sorted by them.

    Adds `records_before`, `records_after`, `revenue_before`, `revenue_after` and `difference` (after less before).
    What only one side has counts nothing on the other.
    """
    sides = [
        side.rename({name: f"{name}_{when}" for name in _SUMS}) for side, when in ((before, "before"), (after, "after"))
    ]
    records, revenue = ([f"{name}_before", f"{name}_after"] for name in _SUMS)
    return (
        pl.concat(sides, how="diagonal")
        .group_by(keys)
        .agg(pl.col(records).sum(), *(sum_charges(pl.col(name)) for name in revenue))
        .with_columns((pl.col("revenue_after") - pl.col("revenue_before")).cast(CHARGE).alias("difference"))
        .select(*keys, *FIGURES)
        .sort(keys)
    )


def comparison(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Set two pricings against each other in all and per group, article and zone.

    Columns: `part` (total, group, article, zone), `code` (of the group, article or zone; empty for the total), and
    the figures of `compared`. The total is there even without usage; the rows of each other part add up to it.
    """
    in_all = [cells.with_columns(pl.lit("").alias("code")) for cells in (before, after)]
    total = compared(in_all[0], in_all[1], "code")
    nothing = pl.DataFrame([{"code": "", **dict.fromkeys(FIGURES, 0)}], schema=total.schema)
    rows = [(total if total.height else nothing).with_columns(pl.lit("total").alias("part"))]
    for part, column in PARTS.items():
        found = compared(before, after, column).rename({column: "code"})
        rows.append(found.with_columns(pl.lit(part).alias("part")))
    return pl.concat([each.select("part", "code", *FIGURES) for each in rows])


def effects(customers: pl.DataFrame) -> pl.DataFrame:
    """Count the customers whose usage would cost less (`winners`), more (`losers`) or the `same`.

    `customers`: `compared` per `customer_id`. Returns `effect`, `customers`, `difference`: three rows, in this order.
    """
    change = pl.col("difference")
    named = customers.with_columns(
        pl.when(change < 0).then(pl.lit("winners")).when(change > 0).then(pl.lit("losers")).otherwise(pl.lit("same"))
        .alias("effect")
    )  # fmt: skip
    counted = named.group_by("effect").agg(
        pl.len().cast(pl.Int64).alias("customers"), sum_charges(change).alias("difference")
    )
    wanted = pl.DataFrame({"effect": ["winners", "losers", "same"]})
    return wanted.join(counted, on="effect", how="left", maintain_order="left").fill_null(0)


def top(customers: pl.DataFrame, effect: str, count: int = 10) -> pl.DataFrame:
    """Return the customers who win or lose most, most first, then by number; `effect`: winners or losers."""
    losing = effect == "losers"
    change = pl.col("difference")
    concerned = customers.filter(change > 0 if losing else change < 0)
    return concerned.sort("difference", "customer_id", descending=[losing, False]).head(count)


def unpriced(rejected: pl.DataFrame) -> pl.DataFrame:
    """Keep of rejected records what tells two pricings apart: `usage_id`, `reason_code`, `reason_text`."""
    return rejected.select(_UNPRICED.keys()).cast(_UNPRICED)  # type: ignore[arg-type] # a dict of types


def unpriced_only(here: pl.DataFrame, there: pl.DataFrame) -> pl.DataFrame:
    """Count per reason the records that `here` could not price and `there` could; both from `unpriced`.

    Columns: `reason_code`, `records`, `example` (the first of the reasons in words, by the alphabet).
    """
    only = here.join(there.select("usage_id"), on="usage_id", how="anti")
    text = pl.col("reason_text").cast(pl.String).min().alias("example")
    return only.group_by("reason_code").agg(pl.len().cast(pl.Int64).alias("records"), text).sort("reason_code")
