"""Fee periods: of any length, aligned to the account's billing day or to the subscription's own first day.

A day beyond a month's end means that month's last day, and does not drift: 31 January, 28 February, 31 March.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.periods import period_begins

MONTHLY = "1 month"
_STARTS = pl.date_range(date(1900, 1, 1), date(2199, 12, 1), "1mo", eager=True)
_FIRST_MONTH = 1900 * 12 + 1
_MONTH_STARTS, _MONTH_DAYS = _STARTS.cast(pl.Int32).cast(pl.Int64), _STARTS.dt.month_end().dt.day().cast(pl.Int64)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}


def aligned(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `anchor` and `anchor_day`, the day on which a period begins and its day of the month.

    `rows`: `fee_alignment`; `account_from`, `billing_day` of the account, whose periods are counted from the billing
    date that its first day lies after; `subscription_from`, the subscription's first day.
    """
    of_account = pl.col("fee_alignment") == "account"
    anchor = (
        pl.when(of_account)
        .then(period_begins(pl.col("account_from"), pl.col("billing_day")))
        .otherwise(pl.col("subscription_from"))
    )
    day = pl.when(of_account).then("billing_day").otherwise(pl.col("subscription_from").dt.day().cast(pl.Int64))
    return rows.with_columns(anchor.alias("anchor"), day.alias("anchor_day"))


def fee_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Give each row the periods that have a day in `[wanted_from, wanted_to)`: one row for each.

    `rows`: `fee_period` ("1 month", "30 days"), `anchor`, `anchor_day` (of `aligned`), `wanted_from`, `wanted_to`.
    Adds `period_from` and `period_to`, half-open; each period begins where the one before ends.
    """
    length, unit = pl.col("fee_period").str.extract(r"^(\d+)").cast(pl.Int64), _unit()
    sized = rows.with_columns(
        (length * unit.replace_strict(_MONTHS, default=0, return_dtype=pl.Int64)).alias("_months"),
        (length * unit.replace_strict(_DAYS, default=0, return_dtype=pl.Int64)).alias("_days"),
    )
    of_months, of_days = pl.col("_months") > 0, pl.col("_days") > 0
    periods = pl.concat([_periods_of_months(sized.filter(of_months)), _periods_of_days(sized.filter(of_days))])
    overlaps = (pl.col("period_from") < pl.col("wanted_to")) & (pl.col("period_to") > pl.col("wanted_from"))
    return periods.filter(overlaps).drop("_months", "_days", "_no")


def before(day: pl.Expr, fee_period: pl.Expr) -> pl.Expr:
    """Return a day at least one fee period before another."""
    length = fee_period.str.extract(r"^(\d+)").cast(pl.Int64)
    unit = fee_period.str.extract(r"^\d+ (day|week|month|quarter|year)s?$")
    longest = unit.replace_strict({"day": 1, "week": 7, "month": 31, "quarter": 93, "year": 366}, return_dtype=pl.Int64)
    return day - pl.duration(days=length * longest)


def _unit() -> pl.Expr:
    return pl.col("fee_period").str.extract(r"^\d+ (day|week|month|quarter|year)s?$")


def _month_of(day: pl.Expr) -> pl.Expr:
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)


def _numbered(rows: pl.DataFrame, first: pl.Expr, last: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(pl.int_ranges(first, last + 1).alias("_no")).explode("_no").drop_nulls("_no")


def _periods_of_months(rows: pl.DataFrame) -> pl.DataFrame:
    def place(day: str) -> pl.Expr:
        return (_month_of(pl.col(day)) - _month_of(pl.col("anchor"))) // pl.col("_months")

    numbered = _numbered(rows, place("wanted_from") - 1, place("wanted_to"))
    return numbered.with_columns(
        _begin(pl.col("_no")).alias("period_from"), _begin(pl.col("_no") + 1).alias("period_to")
    )


def _begin(number: pl.Expr) -> pl.Expr:
    """Return the first day of a period; months are looked up, which takes a tenth of counting them."""
    month = _month_of(pl.col("anchor")) + number * pl.col("_months") - _FIRST_MONTH
    days = pl.min_horizontal(pl.col("anchor_day"), pl.lit(_MONTH_DAYS).gather(month)) - 1
    return (pl.lit(_MONTH_STARTS).gather(month) + days).cast(pl.Int32).cast(pl.Date)


def _periods_of_days(rows: pl.DataFrame) -> pl.DataFrame:
    def place(day: str) -> pl.Expr:
        return (pl.col(day) - pl.col("anchor")).dt.total_days() // pl.col("_days")

    numbered = _numbered(rows, place("wanted_from"), place("wanted_to"))
    begins = pl.col("anchor") + pl.duration(days=pl.col("_no") * pl.col("_days"))
    return numbered.with_columns(
        begins.alias("period_from"), (begins + pl.duration(days=pl.col("_days"))).alias("period_to")
    )
