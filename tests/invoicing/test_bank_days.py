"""Days on which banks move money."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.bank_days import bank_days_after, bank_holidays, is_bank_day, next_bank_day

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def test_swedish_bank_holidays_of_2026_are_those_of_bankgirots_calendar():
    assert sorted(bank_holidays(2026, "sweden")) == [
        date(2026, 1, 1), date(2026, 1, 6), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 14),
        date(2026, 6, 6), date(2026, 6, 19), date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26),
        date(2026, 12, 31),
    ]  # fmt: skip


def test_closing_days_of_target_in_2026_are_six():
    assert sorted(bank_holidays(2026, "target")) == [
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25), date(2026, 12, 26),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "calendar", "expected"),
    [
        (date(2026, 11, 27), "sweden", date(2026, 11, 27)),  # a Friday
        (date(2026, 11, 28), "sweden", date(2026, 11, 30)),
        (date(2026, 12, 24), "sweden", date(2026, 12, 28)),  # Thursday to Saturday are holidays, then Sunday
        (date(2026, 12, 24), "target", date(2026, 12, 24)),
        (date(2026, 6, 19), "sweden", date(2026, 6, 22)),
        (date(2026, 6, 19), "target", date(2026, 6, 19)),
        (date(2026, 12, 31), "sweden", date(2027, 1, 4)),
    ],
)
def test_a_holiday_is_moved_to_the_next_bank_day(day, calendar, expected):
    assert next_bank_day(day, calendar) == expected


def test_two_bank_days_after_a_thursday_is_the_monday():
    assert bank_days_after(date(2026, 11, 26), 2, "sweden") == date(2026, 11, 30)


def test_no_bank_days_after_a_sunday_is_the_monday():
    assert bank_days_after(date(2026, 11, 29), 0, "sweden") == date(2026, 11, 30)


@given(DAYS, st.integers(0, 10), st.sampled_from(["sweden", "target"]))
def test_so_many_bank_days_lie_after_a_day_and_up_to_the_one_found(day, count, calendar):
    found = bank_days_after(day, count, calendar)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert is_bank_day(found, calendar)
    assert sum(is_bank_day(each, calendar) for each in between) == count or count == 0
