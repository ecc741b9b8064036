"""A call over a border: each increment whole, at the price in force when it begins (`increment_at_start`).

The clock is Stockholm's. Day costs 0.60 a minute (0.01 a second), evening 0.30 (0.005 a second) unless a row says more.
2026-09-16 is a Wednesday, 2026-09-18 a Friday.
"""

from datetime import date

import pytest
from one_operator import ALWAYS, OFFICE_HOURS, call, cost, local, price

BAND_BORDERS = [
    # started, seconds, increments -> seconds billed, amount
    ("2026-09-16 07:59:59", 1, "1/1", 1, "0.005000"),
    ("2026-09-16 08:00:00", 1, "1/1", 1, "0.010000"),
    ("2026-09-16 17:59:59", 1, "1/1", 1, "0.010000"),
    ("2026-09-16 18:00:00", 1, "1/1", 1, "0.005000"),
    # 30 s of day and 60 s of evening: 0.30 + 0.30
    ("2026-09-16 17:59:30", 90, "1/1", 90, "0.600000"),
    # the first minute begins by day; the second at 18:00:30: 0.60 + 0.30
    ("2026-09-16 17:59:30", 90, "60/60", 120, "0.900000"),
    # the first minute by day, 30 s of evening: 0.60 + 0.15
    ("2026-09-16 17:59:30", 90, "60/1", 90, "0.750000"),
    # the first minute covers the call: evening is never begun
    ("2026-09-16 17:59:30", 60, "60/1", 60, "0.600000"),
    # increments begin at :50 and :56 by day, at 18:00:02 and 18:00:08 by evening: 12 x 0.01 + 12 x 0.005
    ("2026-09-16 17:59:50", 20, "6/6", 24, "0.180000"),
    # an increment that begins on the border belongs to what follows: 60 x 0.01 + 60 x 0.005
    ("2026-09-16 17:59:00", 61, "60/60", 120, "0.900000"),
    # one that ends on the border is not joined by another: 60 x 0.01
    ("2026-09-16 17:59:00", 60, "60/60", 60, "0.600000"),
    # half a second before the border: one second by day, one by evening
    ("2026-09-16 17:59:59.500000", 2, "1/1", 2, "0.015000"),
    ("2026-09-16 17:59:59.000001", 3, "1/1", 3, "0.020000"),
    # 10 s of evening, ten hours of day, 10 s of evening: 0.05 + 360 + 0.05
    ("2026-09-16 07:59:50", 36_020, "1/1", 36_020, "360.100000"),
    # two whole days from Wednesday 08:00: 2 x (36 000 x 0.01 + 50 400 x 0.005) = 2 x 612
    ("2026-09-16 08:00:00", 172_800, "60/60", 172_800, "1224.000000"),
]


@pytest.mark.parametrize(("started", "talked", "increments", "billed", "amount"), BAND_BORDERS)
def test_a_call_over_a_band_border(rate, started, talked, increments, billed, amount):
    prices = [price("0.60", "day", increments=increments), price("0.30", "evening", increments=increments)]
    assert cost(rate, call(started, talked), prices, OFFICE_HOURS) == (billed, amount)


def test_the_band_and_the_fee_of_the_start_are_the_call_s(rate):
    """17:59:59 for two seconds: fee of the day 0.39, 0.01 by day and 0.005 by evening."""
    prices = [price("0.60", "day", fee="0.39"), price("0.30", "evening", fee="0.99")]
    assert cost(rate, call("2026-09-16 17:59:59", 2), prices, OFFICE_HOURS) == (2, "0.405000")


def test_each_part_is_not_rounded_by_itself(rate):
    """Half a millionth by day and half by evening make one millionth, not two: 30 x 0.000001 / 60, twice."""
    prices = [price("0.000001", "day"), price("0.000001", "evening")]
    assert cost(rate, call("2026-09-16 17:59:30", 60), prices, OFFICE_HOURS) == (60, "0.000001")


WEEKEND = (("week", "mon tue wed thu fri", "00:00", "24:00"), ("free", "sat sun holiday", "00:00", "24:00"))
MIDNIGHTS = [
    # Friday to Saturday: 10 x 0.01 + 10 x 0.005
    ("2026-09-18 23:59:50", 20, "0.150000"),
    # Sunday to Monday: 10 x 0.005 + 10 x 0.01
    ("2026-09-20 23:59:50", 20, "0.150000"),
    # Wednesday to Thursday is no border: 20 x 0.01
    ("2026-09-16 23:59:50", 20, "0.200000"),
    # into a holiday on Friday 25 December, and through it into Saturday
    ("2026-12-24 23:59:50", 20, "0.150000"),
    ("2026-12-25 23:59:50", 20, "0.100000"),
    # a holiday on Wednesday 6 January, at noon, and out of it
    ("2027-01-06 12:00:00", 20, "0.100000"),
    ("2027-01-06 23:59:50", 20, "0.150000"),
]


@pytest.mark.parametrize(("started", "talked", "amount"), MIDNIGHTS)
def test_a_call_over_midnight_follows_the_new_day(rate, started, talked, amount):
    prices = [price("0.60", "week"), price("0.30", "free")]
    holidays = (date(2026, 12, 25), date(2027, 1, 6))
    assert cost(rate, call(started, talked), prices, WEEKEND, holiday=[{"holiday_on": day} for day in holidays]) == (
        talked,
        amount,
    )


OLD = {"valid_to": date(2026, 10, 1)}
NEW = {"valid_from": date(2026, 10, 1)}
PRICE_CHANGES = [
    # started, seconds, increments before, after -> seconds billed, amount (0.30 then 0.60 a minute, fee 0.39 then 0.49)
    ("2026-09-30 23:59:59", 1, "1/1", "1/1", 1, "0.395000"),
    ("2026-10-01 00:00:00", 1, "1/1", "1/1", 1, "0.500000"),
    # 60 x 0.005 + 60 x 0.01 + 0.39
    ("2026-09-30 23:59:00", 120, "1/1", "1/1", 120, "1.290000"),
    # a minute of the old row, then seconds of the new: 0.30 + 35 x 0.01 + 0.39
    ("2026-09-30 23:59:30", 95, "60/60", "1/1", 95, "1.040000"),
    # seconds of the old row, then later increments of the new, never its first: 30 x 0.005 + 12 x 0.01 + 0.39
    ("2026-09-30 23:59:30", 37, "1/1", "60/6", 42, "0.660000"),
]


@pytest.mark.parametrize(("started", "talked", "before", "after", "billed", "amount"), PRICE_CHANGES)
def test_a_call_over_a_price_change(rate, started, talked, before, after, billed, amount):
    prices = [
        price("0.30", fee="0.39", increments=before, **OLD),
        price("0.60", fee="0.49", increments=after, **NEW),
    ]
    assert cost(rate, call(started, talked), prices) == (billed, amount)


def two_bands(border):
    every_day = "mon tue wed thu fri sat sun holiday"
    return (("evening", every_day, "00:00", border), ("day", every_day, border, "24:00"))


CLOCK_CHANGES = [
    # Spring, 2026-03-29: after 01:59:59 the clock shows 03:00:00. Half a minute each: 0.15 + 0.30
    ("03:00", "2026-03-29 01:59:30", 0, 60, "1/1", 60, "0.450000"),
    # an hour before the change and an hour after it: 18 + 36
    ("03:00", "2026-03-29 01:00:00", 0, 7200, "1/1", 7200, "54.000000"),
    # the second minute begins at 03:00:30: 0.30 + 0.60
    ("03:00", "2026-03-29 01:59:30", 0, 61, "60/60", 120, "0.900000"),
    # a border in the hour that is skipped lies at the change: 10 x 0.005 + 10 x 0.01
    ("02:30", "2026-03-29 01:59:50", 0, 20, "1/1", 20, "0.150000"),
    ("02:30", "2026-03-29 03:00:00", 0, 1, "1/1", 1, "0.010000"),
    # Autumn, 2026-10-25: 02:00 to 03:00 comes twice. Three hours of evening, one of day: 54 + 36
    ("03:00", "2026-10-25 01:00:00", 0, 14_400, "1/1", 14_400, "90.000000"),
    # the second time round it is evening still, until the clock shows 03:00
    ("03:00", "2026-10-25 02:59:50", 0, 20, "1/1", 20, "0.100000"),
    ("03:00", "2026-10-25 02:59:50", 1, 20, "1/1", 20, "0.150000"),
    # a border in the hour that comes twice comes twice: 1800 x (0.005 + 0.01) x 2
    ("02:30", "2026-10-25 02:00:00", 0, 7200, "1/1", 7200, "54.000000"),
    ("02:30", "2026-10-25 02:15:00", 1, 1, "1/1", 1, "0.005000"),
]


@pytest.mark.parametrize(("border", "started", "fold", "talked", "increments", "billed", "amount"), CLOCK_CHANGES)
def test_a_call_over_a_clock_change_follows_the_clock(rate, border, started, fold, talked, increments, billed, amount):
    prices = [price("0.60", "day", increments=increments), price("0.30", "evening", increments=increments)]
    assert cost(rate, call(local(started, fold), talked), prices, two_bands(border)) == (billed, amount)


def test_a_clock_change_alone_is_no_border(rate):
    """30/18 from 01:59:50 on the spring day for 35 s: 30 + 18 = 48 s of 0.01."""
    assert cost(rate, call("2026-03-29 01:59:50", 35), [price("0.60", increments="30/18")], ALWAYS) == (48, "0.480000")
