"""Fiscal years: named by the calendar year in which they begin."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl


def fiscal_year_of(day: pl.Expr, first_month: int) -> pl.Expr:
    """Return the year in which the fiscal year of a day began."""
    return day.dt.year() - (day.dt.month() < first_month).cast(pl.Int32)


def year_bounds(year: int, first_month: int) -> tuple[date, date]:
    """Return the first and the last day of the fiscal year that begins in a calendar year."""
    return date(year, first_month, 1), date(year + 1, first_month, 1) - timedelta(days=1)
