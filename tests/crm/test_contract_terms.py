"""Which terms hold, and the contract that is made of them."""

from datetime import date
from decimal import Decimal

import pytest
from contracts import BOUND, contract, plan, terms

from crm.contract_terms import Terms, new_contract, terms_for
from schemas import tables

ROWS = {
    "all": terms(notice_days=1),
    "category": terms(category="vip", notice_days=2),
    "group": terms(group="mobile", notice_days=3),
    "group and category": terms(group="mobile", category="vip", notice_days=4),
    "plan": terms("small", notice_days=5),
    "plan and category": terms("small", category="vip", notice_days=6),
    "plan and group": terms("small", "mobile", notice_days=7),
}


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        (["all", "category"], "category"),
        (["group", "category"], "group"),
        (["group", "group and category"], "group and category"),
        (["plan", "group and category"], "plan"),
        (["plan", "plan and category"], "plan and category"),
        (["plan and category", "plan and group"], "plan and group"),
        (list(ROWS), "plan and group"),
    ],
)
def test_the_plan_goes_before_its_group_and_that_before_the_category(rows, holds):
    for order in (rows, rows[::-1]):
        found = terms_for(plan("small"), "vip", [ROWS[name] for name in order])
        assert found.notice_days == ROWS[holds]["notice_days"]


def test_rows_of_other_plans_groups_and_categories_do_not_hold():
    rows = [terms("large", notice_days=9), terms(group="fixed", notice_days=9), terms(category="vip", notice_days=9)]
    assert terms_for(plan("small"), "private", rows) == Terms()


def test_a_plan_without_a_group_has_the_terms_for_all():
    assert terms_for({"plan_code": "small"}, "private", [ROWS["all"], ROWS["group"]]).notice_days == 1


def test_without_terms_nothing_binds_costs_or_waits():
    made = new_contract(500001, plan("small"), "private", date(2026, 1, 31), [])
    assert made == {
        "subscription_id": 500001, "contract_from": date(2026, 1, 31), "plan_code": "small", "binding_to": None,
        "change_from": date(2026, 1, 31), "notice_days": 0, "change_in_binding": "fee", "fee_basis": "none",
        "termination_fee": None, "fee_article_no": None, "upgrade_when": "at_once", "downgrade_when": "at_once",
        "guaranteed_to": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("on", "months", "bound_to"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 24, date(2028, 1, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
    ],
)
def test_a_binding_ends_on_the_same_day_of_a_month_or_its_last(on, months, bound_to):
    assert contract(on=on, binding_months=months)["binding_to"] == bound_to


def test_a_contract_pins_the_terms_of_its_day_and_is_a_row_of_its_table():
    made = contract(**BOUND, earliest_change_days=14, guarantee_months=6)
    assert (made["change_from"], made["guaranteed_to"]) == (date(2026, 2, 14), date(2026, 7, 31))
    assert (made["notice_days"], made["termination_fee"]) == (30, Decimal("99.00"))
    assert sorted(made) == sorted(tables.CONTRACT.names)
