"""`nightbill prices plan`: a re-pricing plan for every customer, its preview, and its links in price_list_links.csv."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.configuration.reading import Configuration, ConfigurationError, load_configuration
from pipelines.configuration.tables import read_table
from pipelines.decks.config_sheet import read_sheet, written
from pipelines.home import Home, write_whole
from pipelines.night import opened_lake
from pipelines.runs.home_lock import exclusive
from rating.repricing import current_lists, links_after, preview, price_guarantees, repricing_of_customers
from schemas import tables

FILE, LINKS = "repricing.csv", "price_list_links.csv"
_HELD = """
    SELECT a.customer_id, s.subscription_id, s.plan_code, s.service_to
      FROM subscription s JOIN account a USING (account_id)
"""


@dataclass(frozen=True)
class RepricingResult:
    """A plan per customer and per group, where it was written, and how many links were added."""

    rows: pl.DataFrame
    groups: pl.DataFrame
    report: Path
    links_added: int


def plan_repricing(home: Home, name: str, on: date, *, apply: bool = False) -> RepricingResult:
    """Work out a plan of `config/repricing.csv` on a business date, write its report and, if asked, its links.

    Applied again it changes nothing for customers who have their link, and adds those who came since. Raises
    `ConfigurationError` when the plan is not there or a list it names has no price.
    """
    with exclusive(home.require(), "prices plan"):
        configuration = load_configuration(home)
        plan = _plan(home, configuration, name)
        links = configuration.frame(tables.PRICE_LIST_LINK)
        with opened_lake(home) as store:
            customers, held = store.read(tables.CUSTOMER), store.query(_HELD)
            contracts = store.read(tables.CONTRACT)
        today = pl.lit(on, pl.Date)
        groups, plans = (configuration.frame(table) for table in (tables.CUSTOMER_GROUP, tables.PLAN))
        current = current_lists(customers, groups, held, plans, links, today)
        rows = repricing_of_customers(current, plan, links, price_guarantees(contracts, held, today), today)
        report = home.reports / f"repricing_{name}.csv"
        write_whole(report, rows.write_csv().encode())
        after = links_after(links, rows)
        added = after.height - links.height if apply else 0
        if apply and not rows["is_applied"].all():
            write_whole(home.config / LINKS, _links_written(home, after))
    return RepricingResult(rows, preview(rows), report, added)


def _links_written(home: Home, after: pl.DataFrame) -> bytes:
    """Return price_list_links.csv with these rows; lines that nothing changes stay byte for byte."""
    sheet = read_sheet(home.config / LINKS, tables.PRICE_LIST_LINK)
    days = [pl.col(name).dt.to_string("%Y-%m-%d").alias(name) for name in ("valid_from", "valid_to")]
    before = sheet.cells.select(*tables.PRICE_LIST_LINK.key, "record", pl.col("valid_to").alias("ended"))
    key = list(tables.PRICE_LIST_LINK.key)
    rows = after.with_columns(days).join(before, on=key, how="left", maintain_order="left", nulls_equal=True)
    same = pl.col("ended").eq_missing(pl.col("valid_to"))
    return written(sheet, rows.with_columns(pl.when(same).then("record").alias("record")))


def _plan(home: Home, configuration: Configuration, name: str) -> pl.DataFrame:
    found, faults = read_table(home.config / FILE, tables.REPRICING)
    if faults:
        raise ConfigurationError(faults)
    plan = found.filter(pl.col("repricing_plan") == name)
    if plan.is_empty():
        known = ", ".join(found["repricing_plan"].unique().sort()) or "none"
        raise ConfigurationError([Fault(FILE, None, name, "there is no such plan", f"use one of: {known}")])
    priced = configuration.frame(tables.PRICE)["price_list"].unique().to_list()
    unknown = plan.filter(~pl.col("new_list").is_in(priced))
    if unknown.height:
        remedy = "add its prices first"
        raise ConfigurationError(
            [
                Fault(FILE, row["line"], row["new_list"], "new_list has no row in prices.csv", remedy)
                for row in unknown.to_dicts()
            ]
        )
    return plan.drop("line")
