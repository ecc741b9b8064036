"""Plans, terms and changes that the tests of contracts begin from."""

from datetime import date
from decimal import Decimal

from crm.contract_changes import ContractRules

D = Decimal


def plan(code, group="mobile", service="mobile"):
    return {"plan_code": code, "product_group": group, "service": service}


def terms(plan_code="*", group="*", category="*", **more):
    """A CONTRACT_TERM row that promises nothing unless told otherwise."""
    return {
        "product_group": group, "plan_code": plan_code, "customer_category": category, "binding_months": 0,
        "notice_days": 0, "earliest_change_days": 0, "change_in_binding": "fee", "fee_basis": "none",
        "termination_fee": None, "fee_article_no": None, "upgrade_when": "at_once", "downgrade_when": "at_once",
        "guarantee_months": None, **more,
    }  # fmt: skip


def way(from_plan, to_plan, kind="change", fee=None):
    """A PLAN_CHANGE row."""
    article = None if fee is None else "3001"
    return {
        "from_plan": from_plan, "to_plan": to_plan, "change_kind": kind,
        "change_fee": None if fee is None else D(fee), "fee_article_no": article,
    }  # fmt: skip


PLANS = {
    row["plan_code"]: row
    for row in (plan("small"), plan("medium"), plan("large"), plan("fibre", group="fixed", service="broadband"))
}
WAYS = (
    way("small", "large", "upgrade", "49"), way("large", "small", "downgrade"), way("small", "medium"),
    way("medium", "small"),
)  # fmt: skip
# Two years, a month's notice, 99 kr for each month left.
BOUND = {
    "binding_months": 24, "notice_days": 30, "fee_basis": "remaining_months", "termination_fee": D("99.00"),
    "fee_article_no": "3002",
}  # fmt: skip


def rules(*rows, ways=WAYS):
    return ContractRules(PLANS, rows, ways)


def contract(plan_code="small", on=date(2026, 1, 31), **more):
    """The contract of subscription 500001 under terms for everybody."""
    return rules(terms(**more)).contract(500001, plan_code, "private", on)
