"""Spend at list price is counted per subscription and day, and passes each limit once."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.spend import daily_spend, limits_in_force, spend_events
from schemas import tables
from schemas.money import CHARGE

ON = date(2026, 10, 2)
SEP29, SEP30, OCT1 = date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 1)
LIMITS = {"subscription_id": pl.Int64, "day_limit": CHARGE, "month_limit": CHARGE}


def spent(*rows):
    """Give (day, list amount[, subscription]) as DAILY_SPEND rows, each of a batch of its own."""
    made = [(more[0] if more else 1, 10, day, Decimal(amount), no) for no, (day, amount, *more) in enumerate(rows)]
    return pl.DataFrame(made, schema=tables.DAILY_SPEND.schema, orient="row")


def limits(day=None, month=None):
    row = (1, None if day is None else Decimal(day), None if month is None else Decimal(month))
    return pl.DataFrame([row], schema=LIMITS, orient="row")


def events(spend, of_limits, raised=None):
    found = spend_events(spend, of_limits, tables.SPEND_EVENT.empty() if raised is None else raised, ON)
    assert tables.SPEND_EVENT.conform(found).height == found.height
    return found


def told(found):
    wanted = ("spend_period", "period_from", "limit_amount", "list_amount")
    return [(period, begins, int(limit), int(amount)) for period, begins, limit, amount in found.select(wanted).rows()]


def test_spend_is_the_list_amount_per_subscription_and_local_day():
    """An included call costs 0 and is worth 7 all the same: 3 + 7 = 10."""
    rows = [(1, 10, SEP30, "3"), (1, 10, SEP30, "7"), (1, 10, OCT1, "1"), (2, 10, SEP30, "0.000001")]
    rated = pl.DataFrame(
        [{"subscription_id": subscription, "account_id": account, "started_on": day, "list_amount": Decimal(amount)}
         for subscription, account, day, amount in rows],
        schema_overrides={"list_amount": CHARGE},
    )  # fmt: skip
    summed = daily_spend(rated).sort("subscription_id", "spend_on")
    assert summed.select("subscription_id", "spend_on", "list_amount").rows() == [
        (1, SEP30, Decimal(10)),
        (1, OCT1, Decimal(1)),
        (2, SEP30, Decimal("0.000001")),
    ]


PASSED = [
    ([(SEP30, 199)], []),
    ([(SEP30, 200)], []),  # the limit may be reached
    ([(SEP30, "200.000001")], [("day", SEP30, 200, 200)]),
    ([(SEP30, 150), (SEP30, 51)], [("day", SEP30, 200, 201)]),  # two batches of one day
    ([(SEP30, 150), (OCT1, 150)], []),  # neither a day over 200 nor a month over 500
    ([(SEP29, 200), (SEP30, 200), (OCT1, 200)], []),  # 400 in September, 200 in October
    (
        [(date(2026, 9, 1), 200), (SEP29, 200), (SEP30, 201)],
        [("day", SEP30, 200, 201), ("month", date(2026, 9, 1), 500, 601)],
    ),
    ([(SEP30, 900, 2)], []),  # another subscription has no limits
]


@pytest.mark.parametrize(("rows", "expected"), PASSED)
def test_a_day_and_a_calendar_month_over_their_limits_raise_an_event_each(rows, expected):
    assert told(events(spent(*rows), limits(day=200, month=500))) == expected


def test_a_limit_that_is_not_given_is_never_passed():
    assert told(events(spent((SEP30, 10**6)), limits())) == []
    assert told(events(spent((SEP30, 10**6)), limits(month=500))) == [("month", date(2026, 9, 1), 500, 10**6)]


def test_an_event_is_raised_once_and_the_next_day_may_raise_its_own():
    spend = spent((SEP30, 300))
    first = events(spend, limits(day=200, month=500))
    assert events(spend, limits(day=200, month=500), first).is_empty()
    later = events(spent((SEP30, 300), (OCT1, 300)), limits(day=200, month=500), first)
    assert told(later) == [("day", OCT1, 200, 300)]
    assert later["raised_on"].to_list() == [ON]


SCOPES = [
    ("customer", "100", 1),
    ("group", "private", 2),
    ("plan", "small", 3),
    ("all", "*", 4),
]
SPANS = pl.DataFrame(
    [
        {"subscription_id": 1, "customer_id": 100, "customer_group": "staff", "plan_code": "old", "begins_at": 1},
        {"subscription_id": 1, "customer_id": 100, "customer_group": "private", "plan_code": "small", "begins_at": 2},
    ]
)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_limit_of_the_customer_goes_before_its_group_s_its_plan_s_and_that_for_all(count):
    rows = [(scope, target, Decimal(day), None, None) for scope, target, day in SCOPES[-count:]]
    of_limits = pl.DataFrame(rows, schema=tables.SPEND_LIMIT.schema, orient="row")
    found = limits_in_force(SPANS, of_limits)
    assert found.select("subscription_id", "day_limit").rows() == [(1, Decimal(5 - count))]


def test_limits_are_those_of_the_newest_contract():
    rows = [("group", "staff", Decimal(1), None, None), ("plan", "old", Decimal(2), None, None)]
    of_limits = pl.DataFrame(rows, schema=tables.SPEND_LIMIT.schema, orient="row")
    assert limits_in_force(SPANS, of_limits).is_empty()


def test_usage_that_a_re_rating_moved_to_another_account_is_one_spend_and_one_event():
    """150 on account 10 are taken back and counted for account 11, where 60 more come: 210 pass 200 once."""
    rows = [(1, 10, SEP30, "150", 1), (1, 10, SEP30, "-150", 2), (1, 11, SEP30, "150", 2), (1, 11, SEP30, "60", 3)]
    moved = pl.DataFrame(
        [(*row[:3], Decimal(row[3]), row[4]) for row in rows], schema=tables.DAILY_SPEND.schema, orient="row"
    )
    found = events(moved, limits(day=200, month=200))
    assert found.select("account_id", "spend_period", "list_amount").rows() == [
        (11, "day", Decimal(210)), (11, "month", Decimal(210)),
    ]  # fmt: skip
