"""Price rows: every band spelt out, each date with one price, validity as moments."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from rating.price_rows import price_rows
from schemas import tables

BANDS = pl.DataFrame({"time_band": ["day", "evening", "evening"]})
JAN, MAR, MAY, JUL = (date(2026, month, 1) for month in (1, 3, 5, 7))


def spelt_out(*rows, zone="Europe/Stockholm"):
    """Give (band, from, to, price) rows of one zone to the list, and get them back by band and date."""
    prices = [
        ("list", "1001", "se", band, since, until, "SEK", Decimal("0.39"), Decimal(price), 60, 1)
        for band, since, until, price in rows
    ]
    frame = price_rows(pl.DataFrame(prices, schema=tables.PRICE.schema, orient="row"), BANDS, zone)
    return frame.sort("time_band", "valid_from")


CASES = [
    # given -> bands with dates and price
    ([("*", JAN, None, 1)], [("day", JAN, None, 1), ("evening", JAN, None, 1)]),
    ([("*", JAN, None, 1), ("day", JAN, None, 2)], [("day", JAN, None, 2), ("evening", JAN, None, 1)]),
    # a row of its own that begins later leaves the time before it to the general one
    (
        [("*", JAN, None, 1), ("day", MAR, None, 2)],
        [("day", JAN, MAR, 1), ("day", MAR, None, 2), ("evening", JAN, None, 1)],
    ),
    # and one that ends leaves the time after it
    (
        [("*", JAN, JUL, 1), ("day", MAR, MAY, 2)],
        [("day", JAN, MAR, 1), ("day", MAR, MAY, 2), ("day", MAY, JUL, 1), ("evening", JAN, JUL, 1)],
    ),
    (
        [("*", JAN, MAY, 1), ("*", MAY, None, 3), ("day", MAR, JUL, 2)],
        [
            ("day", JAN, MAR, 1),
            ("day", MAR, JUL, 2),
            ("day", JUL, None, 3),
            ("evening", JAN, MAY, 1),
            ("evening", MAY, None, 3),
        ],
    ),
    # rows that do not meet in time leave each other alone
    (
        [("*", JAN, MAR, 1), ("day", MAY, None, 2)],
        [("day", JAN, MAR, 1), ("day", MAY, None, 2), ("evening", JAN, MAR, 1)],
    ),
    ([("day", JAN, None, 1)], [("day", JAN, None, 1)]),
    ([], []),
]


@pytest.mark.parametrize(("given", "expected"), CASES)
def test_each_band_has_one_price_on_each_date(given, expected):
    got = spelt_out(*given).select("time_band", "valid_from", "valid_to", "price_per_minute").rows()
    assert got == expected


def test_the_order_of_rows_does_not_matter():
    rows = [("*", JAN, None, 1), ("day", MAR, MAY, 2), ("day", MAY, JUL, 3)]
    assert spelt_out(*rows).equals(spelt_out(*rows[::-1]))


MIDNIGHTS = [
    ("Europe/Stockholm", date(2026, 1, 1), datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ("Europe/Stockholm", date(2026, 7, 1), datetime(2026, 6, 30, 22, tzinfo=UTC)),
    ("Europe/Stockholm", date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC)),
    ("Europe/Stockholm", date(2026, 10, 26), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    # the clock of Cairo goes from 23:59 to 01:00 on this day
    ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "day", "moment"), MIDNIGHTS)
def test_a_price_begins_and_ends_with_the_local_day(zone, day, moment):
    begins = spelt_out(("day", day, None, 1), zone=zone)
    ends = spelt_out(("day", date(2025, 1, 1), day, 1), zone=zone)
    assert begins.select("price_begins_at", "price_ends_at").row(0) == (moment, None)
    assert ends["price_ends_at"].item() == moment


def test_prices_are_whole_millionths():
    row = spelt_out(("day", JAN, None, "123456.789012")).row(0, named=True)
    assert (row["fee_micro"], row["price_micro"]) == (390_000, 123_456_789_012)
