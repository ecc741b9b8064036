"""Checks across configuration files: every reference has its target, periods do not overlap, bands cover the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.configuration_fault import Fault
from rating.time_bands import DAYS, minutes_of_day
from schemas.ocr_reference import has_valid_check_digit
from schemas.policy import Policy

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


def cross_checks(policy: Policy, frames: Frames) -> list[Fault]:
    """Return every fault that only shows when files are read together."""
    return [
        *(fault for reference in REFERENCES for fault in _dangling(reference, frames)),
        *_periods("prices.csv", frames["price"], ["price_list", "zone_code", "time_band"]),
        *_periods("vat_rates.csv", frames["vat_rate"], ["vat_class"]),
        *_currencies(policy, frames),
        *_time_bands(frames["time_band"]),
        *_policy_values(policy, frames),
    ]


def _dangling(reference: Reference, frames: Frames) -> Iterator[Fault]:
    rows = frames[reference.table].with_row_index("row")
    known = frames[reference.target_table].select(pl.col(reference.target_column).alias(reference.column)).unique()
    for row in rows.join(known, on=reference.column, how="anti").sort("row").to_dicts():
        value = row[reference.column]
        if value not in reference.also:
            problem = f"{reference.column} {value} is not in {reference.target_file}"
            remedy = f"add it to {reference.target_file}, or use one that is there"
            yield Fault(reference.file, row["row"] + 2, value, problem, remedy)


def _periods(file: str, frame: pl.DataFrame, scope: list[str]) -> Iterator[Fault]:
    """Find periods that end before they begin, and two rows of one scope in force on the same day."""
    rows = (
        frame.with_row_index("row")
        .sort([*scope, "valid_from"])
        .with_columns(
            (pl.col("valid_to") <= pl.col("valid_from")).fill_null(value=False).alias("reversed"),
            pl.col("valid_to").shift(1).over(scope).alias("end_before"),
            (pl.int_range(pl.len()).over(scope) > 0).alias("follows"),
        )
        .with_columns(
            (
                pl.col("follows") & (pl.col("end_before").is_null() | (pl.col("end_before") > pl.col("valid_from")))
            ).alias("overlaps")
        )
        .sort("row")
    )
    for row in rows.filter(pl.col("reversed")).to_dicts():
        yield Fault(
            file, row["row"] + 2, str(row["valid_to"]), "valid_to is not after valid_from", "valid_to is exclusive"
        )
    for row in rows.filter(pl.col("overlaps")).to_dicts():
        what = " ".join(str(row[name]) for name in scope)
        problem = f"two rows for {what} are in force on {row['valid_from']}"
        yield Fault(file, row["row"] + 2, str(row["valid_from"]), problem, "end the earlier row on that date")


def _currencies(policy: Policy, frames: Frames) -> Iterator[Fault]:
    books = policy.operator.currency
    for file, table in (("prices.csv", "price"), ("plans.csv", "plan")):
        for row in frames[table].with_row_index("row").filter(pl.col("currency") != books).to_dicts():
            problem = f"the books are kept in {books}, and no exchange rates are configured"
            yield Fault(file, row["row"] + 2, row["currency"], problem, f"give the price in {books}")


def _time_bands(bands: pl.DataFrame) -> Iterator[Fault]:
    """Every day of the week, and holidays, must be covered from 00:00 to 24:00, once."""
    file = "time_bands.csv"
    spans: dict[str, list[tuple[int, int, int]]] = {day: [] for day in DAYS}
    for line, row in enumerate(bands.to_dicts(), 2):
        start, end = minutes_of_day(row["band_from"]), minutes_of_day(row["band_to"])
        if start is None or end is None or start >= end:
            problem = "band_from and band_to must be HH:MM, and from before to"
            yield Fault(file, line, f"{row['band_from']} {row['band_to']}", problem, "split a band at midnight")
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
                problem = (
                    f"on {day} the bands {'leave a gap' if start > at else 'overlap'} at {at // 60:02}:{at % 60:02}"
                )
                yield Fault(file, line, "", problem, "let the bands of a day meet, from 00:00 to 24:00")
            at = max(at, end)
        if at != _DAY_END:
            yield Fault(
                file, None, day, f"on {day} the bands end at {at // 60:02}:{at % 60:02}", "cover the day to 24:00"
            )


def _policy_values(policy: Policy, frames: Frames) -> Iterator[Fault]:
    chart = set(frames["ledger_account"]["ledger_account"])
    for event, account in policy.ledger.model_dump().items():
        if account not in chart:
            yield Fault("policy.toml", None, account, f"ledger.{event} is not in accounts.csv", "add the account")
    if not has_valid_check_digit(policy.operator.bankgiro.replace("-", "")):
        problem = "operator.bankgiro has a wrong check digit"
        yield Fault("policy.toml", None, policy.operator.bankgiro, problem, "copy it from the bank's agreement")
