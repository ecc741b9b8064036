"""Proration: what a part of a fee's period costs. One pure function, and a named mode per plan (docs/fees.md).

| mode | used / full |
|---|---|
| `actual_days` | days of the part / days of the period, half-open (Kill Bill) |
| `inclusive_days` | as before, but a day on which the service ends counts as used (Lago, Flexprice) |
| `calendar_months` | days / days of their month, month by month, added up (BillRun) |
| `fixed_days(N)` | days of a period that always has N: a day beyond N is free, the last day reaches N (30/360) |
| `none` | a part costs nothing: only parts that fill the whole period are charged |
| `full` | a period begun costs all, whatever is used of it |
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from rating.group_numbers import group_numbers
from schemas.largest_remainder import handed_out
from schemas.money import CHARGE, MICRO, from_minor, to_micro

ALL = 10**12  # of `paid_share`: a part that is paid whole
_MONTH = 377_580  # divides by 28, 29, 30 and 31: a day of any month is a whole number of its parts
_MICRO_OF_MINOR = MICRO // 100


def prorated(parts: pl.DataFrame, period: Sequence[str], line: Sequence[str], keep: Sequence[str] = ()) -> pl.DataFrame:
    """Charge the parts of fee periods.

    `parts`: `price` of the whole period, `part_from`, `part_to` within `period_from`, `period_to` (half-open, parts of
    a period do not overlap) and `proration`, the mode; parts that agree in the columns `period` are of one period, of
    one mode, and those that agree in `line` besides become one row. If present, `quantity` multiplies the price,
    `paid_share` (of `ALL`) is what is paid of a part, `is_used` is false for days of a pause, which cost nothing, and
    `is_followed` is true where another part, not among these, begins on the day that this one ends.

    Returns per line: `period`, `line`, `keep` (alike in all parts of a line), `part_from`, `part_to`, `used_days`,
    `full_days` and `amount_ex_vat`, rounded to 2 decimals. What the lines of a period come to is rounded once and given
    to them by largest remainder, the earliest of equals first: lines that fill a period of one price add up to it
    exactly.
    """
    keys = list(dict.fromkeys(name for name in (*period, *line, *keep) if name not in {"part_from", "part_to"}))
    lines = _lines(with_shares(parts, period, line), keys)
    whole = pl.col("full_share").cast(pl.Int128) * ALL * _MICRO_OF_MINOR
    amounts = lines.with_columns(largest_remainder(lines, pl.col("exact"), whole, "period_no").alias("minor"))
    return amounts.select(
        *keys, "part_from", "part_to", "used_days", "full_days",
        from_minor(pl.col("minor")).cast(CHARGE).alias("amount_ex_vat"),
    )  # fmt: skip


def _lines(parts: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Add up the parts of each line; most lines are one part."""
    names = [*keys, "period_no", "line_no", "full_days", "full_share", "part_from", "part_to", "used_days", "exact"]
    used = pl.when("is_used").then("used_days").otherwise(0)
    exact = parts.with_columns(_exact(parts.columns).alias("exact"), used.alias("used_days"))
    is_alone = exact["line_no"].is_unique()
    several = exact.filter(~is_alone).group_by("line_no").agg(
        pl.col(*keys, "period_no", "full_days", "full_share").first(),
        pl.col("part_from").min(),
        pl.col("part_to").max(),
        pl.col("used_days", "exact").sum(),
    )  # fmt: skip
    return pl.concat([exact.filter(is_alone).select(names), several.select(names)]).sort("period_no", "part_from")


def with_shares(parts: pl.DataFrame, period: Sequence[str], line: Sequence[str]) -> pl.DataFrame:
    """Add what each part is of its period: its exact price is `price` x `used_share` / `full_share`.

    Adds `used_days` and `full_days` as they stand on an invoice, whole-numbered `used_share` and `full_share` (the same
    for all parts of a period), `is_used` where it was absent, and the numbers of period and line.
    """
    numbered = parts.with_columns(
        group_numbers(parts, *period).alias("period_no"), group_numbers(parts, *period, *line).alias("line_no")
    )
    if "is_used" not in parts.columns:
        numbered = numbered.with_columns(pl.lit(value=True).alias("is_used"))
    modes = numbered["proration"].unique().to_list()
    of_mode = [_of_mode(numbered.filter(pl.col("proration") == mode), mode) for mode in modes]
    return pl.concat(of_mode) if of_mode else _of_mode(numbered, "actual_days")


def largest_remainder(rows: pl.DataFrame, exact: pl.Expr, whole: pl.Expr, *group: str) -> pl.Series:
    """Divide `exact` by `whole` (Int128, positive, equal within a group), rounded so that groups add up: Int64.

    The sum of each group is rounded once, half up; each row has its quotient rounded down, and those with the largest
    remainders one more, the first of equals before the others.
    """
    rest = exact % whole
    divided = rows.select(
        (exact // whole).cast(pl.Int64).alias("down"), (2 * rest >= whole).alias("half"), rest.alias("rest"),
        whole.alias("whole"), *group,
    )  # fmt: skip
    is_alone = divided.select(pl.struct(group).is_unique() if len(group) > 1 else pl.col(group).is_unique()).to_series()
    rounded = divided["down"] + divided["half"].cast(pl.Int64)
    if is_alone.all():
        return rounded
    left = (2 * pl.col("rest").sum() + pl.col("whole").first()) // (2 * pl.col("whole").first())
    total = (pl.col("down").sum() + left).over(group)
    several = divided.filter(~is_alone).select(handed_out(pl.col("down"), pl.col("rest"), total, group)).to_series()
    return rounded.scatter((~is_alone).arg_true(), several)


def _exact(present: Sequence[str]) -> pl.Expr:
    """Return millionths of the price of a part, times `ALL` and the full share."""
    factors = [pl.col("used_share")]
    factors += [pl.col(name) for name in ("quantity", "paid_share") if name in present]
    exact = to_micro(pl.col("price")).cast(pl.Int128) * pl.col("is_used").cast(pl.Int128)
    for factor in factors:
        exact = exact * factor.cast(pl.Int128)
    return exact if "paid_share" in present else exact * ALL


def _of_mode(parts: pl.DataFrame, mode: str) -> pl.DataFrame:
    name, _, count = mode.partition("(")
    used, full, used_days, full_days = _MODES[name](parts, int(count[:-1] or 0) if count else 0)
    return parts.with_columns(
        used.cast(pl.Int64).alias("used_share"),
        full.cast(pl.Int64).alias("full_share"),
        used_days.cast(pl.Int64).alias("used_days"),
        full_days.cast(pl.Int64).alias("full_days"),
    )


_Shares = tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]


def _days(since: str, until: str) -> pl.Expr:
    return (pl.col(until) - pl.col(since)).dt.total_days()


_PART, _PERIOD = _days("part_from", "part_to"), _days("period_from", "period_to")


def _actual_days(_parts: pl.DataFrame, _count: int) -> _Shares:
    return _PART, _PERIOD, _PART, _PERIOD


def _inclusive_days(parts: pl.DataFrame, _count: int) -> _Shares:
    following = pl.col("part_from").shift(-1).over("period_no", order_by="part_from")
    ends = (pl.col("part_to") < pl.col("period_to")) & following.ne_missing(pl.col("part_to"))
    if "is_followed" in parts.columns:
        ends = ends & ~pl.col("is_followed")
    used = _PART + ends.cast(pl.Int64)
    return used, _PERIOD, used, _PERIOD


def _calendar_months(_parts: pl.DataFrame, _count: int) -> _Shares:
    used, full = (
        _in_months(pl.col(until)) - _in_months(pl.col(since))
        for since, until in (("part_from", "part_to"), ("period_from", "period_to"))
    )
    return used, full, _PART, _PERIOD


def _in_months(day: pl.Expr) -> pl.Expr:
    """Count the months before a day, in parts of a month (`_MONTH` each)."""
    month = day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)
    of_month = (day.dt.day().cast(pl.Int64) - 1) * (_MONTH // day.dt.month_end().dt.day().cast(pl.Int64))
    return month * _MONTH + of_month


def _fixed_days(_parts: pl.DataFrame, count: int) -> _Shares:
    def place(day: str) -> pl.Expr:
        elapsed = pl.min_horizontal(_days("period_from", day), pl.lit(count))
        return pl.when(pl.col(day) == pl.col("period_to")).then(pl.lit(count)).otherwise(elapsed)

    used = place("part_to") - place("part_from")
    return used, pl.lit(count), used, pl.lit(count)


def _none(_parts: pl.DataFrame, _count: int) -> _Shares:
    is_whole = _PART.sum().over("period_no") == _PERIOD
    used = pl.when(is_whole).then(_PART).otherwise(0)
    return used, _PERIOD, used, _PERIOD


def _full(_parts: pl.DataFrame, _count: int) -> _Shares:
    """Let the line that begins the period pay all of it, so that what comes later changes nothing."""
    begins = pl.col("part_from").min()
    is_first = begins.over("line_no") == begins.over("period_no")
    used = pl.when(is_first).then(_PART).otherwise(0)
    return used, used.sum().over("period_no"), _PART, _PERIOD


_MODES = {
    "actual_days": _actual_days,
    "inclusive_days": _inclusive_days,
    "calendar_months": _calendar_months,
    "fixed_days": _fixed_days,
    "none": _none,
    "full": _full,
}
MODES = tuple(_MODES)
