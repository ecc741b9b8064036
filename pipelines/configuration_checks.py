"""Checks across configuration files: every reference has its target, periods do not overlap, bands cover the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.configuration_fault import Fault
from pipelines.configuration_policy import FILE, PolicyFile
from rating.time_bands import DAYS, minutes_of_day

Frames = dict[str, pl.DataFrame]
_DAY_END = 24 * 60


@dataclass(frozen=True)
class Reference:
    """A column whose every value must stand in a column of another file."""

    file: str
    table: str
    column: str
    target_file: str
    target_table: str
    target_column: str
    also: tuple[str, ...] = ()


REFERENCES = (
    Reference("prices.csv", "price", "article_no", "articles.csv", "article", "article_no"),
    Reference("prices.csv", "price", "zone_code", "zones.csv", "zone_prefix", "zone_code"),
    Reference("prices.csv", "price", "time_band", "time_bands.csv", "time_band", "time_band", ("*",)),
    Reference("plans.csv", "plan", "price_list", "prices.csv", "price", "price_list"),
    Reference("plans.csv", "plan", "article_no", "articles.csv", "article", "article_no"),
    Reference("articles.csv", "article", "vat_class", "vat_rates.csv", "vat_rate", "vat_class"),
    Reference("articles.csv", "article", "revenue_account", "accounts.csv", "ledger_account", "ledger_account"),
    Reference("vat_rates.csv", "vat_rate", "vat_account", "accounts.csv", "ledger_account", "ledger_account"),
)


def cross_checks(policy: PolicyFile, frames: Frames, whole: set[str]) -> list[Fault]:
    """Return every fault that only shows when rows or files are read together.

    `frames` hold the sound rows of each table, with their `line`; `whole` names the tables without any fault. What
    a faulty table may yet turn out to hold is not reported as missing.
    """
    return [
        *(fault for each in REFERENCES if each.target_table in whole for fault in _dangling(each, frames)),
        *_periods("prices.csv", frames["price"], ["price_list", "zone_code", "time_band"]),
        *_periods("vat_rates.csv", frames["vat_rate"], ["vat_class"]),
        *(_vat_gaps(frames["vat_rate"]) if "vat_rate" in whole else ()),
        *_currencies(policy, frames),
        *(_time_bands(frames["time_band"]) if "time_band" in whole else ()),
        *(_ledger_accounts(policy, frames) if "ledger_account" in whole else ()),
    ]


def _dangling(reference: Reference, frames: Frames) -> Iterator[Fault]:
    rows = frames[reference.table]
    known = frames[reference.target_table].select(pl.col(reference.target_column).alias(reference.column)).unique()
    for row in rows.join(known, on=reference.column, how="anti").sort("line").to_dicts():
        value = row[reference.column]
        if value not in reference.also:
            problem = f"{reference.column} {value} is not in {reference.target_file}"
            remedy = f"add it to {reference.target_file}, or use one that is there"
            yield Fault(reference.file, row["line"], value, problem, remedy)


def _periods(file: str, frame: pl.DataFrame, scope: list[str]) -> Iterator[Fault]:
    """Find periods that end before they begin, and two rows of one scope in force on the same day."""
    until = pl.col("valid_to").fill_null(date.max)
    rows = (
        frame.sort([*scope, "valid_from"])
        .with_columns(
            (until <= pl.col("valid_from")).alias("reversed"), until.cum_max().shift(1).over(scope).alias("covered")
        )
        .with_columns((pl.col("covered") > pl.col("valid_from")).fill_null(value=False).alias("overlaps"))
        .sort("line")
    )
    for row in rows.filter(pl.col("reversed")).to_dicts():
        yield Fault(
            file, row["line"], str(row["valid_to"]), "valid_to is not after valid_from", "valid_to is exclusive"
        )
    for row in rows.filter(pl.col("overlaps")).to_dicts():
        what = " ".join(str(row[name]) for name in scope)
        problem = f"two rows for {what} are in force on {row['valid_from']}"
        yield Fault(file, row["line"], str(row["valid_from"]), problem, "end the earlier row on that date")


def _vat_gaps(rates: pl.DataFrame) -> Iterator[Fault]:
    """Once a VAT class has a rate it must always have one: nothing can be invoiced on a day without."""
    following = pl.col("valid_from").shift(-1).over("vat_class").fill_null(date.max)
    ends = rates.sort("vat_class", "valid_from").filter(pl.col("valid_to") < following).sort("line")
    for row in ends.to_dicts():
        problem = f"VAT class {row['vat_class']} has no rate from {row['valid_to']}"
        yield Fault(
            "vat_rates.csv",
            row["line"],
            str(row["valid_to"]),
            problem,
            "add the rate that follows, or leave valid_to empty",
        )


def _currencies(policy: PolicyFile, frames: Frames) -> Iterator[Fault]:
    books = policy.texts("operator").get("currency")
    if books is None:
        return
    for file, table in (("prices.csv", "price"), ("plans.csv", "plan")):
        for row in frames[table].filter(pl.col("currency") != books).to_dicts():
            problem = f"the books are kept in {books}, and no exchange rates are configured"
            yield Fault(file, row["line"], row["currency"], problem, f"give the price in {books}")


def _time_bands(bands: pl.DataFrame) -> Iterator[Fault]:
    """Every day of the week, and holidays, must be covered from 00:00 to 24:00, once."""
    file = "time_bands.csv"
    spans: dict[str, list[tuple[int, int, int]]] = {day: [] for day in DAYS}
    for row in bands.to_dicts():
        line, span = row["line"], f"{row['band_from']}-{row['band_to']}"
        start, end = minutes_of_day(row["band_from"]), minutes_of_day(row["band_to"])
        if start is None or end is None or start >= end:
            problem = "band_from and band_to must be HH:MM, and from before to"
            yield Fault(file, line, span, problem, "split a band at midnight")
            continue
        for day in row["weekdays"].split():
            if day in spans:
                spans[day].append((start, end, line))
            else:
                yield Fault(file, line, day, "unknown day", f"use {' '.join(DAYS)}")
    for day, parts in spans.items():
        at = 0
        for start, end, line in sorted(parts):
            if start != at:
                what = "leave a gap from" if start > at else "overlap from"
                problem = f"on {day} the bands {what} {_clock(min(start, at))}"
                value = f"{_clock(start)}-{_clock(end)}"
                yield Fault(file, line, value, problem, "let the bands of a day meet, from 00:00 to 24:00")
            at = max(at, end)
        if at != _DAY_END:
            yield Fault(file, None, day, f"on {day} the bands end at {_clock(at)}", "cover the day to 24:00")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _ledger_accounts(policy: PolicyFile, frames: Frames) -> Iterator[Fault]:
    chart = set(frames["ledger_account"]["ledger_account"])
    for event, account in policy.texts("ledger").items():
        if account not in chart:
            line = policy.line("ledger", event)
            yield Fault(FILE, line, account, f"ledger.{event} is not in accounts.csv", "add the account")
