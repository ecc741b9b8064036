"""The band calendar: what the operator's clock shows decides, on every day of the year."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rating.time_bands import BAND_CALENDAR, DAYS, band_calendar, minutes_of_day
from schemas import tables

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BANDS = (
    ("evening", "mon tue wed thu fri", "00:00", "08:00"),
    ("day", "mon tue wed thu fri", "08:00", "18:00"),
    ("evening", "mon tue wed thu fri", "18:00", "24:00"),
    ("evening", "sat sun holiday", "00:00", "24:00"),
)


def calendar(since, until, bands=BANDS, holidays=(), zone=STOCKHOLM):
    rows = pl.DataFrame(bands, schema=tables.TIME_BAND.schema, orient="row")
    free = pl.DataFrame([(day, "x") for day in holidays], schema=tables.HOLIDAY.schema, orient="row")
    return band_calendar(rows, free, zone, since, until)


def hours(frame):
    """Return (band, hours) of each row."""
    length = (pl.col("band_ends_at") - pl.col("band_begins_at")).dt.total_minutes() / 60
    return frame.select("time_band", length).rows()


DAY_LENGTHS = [
    # day -> bands with hours
    (date(2026, 9, 16), [("evening", 8), ("day", 10), ("evening", 6)]),
    (date(2026, 9, 19), [("evening", 24)]),
    (date(2026, 12, 25), [("evening", 24)]),
]


@pytest.mark.parametrize(("day", "expected"), DAY_LENGTHS)
def test_a_day_has_its_bands(day, expected):
    assert hours(calendar(day, day, holidays=[date(2026, 12, 25)])) == expected


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 7), 24)])
def test_a_sunday_lasts_as_long_as_the_clock_needs(day, length):
    """Spring's Sunday has 23 hours, autumn's 25."""
    rows = calendar(day, day)
    assert sum(part for _, part in hours(rows)) == length
    assert rows["band_begins_at"][0] == datetime(day.year, day.month, day.day, tzinfo=STOCKHOLM)
    following = day + timedelta(days=1)
    assert rows["band_ends_at"][-1] == datetime(following.year, following.month, following.day, tzinfo=STOCKHOLM)


def test_a_whole_year_has_neither_gap_nor_overlap():
    rows = calendar(date(2026, 1, 1), date(2026, 12, 31), holidays=[date(2026, 1, 1)])
    assert dict(rows.schema) == BAND_CALENDAR
    assert rows["band_ends_at"].to_list()[:-1] == rows["band_begins_at"].to_list()[1:]
    assert rows["band_begins_at"][0] == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert rows["band_ends_at"][-1] == datetime(2026, 12, 31, 23, tzinfo=UTC)


CHANGES = [
    ("Europe/Stockholm", date(2026, 3, 29)),
    ("Europe/Stockholm", date(2026, 10, 25)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour back
    ("Africa/Cairo", date(2026, 4, 24)),  # midnight is skipped
    ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
    ("Asia/Kolkata", date(2026, 6, 1)),
]
CUTS = st.lists(
    st.sampled_from(["00:15", "00:30", "01:00", "01:30", "01:45", "02:00", "02:30", "03:00", "23:30"]), unique=True
)


@settings(max_examples=80, deadline=None)
@given(change=st.sampled_from(CHANGES), cuts=CUTS, holiday=st.booleans())
def test_every_moment_has_the_band_that_the_clock_shows(change, cuts, holiday):
    zone, day = ZoneInfo(change[0]), change[1]
    borders = ["00:00", *sorted(cuts), "24:00"]
    spans = [(borders[n], borders[n + 1]) for n in range(len(borders) - 1)]
    bands = [(f"week{n}", "mon tue wed thu fri sat sun", *span) for n, span in enumerate(spans)]
    bands += [(f"free{n}", "holiday", *span) for n, span in enumerate(spans)]
    free = [day] if holiday else []
    rows = calendar(day - timedelta(days=1), day + timedelta(days=1), bands, free, zone).rows()
    assert all(before[2] == after[1] for before, after in pairwise(rows))
    moment = rows[0][1]
    while moment < rows[-1][2]:
        shown = moment.astimezone(zone)
        number = next(n for n, (since, until) in enumerate(spans) if since <= f"{shown:%H:%M}" < until)
        kind = "free" if shown.date() in free else "week"
        assert [band for band, begins, ends in rows if begins <= moment < ends] == [f"{kind}{number}"], shown
        moment += timedelta(minutes=15)


def test_days_have_the_names_that_calendars_use():
    assert DAYS[date(2026, 11, 22).weekday()] == "sun"
    assert DAYS[date(2026, 11, 23).weekday()] == "mon"


CLOCKS = [
    ("00:00", 0),
    ("08:30", 510),
    ("23:59", 1439),
    ("24:00", 1440),
    ("24:01", None),
    ("8:00", None),
    ("08:60", None),
    ("08:00:00", None),
    ("", None),
    ("noon", None),
]


@pytest.mark.parametrize(("clock", "minutes"), CLOCKS)
def test_a_time_of_day_is_read_strictly(clock, minutes):
    assert minutes_of_day(clock) == minutes
