"""The operator's clock laid out as moments: which local day and time band a moment lies in, and when each begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from rating.interval_lookup import last_begun
from rating.time_bands import band_calendar, local_midnight

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class LocalCalendar:
    """Bands and days of a span of time.

    `bands`: `begins_us` (microseconds since 1970, sorted), `ends_us`, `time_band`, `band_no` (position in
    `band_names`), `day_no` (days since 1970 of the local day that it lies in). `day_begins_us`: first moment of each
    local day from `first_day_no` on.
    """

    bands: pl.DataFrame
    band_names: list[str]
    day_begins_us: pl.Series
    first_day_no: int

    def at(self, moments_us: pl.Series) -> pl.Series:
        """Return the position in `bands` of each moment."""
        return last_begun(self.bands["begins_us"], moments_us)

    def day_begins(self, day_no: pl.Series) -> pl.Series:
        """Return the first moment of local days, null for null and for days outside the calendar."""
        places = day_no - self.first_day_no
        return self.day_begins_us.gather(places.set((places < 0) | (places >= len(self.day_begins_us)), None))


def local_calendar(
    bands: pl.DataFrame, holidays: pl.DataFrame, zone: ZoneInfo, since: date, until: date
) -> LocalCalendar:
    """Lay out every local day of `[since, until]` by TIME_BAND and HOLIDAY rows."""
    laid = band_calendar(bands, holidays, zone, since, until)
    names = sorted(set(bands["time_band"]))
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    begins = pl.DataFrame({"day": days}, schema={"day": pl.Date}).select(
        local_midnight(pl.col("day"), zone.key).dt.epoch("us")
    )
    first_day_no = (since - date(1970, 1, 1)).days
    frame = laid.select(
        pl.col("band_begins_at").dt.epoch("us").alias("begins_us"),
        pl.col("band_ends_at").dt.epoch("us").alias("ends_us"),
        pl.col("time_band").cast(pl.Enum(names)),
        pl.col("time_band").replace_strict(names, list(range(len(names))), return_dtype=pl.Int64).alias("band_no"),
        (last_begun(begins.to_series(), laid["band_begins_at"].dt.epoch("us")) + first_day_no).alias("day_no"),
    )
    return LocalCalendar(frame, names, begins.to_series(), first_day_no)
