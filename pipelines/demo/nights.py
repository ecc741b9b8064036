"""The demo's nights, and which days lie between them."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_USAGE_DAY = date(2026, 9, 1)
NIGHTS = (
    date(2026, 9, 8),
    date(2026, 9, 15),
    date(2026, 9, 22),
    date(2026, 10, 1),
    date(2026, 10, 8),
    date(2026, 10, 15),
    date(2026, 10, 26),
    date(2026, 11, 1),
    date(2026, 11, 8),
    date(2026, 11, 16),
    date(2026, 11, 24),
    date(2026, 12, 1),
)
_SATURDAY = 5
_BANK_HOLIDAYS = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)})


def position(night: date) -> int:
    """Return the place of a night among `NIGHTS`, from 0. Raises `ValueError` for any other date."""
    if night not in NIGHTS:
        message = f"{night} is not a night of the demo; they are {', '.join(map(str, NIGHTS))}"
        raise ValueError(message)
    return NIGHTS.index(night)


def begin_of(night: date) -> date:
    """Return the first day whose usage and payments reach this night."""
    place = position(night)
    return NIGHTS[place - 1] if place else FIRST_USAGE_DAY


def days_of(night: date) -> list[date]:
    """List the days whose usage reaches this night: from the previous night up to the day before this one."""
    first = begin_of(night)
    return [first + timedelta(days=n) for n in range((night - first).days)]


def bank_day(day: date) -> date:
    """Return the first day from `day` on which banks book."""
    while day.weekday() >= _SATURDAY or day in _BANK_HOLIDAYS:
        day += timedelta(days=1)
    return day
