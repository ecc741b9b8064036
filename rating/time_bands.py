"""Time bands: which band is in force at a moment, and until when, on the operator's clock.

The bands of each local day are laid out as moments in UTC once per night, so that midnight, holidays and both
DST changes are simply borders between rows, and a call finds its band with one join.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from schemas.columns import TIMESTAMP

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
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

    Returns `time_band`, `band_begins_at`, `band_ends_at` (UTC, half-open), sorted, without gap or overlap;
    neighbours of the same band are left apart at midnight, which is a border of its own for policies.
    """
    free = set(holidays["holiday_on"])
    rows = [
        (row["time_band"], _moment(day, row["band_from"], zone), _moment(day, row["band_to"], zone))
        for day in (since + timedelta(days=n) for n in range((until - since).days + 1))
        for row in bands.to_dicts()
        if ("holiday" if day in free else DAYS[day.weekday()]) in row["weekdays"].split()
    ]
    calendar = pl.DataFrame(rows, schema=BAND_CALENDAR, orient="row")
    # A band inside the hour that spring skips has no length and holds no call.
    return calendar.filter(pl.col("band_begins_at") < pl.col("band_ends_at")).sort("band_begins_at")


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    minutes = minutes_of_day(clock) or 0
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 (made aware below)
    return local.replace(tzinfo=zone)
