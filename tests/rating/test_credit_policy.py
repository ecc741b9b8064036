"""Which credit policy holds for an account, and how its limit rises."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from rating.credit_policy import policies_of_accounts, policy_rows, risen_limits, services_of_accounts
from schemas.money import AMOUNT, PERCENT
from schemas.policy import Credit
from schemas.tables import CREDIT_POLICY, SUBSCRIPTION

CREDIT = Credit(private=Decimal(1000), corporate=Decimal(25000), vip=Decimal(50000), blocked_prompt="limit-sv")


def policies(*rows):
    """Return policies (service, category, first limit, release, part payment, prompt) with those that hold besides."""
    columns = ("service", "customer_category", "first_limit", "basis_release", "partly_paid", "prompt")
    frame = pl.DataFrame(
        [(*row[:2], Decimal(row[2]), *row[3:]) for row in rows],
        schema={name: CREDIT_POLICY.schema[name] for name in columns},
        orient="row",
    )
    return policy_rows(CREDIT_POLICY.complete(frame), CREDIT)


ROWS = [
    ("*", "private", 500, "none", "stay_blocked", None),
    ("callcentre", "*", 1000, "manual", "stay_blocked", "cc-sv"),
    ("callcentre", "vip", 9000, "automatic", "lift_below_limit", None),
    ("voice", "*", 700, "none", "stay_blocked", None),
]
CASES = [
    # category, services -> first limit, prompt: the service goes before the category, the first row before its equals
    ("private", ["callcentre"], 1000, "cc-sv"),
    ("vip", ["callcentre"], 9000, "limit-sv"),
    ("private", ["mobile"], 500, "limit-sv"),
    ("private", [], 500, "limit-sv"),
    ("corporate", ["mobile"], 25000, "limit-sv"),
    ("private", ["voice", "mobile", "callcentre"], 1000, "cc-sv"),
]


@pytest.mark.parametrize(("category", "services", "limit", "prompt"), CASES)
def test_the_most_specific_policy_holds(category, services, limit, prompt):
    accounts = pl.DataFrame({"account_id": [1], "customer_category": [category]})
    served = pl.DataFrame(
        {"account_id": [1] * len(services), "service": services}, schema={"account_id": pl.Int64, "service": pl.String}
    )
    found = policies_of_accounts(accounts, served, policies(*ROWS))
    assert found.select("first_limit", "prompt").rows() == [(Decimal(limit), prompt)]


def test_without_a_row_the_policy_file_holds_and_makes_no_bases():
    accounts = pl.DataFrame({"account_id": [1, 2], "customer_category": ["vip", "private"]})
    none = pl.DataFrame(schema={"account_id": pl.Int64, "service": pl.String})
    found = policies_of_accounts(accounts, none, policies())
    assert found.select("account_id", "first_limit", "basis_release", "partly_paid").rows() == [
        (1, Decimal(50000), "none", "lift_below_limit"), (2, Decimal(1000), "none", "lift_below_limit"),
    ]  # fmt: skip


def test_services_of_ended_subscriptions_count_only_where_nothing_goes_on():
    plans = pl.DataFrame({"plan_code": ["cc", "mob"], "service": ["callcentre", "mobile"]})
    held = pl.DataFrame(
        [
            (5, 1, "cc", date(2026, 1, 1), date(2026, 9, 1), 1), (5, 1, "mob", date(2026, 9, 1), None, 1),
            (6, 2, "cc", date(2026, 1, 1), date(2026, 9, 1), 1),
        ],
        schema=SUBSCRIPTION.schema, orient="row",
    )  # fmt: skip
    found = services_of_accounts(held, plans, pl.lit(date(2026, 10, 1)))
    assert sorted(found.rows()) == [(1, "mobile"), (2, "callcentre")]


STEPS = [
    # limit, step, percent, ceiling -> limit
    ("1000", "500", None, None, "1500"),
    ("1000", None, "10", None, "1100"),
    ("1333.33", None, "12.5", None, "1500.00"),  # 166.66625 is 166.67
    ("1000", "500", None, "1200", "1200"),
    ("2000", "500", None, "1200", "2000"),
    ("1000", None, None, None, "1000"),
]


@pytest.mark.parametrize(("limit", "step", "percent", "ceiling", "expected"), STEPS)
def test_a_limit_rises_by_its_step_up_to_the_ceiling(limit, step, percent, ceiling, expected):
    exact = [None if value is None else Decimal(value) for value in (limit, step, percent, ceiling)]
    schema = {
        "account_id": pl.Int64, "credit_limit": AMOUNT, "limit_step": AMOUNT, "limit_step_percent": PERCENT,
        "limit_ceiling": AMOUNT,
    }  # fmt: skip
    risen = risen_limits(pl.DataFrame([(1, *exact)], schema=schema, orient="row"))
    assert risen.rows() == [(1, Decimal(limit), Decimal(expected))]
