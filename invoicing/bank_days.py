"""Days on which banks move money: in Sweden (bank days of Bankgirot), and in TARGET, which SEPA runs on.

Computed for any year, so that no list must be kept up: Bankgirot's bank holidays are the public ones of lag (1989:253)
and Midsummer's, Christmas and New Year's Eve; TARGET's closing days are those of the European Central Bank.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Literal

from dateutil.easter import easter

Calendar = Literal["sweden", "target"]

_SATURDAY, _FRIDAY = 5, 4
_DAY = timedelta(days=1)
# Month and day of holidays that fall on the same date each year.
_FIXED: dict[Calendar, tuple[tuple[int, int], ...]] = {
    "sweden": ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)),
    "target": ((1, 1), (5, 1), (12, 25), (12, 26)),
}
# Days from Easter Sunday: Good Friday, Easter Monday and, in Sweden, Ascension Day.
_FROM_EASTER: dict[Calendar, tuple[int, ...]] = {"sweden": (-2, 1, 39), "target": (-2, 1)}


def is_bank_day(day: date, calendar: Calendar) -> bool:
    """Tell whether banks move money on a day."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year, calendar)


def next_bank_day(day: date, calendar: Calendar) -> date:
    """Return a day if it is a bank day, or else the first one after it."""
    while not is_bank_day(day, calendar):
        day += _DAY
    return day


def bank_days_after(day: date, count: int, calendar: Calendar) -> date:
    """Return the bank day that is so many bank days after a day; of 0, `next_bank_day`."""
    found = next_bank_day(day, calendar) if count == 0 else day
    for _ in range(count):
        found = next_bank_day(found + _DAY, calendar)
    return found


@cache
def bank_holidays(year: int, calendar: Calendar) -> frozenset[date]:
    """Return the days of a year, Saturdays and Sundays aside, on which banks move no money."""
    sunday = easter(year)
    found = {date(year, month, day) for month, day in _FIXED[calendar]}
    found |= {sunday + timedelta(days=days) for days in _FROM_EASTER[calendar]}
    if calendar == "sweden":
        found.add(_midsummers_eve(year))
    return frozenset(found)


def _midsummers_eve(year: int) -> date:
    """Return the Friday from 19 to 25 June."""
    earliest = date(year, 6, 19)
    return earliest + timedelta(days=(_FRIDAY - earliest.weekday()) % 7)
