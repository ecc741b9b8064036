"""Introductory offers: which dates of which contract, at what percent."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.offers import recurring_offer, usage_offer
from schemas import tables

JAN1, JAN31, MAR1 = date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 1)


def versions(*rows):
    """Give (subscription, plan, from, to) versions of account 10."""
    spelt = [(subscription, 10, plan, since, until, 1) for subscription, plan, since, until in rows]
    return pl.DataFrame(spelt, schema=tables.SUBSCRIPTION.schema, orient="row")


def offers(*rows):
    """Give (days, months, percent) offers of plan `a`, and where they differ: target, activated from and to."""
    spelt = []
    for no, (days, months, percent, *rest) in enumerate(rows):
        target, since, until = rest or ("both", JAN1, None)
        spelt.append((f"o{no}", "Kampanj", "a", since, until, days, months, Decimal(percent), target))
    return pl.DataFrame(spelt, schema=tables.OFFER.schema, orient="row")


def spans(frame):
    return [
        (f"{a:%y-%m-%d}", f"{b:%y-%m-%d}", str(percent.normalize()))
        for a, b, percent in frame.select("offer_from", "offer_to", "percent_off").rows()
    ]


ENDS = [
    # activated, days, months -> first day after
    (JAN31, None, 1, "26-02-28"),
    (date(2028, 1, 31), None, 1, "28-02-29"),
    (date(2026, 1, 15), None, 3, "26-04-15"),
    (JAN31, None, 2, "26-03-31"),
    (JAN31, 30, None, "26-03-02"),
    (JAN31, 1, None, "26-02-01"),
]


@pytest.mark.parametrize(("activated", "days", "months", "end"), ENDS)
def test_an_offer_lasts_days_or_calendar_months_from_activation(activated, days, months, end):
    got = usage_offer(versions((1, "a", activated, None)), offers((days, months, "50")))
    assert spans(got) == [(f"{activated:%y-%m-%d}", end, "5E+1")]


def test_the_activation_must_lie_in_the_offers_dates():
    during = offers((None, 1, "50", "both", JAN31, MAR1))
    days = [date(2026, 1, 30), JAN31, date(2026, 2, 28), MAR1]
    got = usage_offer(versions(*((no, "a", day, None) for no, day in enumerate(days, 1))), during)
    assert got["subscription_id"].to_list() == [2, 3]


def test_versions_that_follow_one_another_on_one_plan_are_one_activation():
    got = usage_offer(versions((1, "a", JAN1, JAN31), (1, "a", JAN31, None)), offers((None, 2, "50")))
    assert spans(got) == [("26-01-01", "26-03-01", "5E+1")]


def test_an_interruption_or_another_plan_begins_a_new_activation():
    """The first offer ends with its time on the plan; the return to it is an activation again."""
    changed = versions((1, "a", JAN1, JAN31), (1, "b", JAN31, MAR1), (1, "a", MAR1, None))
    got = usage_offer(changed, offers((None, 2, "50")))
    assert spans(got) == [("26-01-01", "26-01-31", "5E+1"), ("26-03-01", "26-05-01", "5E+1")]
    paused = versions((1, "a", JAN1, JAN31), (1, "a", MAR1, None))
    assert spans(usage_offer(paused, offers((None, 2, "50")))) == spans(got)


def test_of_several_offers_the_best_holds_each_day():
    got = usage_offer(versions((1, "a", JAN1, None)), offers((7, None, "100"), (None, 1, "20"), (14, None, "10")))
    assert spans(got) == [
        ("26-01-01", "26-01-08", "1E+2"),
        ("26-01-08", "26-01-15", "2E+1"),
        ("26-01-15", "26-02-01", "2E+1"),
    ]


def test_an_offer_reduces_what_it_names():
    contract = versions((1, "a", JAN1, None))
    of_usage, of_fee = offers((7, None, "50", "usage", JAN1, None)), offers((7, None, "50", "recurring", JAN1, None))
    assert usage_offer(contract, of_fee).is_empty()
    assert recurring_offer(contract, of_usage).is_empty()
    assert spans(usage_offer(contract, of_usage)) == spans(recurring_offer(contract, of_fee))


def test_an_offer_is_for_its_plan():
    assert usage_offer(versions((1, "b", JAN1, None)), offers((7, None, "50"))).is_empty()
