"""Who is granted which allowance, for which dates, how much of it, and what rolls over."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.allowance_grants import OPEN, group_spans, new_grants, rollovers, with_left
from schemas import tables

JAN1, SEP1, SEP10, SEP16, SEP30 = date(2026, 1, 1), *(date(2026, 9, day) for day in (1, 10, 16, 30))
OCT1, OCT10, NOV1, DEC1 = date(2026, 10, 1), date(2026, 10, 10), date(2026, 11, 1), date(2026, 12, 1)
ALLOWANCE = {
    "allowance_code": "minutes",
    "allowance_name": "Minuter",
    "allowance_unit": "s",
    "allowance_quantity": Decimal(3000),
    "allowance_scope": "own",
    "allowance_period": "period",
    "zones": None,
    "time_bands": None,
    "services": None,
    "priority": 1,
    "prorated": False,
    "rollover_limit": None,
    "covers_fee": False,
}
ON_PLAN = ("minutes", "plan", "a", JAN1, None)
SERVED = (1, 10, "a", JAN1, None)
NO_GRANTS = with_left(tables.ALLOWANCE_GRANT.empty(), tables.ALLOWANCE_USE.empty())


def frame(table, rows):
    return pl.DataFrame(rows, schema=table.schema, orient="row")


def given(*links, served=(SERVED,), billing_day=1, groups=(), **differs):
    """Give the tables that grants are made from: links, subscription versions, and what differs from ALLOWANCE."""
    accounts = pl.DataFrame(
        {"account_id": [10], "account_bucket": [3], "billing_day": [billing_day], "customer_id": [100]}
    )
    customers = pl.DataFrame({"customer_id": [100], "customer_category": ["private"]})
    return (
        frame(tables.SUBSCRIPTION, [(*version, 1) for version in served]),
        accounts,
        group_spans(customers, frame(tables.CUSTOMER_GROUP, list(groups))),
        frame(tables.ALLOWANCE, [ALLOWANCE | differs]),
        frame(tables.ALLOWANCE_LINK, list(links or [ON_PLAN])),
    )


def due(*links, since=SEP1, on=SEP1, existing=NO_GRANTS, **differs):
    return new_grants(*given(*links, **differs), existing, since, on)


def rolled(made, existing, **differs):
    """Roll over into grants made as the night does: what it made itself is not among the `existing`."""
    _, accounts, _, allowances, _ = given(**differs)
    return rollovers(made, accounts, allowances, existing)


def shown(grants):
    wanted = grants.select("grant_id", "period_from", "period_to", "granted_quantity").rows()
    return [(name, f"{a:%m-%d}", f"{b:%m-%d}", int(quantity)) for name, a, b, quantity in wanted]


def used(**quantities):
    rows = [("u", name, Decimal(quantity), SEP1, 1) for name, quantity in quantities["of"].items()]
    return frame(tables.ALLOWANCE_USE, rows)


SEPTEMBER = ("minutes:1:2026-09-01", "09-01", "10-01", 3000)


def test_a_grant_is_made_for_each_billing_period_that_is_touched():
    made = due(since=SEP30, on=OCT1)
    assert shown(made) == [SEPTEMBER, ("minutes:1:2026-10-01", "10-01", "11-01", 3000)]
    tables.ALLOWANCE_GRANT.conform(made)


def test_periods_follow_the_billing_day_of_the_account():
    assert shown(due(since=OCT1, on=OCT1, billing_day=31)) == [("minutes:1:2026-09-30", "09-30", "10-31", 3000)]


def test_what_was_granted_before_is_not_granted_again():
    made = due()
    assert due(since=SEP1, on=SEP30, existing=with_left(made, tables.ALLOWANCE_USE.empty())).is_empty()


LINKS = [
    # scope, linked to -> granted
    ("plan", "a", True),
    ("plan", "b", False),
    ("customer", "100", True),
    ("customer", "1", False),
    ("subscription", "1", True),
    ("subscription", "100", False),
    ("group", "private", True),
    ("group", "staff", False),
]


@pytest.mark.parametrize(("scope", "link_to", "granted"), LINKS)
def test_a_link_is_for_a_plan_a_group_a_customer_or_a_subscription(scope, link_to, granted):
    assert due(("minutes", scope, link_to, JAN1, None)).height == granted


def test_several_links_give_one_grant():
    assert due(ON_PLAN, ("minutes", "customer", "100", SEP10, None), on=SEP30).height == 1


BEGINNINGS = [
    # service, link -> begins, ends, quantity where the first period counts days
    # 21 of 30 days: 3000 x 21 / 30
    ((SEP10, None), (JAN1, None), ("09-10", "10-01", 2100)),
    ((JAN1, None), (SEP10, None), ("09-10", "10-01", 2100)),
    # 15 of 30 from the later of the two
    ((SEP10, None), (SEP16, None), ("09-16", "10-01", 1500)),
    # a link that ends within the period takes its grant along, but counts days to the period's end
    ((JAN1, None), (SEP10, SEP16), ("09-10", "09-16", 2100)),
    # a service that ends leaves its grant as it is
    ((JAN1, SEP16), (JAN1, None), ("09-01", "10-01", 3000)),
]


@pytest.mark.parametrize(("service", "link", "expected"), BEGINNINGS)
def test_a_first_period_begins_with_service_or_link_and_counts_its_days(service, link, expected):
    made = due(("minutes", "plan", "a", *link), on=SEP30, served=[(1, 10, "a", *service)], prorated=True)
    assert [row[1:] for row in shown(made)] == [expected]


PRORATED = [
    # unit, quantity, service from -> granted, by days of September's 30
    ("s", "100", date(2026, 9, 26), "17"),  # 100 x 5 / 30 = 16.67
    ("s", "15", date(2026, 9, 26), "3"),  # 15 x 5 / 30 = 2.5, a half goes away from zero
    ("money", "100", date(2026, 9, 26), "16.666667"),
    ("byte", "900000000000", date(2026, 9, 16), "450000000000"),
]


@pytest.mark.parametrize(("unit", "quantity", "begins", "expected"), PRORATED)
def test_a_days_share_is_whole_units_or_millionths_of_money(unit, quantity, begins, expected):
    terms = {"allowance_unit": unit, "allowance_quantity": Decimal(quantity), "prorated": True}
    made = due(on=SEP30, served=[(1, 10, "a", begins, None)], **terms)
    assert made["granted_quantity"].to_list() == [Decimal(expected)]


def test_without_proration_a_first_period_is_whole():
    assert shown(due(on=SEP30, served=[(1, 10, "a", SEP10, None)]))[0][3] == 3000


def test_nothing_is_granted_before_it_begins_or_without_service():
    assert due(on=SEP1, served=[(1, 10, "a", SEP10, None)]).is_empty()
    assert due(served=[(1, 10, "a", JAN1, SEP1)]).is_empty()
    assert due(("minutes", "plan", "a", JAN1, SEP1)).is_empty()


def test_a_change_of_plan_brings_the_new_plans_grant_and_leaves_the_old():
    served = [(1, 10, "b", JAN1, SEP10), (1, 10, "a", SEP10, None)]
    links = (ON_PLAN, ("minutes", "plan", "b", JAN1, None))
    assert [row[1:] for row in shown(due(on=SEP30, served=served))] == [("09-10", "10-01", 3000)]
    # the same allowance on both plans is granted once
    assert [row[1:] for row in shown(due(*links, on=SEP30, served=served))] == [("09-01", "10-01", 3000)]


def test_the_group_is_that_of_the_grants_first_day():
    staff = ("minutes", "group", "staff", JAN1, None)
    joined = [(100, "staff", SEP10, OCT10)]
    assert shown(due(staff, on=SEP30, groups=joined)) == []
    assert [row[1] for row in shown(due(staff, on=OCT1, groups=joined))] == ["10-01"]
    assert [row[1] for row in shown(due(staff, since=NOV1, on=NOV1, groups=joined))] == []


def test_a_customer_without_a_row_is_in_the_group_of_its_category():
    customers = pl.DataFrame({"customer_id": [100, 101], "customer_category": ["private", "vip"]})
    rows = group_spans(
        customers, frame(tables.CUSTOMER_GROUP, [(100, "staff", SEP1, SEP10), (100, "old", SEP16, None)])
    )
    assert rows.sort("customer_id", "valid_from").rows() == [
        (100, "private", date.min, SEP1),
        (100, "staff", SEP1, SEP10),
        (100, "private", SEP10, SEP16),
        (100, "old", SEP16, OPEN),
        (101, "vip", date.min, OPEN),
    ]


def test_a_grant_once_is_for_the_links_dates():
    booster = ("minutes", "subscription", "1", SEP10, OCT10)
    made = due(booster, since=SEP16, on=SEP16, allowance_period="once")
    assert shown(made) == [("minutes:1:2026-09-10", "09-10", "10-10", 3000)]
    again = due(booster, since=OCT1, on=OCT1, existing=with_left(made, used(of={})), allowance_period="once")
    assert again.is_empty()


def test_a_second_booster_is_a_grant_of_its_own():
    boosters = [("minutes", "subscription", "1", SEP10, OCT10), ("minutes", "subscription", "1", SEP16, OCT10)]
    assert due(*boosters, on=SEP30, allowance_period="once").height == 2


def test_of_grants_once_that_all_begin_with_the_service_the_one_that_ends_last_is_given():
    """Both links are there on 16 September, when the service begins: two grants of one name would end the night."""
    links = [("minutes", "plan", "a", SEP1, OCT10), ("minutes", "customer", "100", SEP10, NOV1)]
    made = due(*links, on=SEP30, served=[(1, 10, "a", SEP16, None)], allowance_period="once")
    assert shown(made) == [("minutes:1:2026-09-16", "09-16", "11-01", 3000)]


def test_a_grant_once_of_an_open_link_never_ends_and_is_given_whole():
    """Service begins after the link: without an end there are no days to count."""
    made = due(on=SEP30, served=[(1, 10, "a", SEP10, None)], allowance_period="once", prorated=True)
    assert made.select("period_from", "period_to", "granted_quantity").rows() == [(SEP10, OPEN, Decimal(3000))]


OCTOBERS = {"since": OCT1, "on": OCT1, "rollover_limit": Decimal(500)}


def test_what_is_left_rolls_over_up_to_the_limit():
    """3000 - 2700 = 300 are left of the limit of 500; 3000 - 100 = 2900 move 500."""
    september = due()
    for taken, moves in [(2700, 300), (100, 500), (3000, 0)]:
        before = with_left(september, used(of={"minutes:1:2026-09-01": taken}))
        grants, moved = rolled(due(existing=before, **OCTOBERS), before, rollover_limit=Decimal(500))
        assert [int(quantity) for quantity in grants["granted_quantity"]] == [moves] * (moves > 0)
        assert [int(quantity) for quantity in moved["used_quantity"]] == [moves] * (moves > 0)


def test_a_rolled_over_grant_names_where_it_came_from():
    before = with_left(due(), used(of={}))
    grants, moved = rolled(due(existing=before, **OCTOBERS), before, rollover_limit=Decimal(500))
    assert shown(grants) == [("minutes:1:2026-10-01:rolled", "10-01", "11-01", 500)]
    assert grants["rolled_from"].to_list() == ["minutes:1:2026-09-01"]
    assert moved.rows() == [("minutes:1:2026-10-01:rolled", "minutes:1:2026-09-01", Decimal(500), SEP1)]
    tables.ALLOWANCE_USE.conform(moved.with_columns(pl.lit(1, pl.Int64).alias("rated_batch")))


def test_what_had_rolled_over_does_not_roll_again():
    """September left 500, which rolled into October; October's own 3000 are used: nothing rolls into November."""
    before = with_left(due(), used(of={}))
    october = due(existing=before, **OCTOBERS)
    grants, _ = rolled(october, before, rollover_limit=Decimal(500))
    later = with_left(pl.concat([october, grants]), used(of={"minutes:1:2026-10-01": 3000}))
    november = due(since=NOV1, on=NOV1, existing=later)
    assert rolled(november, later, rollover_limit=Decimal(500))[0].is_empty()


def test_nothing_rolls_over_a_period_without_a_grant():
    before = with_left(due(), used(of={}))
    served = [(1, 10, "a", JAN1, OCT1), (1, 10, "a", NOV1, None)]
    november = due(since=NOV1, on=NOV1, existing=before, served=served)
    assert [row[0] for row in shown(november)] == ["minutes:1:2026-11-01"]
    grants, moved = rolled(november, before, rollover_limit=Decimal(500))
    assert grants.is_empty()
    assert moved.is_empty()


def test_without_a_limit_nothing_rolls_over():
    before = with_left(due(), used(of={}))
    assert rolled(due(since=OCT1, on=OCT1, existing=before), before)[0].is_empty()
