"""Levels of non-payment, by the days since the oldest unpaid invoice was due."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from rating.non_payment import accounts_at, bars_by_non_payment, non_payment_levels, suspended_subscriptions
from schemas import tables
from schemas.money import AMOUNT
from schemas.policy import Credit

ON = date(2026, 11, 20)
POLICY = {"private": 1, "corporate": 1, "vip": 1, "blocked_prompt": "p", "restrict_days": 30, "suspend_days": 60}


def owed(*rows):
    """Give (days since due, open amount[, kind, account]) as open items."""
    made = [
        (
            f"i{no}",
            (more or ["invoice"])[0],
            (more[1:] or [1])[0],
            no,
            Decimal(500),
            "SEK",
            Decimal(500),
            ON - timedelta(days=days),
            ON,
        )
        for no, (days, _, *more) in enumerate(rows, 1)
    ]
    claims = pl.DataFrame(made, schema=tables.RECEIVABLE.schema, orient="row")
    return claims.with_columns(pl.Series("open_amount", [Decimal(row[1]) for row in rows], AMOUNT))


def levels(items, **policy):
    return non_payment_levels(items, Credit(**{**POLICY, **policy}), Decimal(50), ON)


def level(items, **policy):
    return levels(items, **policy)["level"].to_list()


DAYS = [
    (29, {}, "none"),
    (30, {}, "restrict"),
    (59, {}, "restrict"),
    (60, {}, "suspend"),
    (900, {}, "suspend"),  # never ended, as terminate_days is 0
    (90, {"terminate_days": 90}, "terminate"),
    (60, {"suspend_days": 0}, "restrict"),
    (60, {"suspend_days": 0, "restrict_days": 0}, "none"),
    # levels that somebody wrote in the wrong order: the highest that has come holds
    (20, {"restrict_days": 40, "suspend_days": 20}, "suspend"),
]


@pytest.mark.parametrize(("days", "policy", "expected"), DAYS)
def test_the_highest_level_whose_days_have_passed_holds(days, policy, expected):
    assert level(owed((days, "100")), **policy) == [expected]


def test_the_oldest_unpaid_invoice_decides_and_its_reason_names_it():
    found = levels(owed((10, "900"), (35, "88.50"))).row(0, named=True)
    assert found["level"] == "restrict"
    assert found["level_text"] == "invoice 2 was due on 2026-10-16, and 88.50 of it is unpaid"
    assert found["days_overdue"] == 35


def test_an_invoice_paid_but_for_a_remainder_too_small_to_remind_of_does_not_count():
    """At most 50 is left of the first; the second is 10 days old."""
    assert level(owed((70, "50"), (10, "400"))) == ["none"]
    assert level(owed((70, "50.01"), (10, "400"))) == ["suspend"]


def test_reminder_fees_and_invoices_not_yet_due_bring_no_level():
    assert level(owed((70, "60", "reminder_fee"), (-5, "400"), (0, "400"))) == []


def test_restricted_is_no_premium_and_no_abroad_and_suspended_is_all():
    items = owed(
        (35, "100", "invoice", 1), (65, "100", "invoice", 2), (95, "100", "invoice", 3), (1, "100", "invoice", 4)
    )
    found = levels(items, terminate_days=90)
    assert bars_by_non_payment(found).select("account_id", "barred").rows() == [
        (1, "abroad"),
        (1, "premium"),
        (2, "all"),
        (3, "all"),
    ]
    assert accounts_at(found, "terminate")["account_id"].to_list() == [3]
    assert accounts_at(found, "suspend", "terminate")["account_id"].to_list() == [2, 3]


def test_subscriptions_in_force_of_suspended_accounts_are_suspended():
    levels_found = levels(owed((65, "100", "invoice", 2), (35, "100", "invoice", 1)))
    began, ended = date(2026, 1, 1), date(2026, 11, 20)
    versions = [
        (501, 2, "old", began, date(2026, 6, 1), 1),
        (501, 2, "new", date(2026, 6, 1), None, 1),
        (502, 2, "old", began, ended, 1),
        (503, 1, "old", began, None, 1),
    ]
    subscriptions = pl.DataFrame(versions, schema=tables.SUBSCRIPTION.schema, orient="row")
    assert suspended_subscriptions(levels_found, subscriptions, ON).rows() == [(501, "unpaid", None)]
