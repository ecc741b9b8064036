"""Recurring fees: in advance, per billing period, by actual days where the service takes only a part."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.charges import recurring_charges
from schemas import tables
from schemas.periods import billing_dates

ARTICLES = pl.DataFrame([("2001", "Månadsavgift", "standard", "3011")], schema=tables.ARTICLE.schema, orient="row")
PLANS = pl.DataFrame(
    [
        ("fee", "Med avgift", "voice", "list", "2001", Decimal(99), "SEK", None, None),
        ("large", "Större", "voice", "list", "2001", Decimal(249), "SEK", None, None),
        ("free", "Utan avgift", "voice", "list", "2001", Decimal(0), "SEK", None, None),
    ],
    schema=tables.PLAN.schema,
    orient="row",
)
NONE_CHARGED = pl.DataFrame(schema={"charge_id": pl.String})


def fees(on, *versions, billing_day=1, charged=NONE_CHARGED, since=date(2026, 8, 1), offers=()):
    """Charge versions (id, plan, from, to) of account 10 on a night, with offers (days, months, percent, target)."""
    rows = [(subscription, 10, plan, begins, ends) for subscription, plan, begins, ends in versions]
    accounts = pl.DataFrame({"account_id": [10], "account_bucket": [3], "billing_day": [billing_day]})
    subscriptions = pl.DataFrame(rows, schema=tables.SUBSCRIPTION.schema, orient="row")
    offered = [
        (f"offer{no}", "Kampanj", "fee", date(2026, 1, 1), None, days, months, Decimal(percent), target)
        for no, (days, months, percent, target) in enumerate(offers)
    ]
    offer_rows = pl.DataFrame(offered, schema=tables.OFFER.schema, orient="row")
    periods_until = billing_dates(since, on)
    return recurring_charges(subscriptions, accounts, PLANS, ARTICLES, offer_rows, periods_until, charged, on)


def periods(frame):
    wanted = frame.select("service_from", "service_to", "used_days", "full_days", "amount_ex_vat").rows()
    return [(f"{a:%m-%d}", f"{b:%m-%d}", used, full, str(amount)) for a, b, used, full, amount in wanted]


SEP10, OCT1 = date(2026, 9, 10), date(2026, 10, 1)
WHOLE_OCTOBER = ("10-01", "11-01", 31, 31, "99.000000")
CASES = [
    # on, service from, to, billing day -> periods with used and full days and fee
    # 21 of September's 30 days: 99 x 21 / 30 = 69.30
    (date(2026, 9, 30), SEP10, None, 1, [("09-10", "10-01", 21, 30, "69.300000")]),
    # October is charged on its first day, in advance, and no period before it has come
    (date(2026, 10, 1), SEP10, None, 1, [("09-10", "10-01", 21, 30, "69.300000"), WHOLE_OCTOBER]),
    (date(2026, 10, 31), OCT1, None, 1, [WHOLE_OCTOBER]),
    # an end that is known: 14 of 31 days: 99 x 14 / 31 = 44.7096774
    (date(2026, 10, 1), OCT1, date(2026, 10, 15), 1, [("10-01", "10-15", 14, 31, "44.709677")]),
    # a single day within a period: 99 / 31 = 3.1935484
    (date(2026, 10, 31), date(2026, 10, 7), date(2026, 10, 8), 1, [("10-07", "10-08", 1, 31, "3.193548")]),
    # cancelled before the period starts, or never begun
    (date(2026, 10, 1), SEP10, OCT1, 1, [("09-10", "10-01", 21, 30, "69.300000")]),
    (date(2026, 10, 31), OCT1, OCT1, 1, []),
    # billing day 31: 30 September to 31 October has 31 days
    (date(2026, 10, 30), date(2026, 9, 30), None, 31, [("09-30", "10-31", 31, 31, "99.000000")]),
    # begun on 10 September with billing day 15: 5 of the 31 days from 15 August, 99 x 5 / 31 = 15.9677419
    (date(2026, 9, 14), SEP10, None, 15, [("09-10", "09-15", 5, 31, "15.967742")]),
]


@pytest.mark.parametrize(("on", "begins", "ends", "billing_day", "expected"), CASES)
def test_a_period_is_charged_by_the_days_the_service_takes(on, begins, ends, billing_day, expected):
    assert periods(fees(on, (1, "fee", begins, ends), billing_day=billing_day)) == expected


def test_what_was_charged_before_is_not_charged_again():
    first = fees(date(2026, 9, 30), (1, "fee", SEP10, None))
    second = fees(OCT1, (1, "fee", SEP10, None), charged=first.select("charge_id"))
    assert periods(second) == [WHOLE_OCTOBER]
    every = pl.concat([first, second]).select("charge_id")
    assert fees(OCT1, (1, "fee", SEP10, None), charged=every).is_empty()


def test_a_period_charged_whole_is_not_paid_back_when_the_service_ends():
    whole = fees(OCT1, (1, "fee", OCT1, None))
    assert fees(date(2026, 10, 20), (1, "fee", OCT1, date(2026, 10, 15)), charged=whole.select("charge_id")).is_empty()


def test_a_night_that_was_missed_is_made_up_for():
    got = fees(date(2026, 11, 3), (1, "fee", OCT1, None))
    assert periods(got) == [WHOLE_OCTOBER, ("11-01", "12-01", 30, 30, "99.000000")]


def test_a_change_of_plan_charges_the_new_plan_for_the_rest():
    """99 x 14 / 31 = 44.709677 and 249 x 17 / 31 = 136.548387."""
    got = fees(date(2026, 10, 15), (1, "fee", OCT1, date(2026, 10, 15)), (1, "large", date(2026, 10, 15), None))
    assert [row[4] for row in periods(got)] == ["44.709677", "136.548387"]
    assert got["charge_id"].to_list() == ["recurring:1:2026-10-01", "recurring:1:2026-10-15"]


def test_a_plan_without_fee_makes_no_charge():
    assert fees(OCT1, (1, "free", OCT1, None)).is_empty()


def test_fees_are_rows_of_the_charge_table():
    got = fees(OCT1, (1, "fee", OCT1, None), (2, "fee", OCT1, None))
    tables.CHARGE.conform(got.with_columns(pl.lit(OCT1).alias("charged_on")))
    assert got.select("charge_kind", "account_bucket", "quantity", "duration_s", "vat_class").unique().rows() == [
        ("recurring", 3, 1, 0, "standard")
    ]
    assert got["charge_id"].to_list() == ["recurring:1:2026-10-01", "recurring:2:2026-10-01"]


def test_a_service_that_begins_later_in_the_period_is_not_charged_before_it_begins():
    oct20 = date(2026, 10, 20)
    assert fees(OCT1, (1, "fee", oct20, None)).is_empty()
    assert periods(fees(oct20, (1, "fee", oct20, None))) == [("10-20", "11-01", 12, 31, "38.322581")]


OFFERED = [
    # offers -> fees of September (21 of 30 days) and October for a service begun on 10 September
    # half price for a month: 99 x (21 - 21 x 0.5) / 30 = 34.65; 99 x (31 - 9 x 0.5) / 31 = 84.6290323
    ([(None, 1, "50", "recurring")], ["34.650000", "84.629032"]),
    # 14 free days: 99 x 7 / 30 = 23.10
    ([(14, None, "100", "both")], ["23.100000", "99.000000"]),
    # an offer on usage leaves the fee alone
    ([(14, None, "100", "usage")], ["69.300000", "99.000000"]),
    # two offers: the better one holds each day, 99 x (21 - 7 - 14 x 0.25) / 30 = 34.65; 99 x (31 - 9 x 0.25) / 31
    ([(7, None, "100", "both"), (None, 1, "25", "both")], ["34.650000", "91.814516"]),
    # a percent with 4 decimals is exact until the end: 99 x (21 - 21 x 0.333333) / 30 = 46.2000231
    ([(None, 1, "33.3333", "both")], ["46.200023", "89.419364"]),
]


@pytest.mark.parametrize(("offers", "expected"), OFFERED)
def test_a_fee_is_reduced_for_the_days_inside_an_offer(offers, expected):
    got = fees(OCT1, (1, "fee", SEP10, None), offers=offers)
    assert [row[4] for row in periods(got)] == expected


def test_an_offer_of_another_plan_reduces_nothing():
    """249 x 21 / 30 = 174.30."""
    got = fees(date(2026, 9, 30), (1, "large", SEP10, None), offers=[(None, 1, "50", "both")])
    assert [row[4] for row in periods(got)] == ["174.300000"]
