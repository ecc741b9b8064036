"""Who held a number, and on which plan, at the moment a call started."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from rating.number_ownership import with_owner, with_plan
from schemas import tables

NOON = datetime(2026, 9, 16, 12, tzinfo=UTC)
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def owner(moment, *held, a_number="46701"):
    usage = pl.DataFrame(
        {"a_number": [a_number], "started_at": [moment]}, schema_overrides={"started_at": pl.Datetime("us", "UTC")}
    )
    numbers = pl.DataFrame(held, schema=tables.NUMBER_ASSIGNMENT.schema, orient="row")
    return with_owner(usage, numbers)["subscription_id"].item()


MOVED = [("46701", 1, EARLIER, NOON), ("46701", 2, NOON, NOON + timedelta(hours=1))]
MOMENTS = [
    (EARLIER - MICROSECOND, None),
    (EARLIER, 1),
    (NOON - MICROSECOND, 1),
    (NOON, 2),
    (NOON + timedelta(hours=1) - MICROSECOND, 2),
    (NOON + timedelta(hours=1), None),
]


@pytest.mark.parametrize(("moment", "subscription"), MOMENTS)
@pytest.mark.parametrize("held", [MOVED, MOVED[::-1]])
def test_a_number_is_held_from_its_first_moment_until_before_its_last(moment, subscription, held):
    assert owner(moment, *held) == subscription


def test_a_gap_between_owners_belongs_to_nobody():
    held = [("46701", 1, EARLIER, NOON), ("46701", 2, NOON + timedelta(hours=2), None)]
    assert owner(NOON + timedelta(hours=1), *held) is None


def test_another_number_s_owner_is_not_taken():
    assert owner(NOON, ("46702", 1, EARLIER, None)) is None
    assert owner(NOON) is None


VERSIONS = [
    (1, 10, "small", date(2026, 1, 1), date(2026, 3, 1)),
    (1, 10, "large", date(2026, 3, 1), date(2026, 6, 1)),
    (2, 20, "other", date(2026, 1, 1), None),
]
PLANS = [
    (1, date(2025, 12, 31), None),
    (1, date(2026, 1, 1), (10, "small")),
    (1, date(2026, 2, 28), (10, "small")),
    (1, date(2026, 3, 1), (10, "large")),
    (1, date(2026, 5, 31), (10, "large")),
    (1, date(2026, 6, 1), None),
    (2, date(2030, 1, 1), (20, "other")),
    (3, date(2026, 3, 1), None),
    (None, date(2026, 3, 1), None),
]


@pytest.mark.parametrize(("subscription", "day", "expected"), PLANS)
@pytest.mark.parametrize("versions", [VERSIONS, VERSIONS[::-1]])
def test_the_plan_is_that_of_the_local_day(subscription, day, expected, versions):
    usage = pl.DataFrame(
        {"subscription_id": [subscription], "started_on": [day]}, schema_overrides={"subscription_id": pl.Int64}
    )
    rows = pl.DataFrame(versions, schema=tables.SUBSCRIPTION.schema, orient="row")
    assert with_plan(usage, rows).select("account_id", "plan_code").row(0) == (expected or (None, None))
