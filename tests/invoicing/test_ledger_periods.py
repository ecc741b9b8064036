"""Closed months take no posting: what is of them stands in the first open month after."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.ledger_periods import closed_months, with_posted_on
from schemas import tables

SEP, OCT, NOV, DEC = (date(2026, month, 1) for month in (9, 10, 11, 12))


def changes(*rows):
    """Changes of months: (month, ordinal, state)."""
    named = [
        dict.fromkeys(tables.LEDGER_PERIOD.names) | {"period_from": month, "period_change_no": n, "period_state": state}
        for month, n, state in rows
    ]
    return pl.DataFrame(named, schema=tables.LEDGER_PERIOD.schema, orient="row")


def posted(closed, *days):
    rows = with_posted_on(pl.DataFrame({"event_on": days}, schema={"event_on": pl.Date}), list(closed))
    return rows["posted_on"].to_list()


def test_the_last_change_of_a_month_tells():
    told = changes((OCT, 1, "closed"), (SEP, 1, "closed"), (OCT, 2, "open"), (NOV, 1, "closed"), (NOV, 3, "closed"),
                   (NOV, 2, "open"))  # fmt: skip
    assert sorted(closed_months(told)) == [SEP, NOV]


def test_an_event_of_an_open_month_keeps_its_day():
    assert posted([SEP], date(2026, 8, 31), date(2026, 10, 31)) == [date(2026, 8, 31), date(2026, 10, 31)]


def test_an_event_of_a_closed_month_stands_on_the_first_day_of_the_first_open_one():
    assert posted([SEP, OCT, DEC], date(2026, 9, 1), date(2026, 10, 31), date(2026, 12, 31)) == [
        NOV,
        NOV,
        date(2027, 1, 1),
    ]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 30)), st.integers(0, 900))
def test_nothing_stands_in_a_closed_month_or_before_its_event(months, day):
    closed = {date(2026 + month // 12, month % 12 + 1, 1) for month in months}
    event = date.fromordinal(date(2026, 1, 1).toordinal() + day)
    (on,) = posted(closed, event)
    assert on.replace(day=1) not in closed
    assert on >= event
    assert (on == event) == (event.replace(day=1) not in closed)
