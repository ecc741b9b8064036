"""Days and billing periods. Periods are half-open: `[from, to)`.

A billing day beyond a month's end means that month's last day, and does not drift (31 -> 28 Feb -> 31 Mar).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import polars as pl


def billing_date(year: int, month: int, billing_day: int) -> date:
    """Return the billing date of one month."""
    return date(year, month, min(billing_day, monthrange(year, month)[1]))


def latest_billing_date(on: date, billing_day: int) -> date:
    """Return the last billing date that is not after `on`."""
    this_month = billing_date(on.year, on.month, billing_day)
    if this_month <= on:
        return this_month
    before = on.replace(day=1) - timedelta(days=1)
    return billing_date(before.year, before.month, billing_day)


def coming_billing_date(on: date, billing_day: int) -> date:
    """Return the first billing date that is not before `on`: the day on which the period `on` lies in is over."""
    this_month = billing_date(on.year, on.month, billing_day)
    if this_month >= on:
        return this_month
    following = months_after(on.replace(day=1), 1)
    return billing_date(following.year, following.month, billing_day)


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day where it has none (31 Jan -> 28 Feb)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return billing_date(year, month + 1, day.day)


def billing_dates(since: date, until: date) -> pl.DataFrame:
    """List every billing date of every billing day (1 to 31) in `[since, until]`.

    Columns: `billing_day` Int64, `period_from` Date (a billing date), `period_to` Date (the next one).
    """
    months = []
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        months.append((year, month))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 (months of a year)
    rows = []
    for day in range(1, 32):
        for year, month in months:
            start = billing_date(year, month, day)
            following = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004
            if since <= start <= until:
                rows.append((day, start, billing_date(*following, day)))
    schema = {"billing_day": pl.Int64, "period_from": pl.Date, "period_to": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def billing_periods(since: date, until: date) -> pl.DataFrame:
    """List every billing period of every billing day (1 to 31) that has a day in `[since, until]`.

    Columns as `billing_dates`. No period is longer than 31 days, so none that began earlier reaches `since`.
    """
    return billing_dates(since - timedelta(days=31), until).filter(pl.col("period_to") > since)


def period_begins(on: pl.Expr, billing_day: pl.Expr) -> pl.Expr:
    """Return the first day of the billing period that a day lies in: `latest_billing_date` for whole columns."""
    this_month = _billing_dates_of(on, billing_day)
    before = _billing_dates_of(on.dt.month_start().dt.offset_by("-1d"), billing_day)
    return pl.when(this_month <= on).then(this_month).otherwise(before)


def _billing_dates_of(in_month: pl.Expr, billing_day: pl.Expr) -> pl.Expr:
    days = pl.min_horizontal(billing_day, in_month.dt.month_end().dt.day().cast(pl.Int64)) - 1
    return in_month.dt.month_start() + pl.duration(days=days)
