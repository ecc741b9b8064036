"""Time bands: which band is in force at a moment, and until when, on the operator's clock.

The bands of each local day are laid out as moments in UTC once per night, so that midnight, holidays and both
DST changes are simply borders between rows, and a call finds its band with one join.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl

from schemas.columns import TIMESTAMP

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
_DAY_S = 24 * 60 * 60
BAND_CALENDAR = {"time_band": pl.String(), "band_begins_at": TIMESTAMP, "band_ends_at": TIMESTAMP}


def minutes_of_day(clock: str) -> int | None:
    """Return minutes since midnight of `HH:MM` (`24:00` is the day's end), or None when it is not a time."""
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", clock)
    if match is None:
        return None
    return 24 * 60 if match[1] is None else int(match[1]) * 60 + int(match[2])


def band_calendar(
    bands: pl.DataFrame, holidays: pl.DataFrame, zone: ZoneInfo, since: date, until: date
) -> pl.DataFrame:
    """Lay out the bands of every local day in `[since, until]` as moments.

    The clock decides: an hour that autumn repeats has its bands twice, an hour that spring skips holds none.
    Returns `time_band`, `band_begins_at`, `band_ends_at` (UTC, half-open), sorted, without gap or overlap;
    neighbours of the same band are left apart at midnight and at a DST change.
    """
    spans = _offset_spans(zone, since, until)
    free = set(holidays["holiday_on"])
    rows = [
        (row["time_band"], begins_at, ends_at)
        for day in (since + timedelta(days=n) for n in range((until - since).days + 1))
        for row in bands.to_dicts()
        if ("holiday" if day in free else DAYS[day.weekday()]) in row["weekdays"].split()
        for begins_at, ends_at in _moments(_clock(day, row["band_from"]), _clock(day, row["band_to"]), spans)
    ]
    return pl.DataFrame(rows, schema=BAND_CALENDAR, orient="row").sort("band_begins_at")


def _clock(day: date, clock: str) -> datetime:
    """Return what the clock shows, told as if it were UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes_of_day(clock) or 0)


def _moments(
    shown_from: datetime, shown_to: datetime, spans: list[tuple[datetime, datetime, timedelta]]
) -> Iterator[tuple[datetime, datetime]]:
    """Give the moments at which the clock shows `[shown_from, shown_to)`: one interval per offset it is shown in."""
    for begins_at, ends_at, offset in spans:
        since, until = max(shown_from - offset, begins_at), min(shown_to - offset, ends_at)
        if since < until:
            yield since, until


def _offset_spans(zone: ZoneInfo, since: date, until: date) -> list[tuple[datetime, datetime, timedelta]]:
    """List the spans of time around `[since, until]` in which the clock keeps one offset from UTC."""
    first, last = _clock(since, "00:00") - timedelta(days=2), _clock(until, "00:00") + timedelta(days=3)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    changes = [_change_after(day, zone) for day in days if _offset(day, zone) != _offset(day + timedelta(days=1), zone)]
    borders = [first, *changes, last]
    return [(begins_at, ends_at, _offset(begins_at, zone)) for begins_at, ends_at in pairwise(borders)]


def _change_after(day: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment, within 24 hours, from which the clock's offset is another than at `day`."""
    before = _offset(day, zone)
    second = bisect_left(
        range(_DAY_S), 1, key=lambda passed: int(_offset(day + timedelta(seconds=passed), zone) != before)
    )
    return day + timedelta(seconds=second)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def local_midnight(day: pl.Expr, time_zone: str) -> pl.Expr:
    """Return the first moment of a local day (UTC), which is 01:00 where the clock is set forward at midnight."""
    shown = day.cast(pl.Datetime("us"))
    first, second = (
        clock.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        for clock in (shown, shown.dt.offset_by("1h"))
    )
    return pl.coalesce(first, second).dt.convert_time_zone("UTC").cast(TIMESTAMP)
