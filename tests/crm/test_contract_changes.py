"""Changes of plan and ends of contracts: granted with dates and fees, or refused with the day they are allowed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from contracts import BOUND, WAYS, contract, rules, terms, way
from hypothesis import given
from hypothesis import strategies as st

from crm.contract_changes import ChangeWanted, Fee, decide_change, decide_termination, months_left
from crm.refusal import RefusedError
from schemas.periods import months_after

D = Decimal
BEGUN = date(2026, 1, 31)  # BOUND: bound until 31 January 2028
ASKED = date(2026, 10, 5)
LEFT = Fee("termination_fee", "3002", D("1584.00"))


def change(held, to_plan, wanted_on=ASKED, kind="any", *, decided_by=None, asked=ASKED, billing_day=15):
    wanted = ChangeWanted(to_plan, wanted_on, asked, kind)
    return decide_change(decided_by or rules(terms()), held, wanted, "private", billing_day)


def refused(call, *args, **named):
    with pytest.raises(RefusedError) as told:
        call(*args, **named)
    return told.value.code, told.value.allowed_from


class TestChange:
    def test_an_upgrade_begins_on_the_day_wanted_with_its_fee_and_a_new_contract(self):
        found = change(contract("small", BEGUN), "large", date(2026, 10, 9))
        assert (found.kind, found.begins_on) == ("upgrade", date(2026, 10, 9))
        assert found.fees == (Fee("change_fee", "3001", D(49)),)
        assert (found.contract["plan_code"], found.contract["contract_from"]) == ("large", date(2026, 10, 9))

    @pytest.mark.parametrize(
        ("wanted_on", "billing_day", "begins_on"),
        [
            (date(2026, 10, 9), 15, date(2026, 10, 15)),
            (date(2026, 10, 15), 15, date(2026, 10, 15)),  # the period is over on that day
            (date(2026, 10, 16), 15, date(2026, 11, 15)),
            (date(2027, 2, 5), 31, date(2027, 2, 28)),
        ],
    )
    def test_a_downgrade_begins_when_the_billing_period_ends(self, wanted_on, billing_day, begins_on):
        held = contract("large", BEGUN, downgrade_when="period_end")
        found = change(held, "small", wanted_on, billing_day=billing_day)
        assert (found.begins_on, found.fees) == (begins_on, ())

    def test_when_each_kind_begins_is_the_contracts_to_say(self):
        held = contract("large", BEGUN, upgrade_when="period_end", downgrade_when="at_once")
        assert change(held, "small").begins_on == ASKED
        held = contract("small", BEGUN, upgrade_when="period_end", downgrade_when="at_once")
        assert change(held, "large").begins_on == change(held, "medium").begins_on == date(2026, 10, 15)

    def test_no_change_begins_before_it_is_asked_for(self):
        assert change(contract("small", BEGUN), "large", date(2026, 9, 1)).begins_on == ASKED

    def test_the_terms_of_the_new_plan_hold_from_its_first_day(self):
        new = terms("large", binding_months=12, notice_days=30)
        found = change(contract("small", BEGUN), "large", decided_by=rules(new)).contract
        assert (found["binding_to"], found["notice_days"]) == (date(2027, 10, 5), 30)

    @pytest.mark.parametrize(("months", "bound_to"), [(0, date(2028, 1, 31)), (24, date(2028, 10, 5))])
    def test_an_upgrade_inside_the_binding_costs_nothing_more_and_never_shortens_it(self, months, bound_to):
        held = contract("small", BEGUN, **BOUND, change_in_binding="refused")
        found = change(held, "large", decided_by=rules(terms(binding_months=months)))
        assert found.fees == (Fee("change_fee", "3001", D(49)),)
        assert found.contract["binding_to"] == bound_to

    def test_a_binding_that_is_over_does_not_stand_in_the_new_contract(self):
        found = change(contract("small", BEGUN, binding_months=3), "large")
        assert found.contract["binding_to"] is None

    def test_another_change_inside_the_binding_pays_for_the_months_left(self):
        """From 5 October 2026 to 31 January 2028 are 15 months and a part: 16 x 99.00 = 1584.00."""
        assert change(contract("large", BEGUN, **BOUND), "small").fees == (LEFT,)

    def test_or_is_refused_until_the_binding_is_over(self):
        held = contract("large", BEGUN, **BOUND | {"change_in_binding": "refused"})
        assert refused(change, held, "small") == ("TOO_EARLY", date(2028, 1, 31))
        assert change(held, "small", date(2028, 1, 31)).fees == ()

    def test_a_contract_may_be_changed_from_its_earliest_day(self):
        held = contract("small", date(2026, 10, 1), earliest_change_days=14)
        assert refused(change, held, "large") == ("TOO_EARLY", date(2026, 10, 15))
        assert change(held, "large", date(2026, 10, 15)).begins_on == date(2026, 10, 15)

    @pytest.mark.parametrize(
        ("to_plan", "kind", "code"),
        [
            ("small", "any", "ALREADY_SO"),
            ("gold", "any", "UNKNOWN_PLAN"),
            ("fibre", "any", "NOT_ALLOWED"),
            ("large", "downgrade", "NOT_ALLOWED"),
            ("medium", "upgrade", "NOT_ALLOWED"),
        ],
    )
    def test_what_is_not_in_the_list_of_changes_is_refused(self, to_plan, kind, code):
        assert refused(change, contract("small", BEGUN), to_plan, kind=kind) == (code, None)

    def test_a_refusal_names_what_is_allowed(self):
        with pytest.raises(RefusedError, match="small cannot become fibre; it can become: large, medium"):
            change(contract("small", BEGUN), "fibre")

    @pytest.mark.parametrize(
        ("kind", "taken_as"), [("any", "change"), ("upgrade", "upgrade"), ("downgrade", "downgrade")]
    )
    def test_without_a_list_of_changes_any_plan_of_the_service_may_follow(self, kind, taken_as):
        free = rules(ways=())
        found = change(contract("medium", BEGUN), "large", kind=kind, decided_by=free)
        assert (found.kind, found.fees) == (taken_as, ())
        assert refused(change, contract("medium", BEGUN), "fibre", decided_by=free) == ("NOT_ALLOWED", None)

    def test_a_change_without_a_fee_article_costs_nothing(self):
        free = rules(terms(), ways=(way("small", "large", "upgrade"),))
        assert change(contract("small", BEGUN), "large", decided_by=free).fees == ()


class TestTermination:
    @pytest.mark.parametrize(
        ("wanted_on", "notice", "ends_on"),
        [
            (date(2026, 10, 5), 30, date(2026, 11, 4)),
            (date(2026, 12, 1), 30, date(2026, 12, 1)),
            (date(2026, 10, 5), 0, date(2026, 10, 5)),
            (date(2026, 9, 1), 0, date(2026, 9, 1)),  # without notice an end may be told afterwards
        ],
    )
    def test_a_contract_ends_on_the_day_wanted_or_when_its_notice_is_over(self, wanted_on, notice, ends_on):
        assert decide_termination(contract(notice_days=notice), wanted_on, ASKED).ends_on == ends_on

    def test_leaving_early_costs_for_each_month_that_is_left_after_the_notice(self):
        """From 4 November 2026 to 31 January 2028 are 14 months and a part: 15 x 99.00 = 1485.00."""
        found = decide_termination(contract(on=BEGUN, **BOUND), ASKED, ASKED)
        assert found.ends_on == date(2026, 11, 4)
        assert found.fees == (Fee("termination_fee", "3002", D("1485.00")),)

    def test_or_a_fixed_fee_or_nothing(self):
        fixed = contract(on=BEGUN, **BOUND | {"fee_basis": "fixed", "termination_fee": D("499.50")})
        assert [fee.amount_ex_vat for fee in decide_termination(fixed, ASKED, ASKED).fees] == [D("499.50")]
        free = contract(on=BEGUN, **BOUND | {"fee_basis": "none"})
        assert decide_termination(free, ASKED, ASKED).fees == ()

    def test_or_is_refused_until_the_binding_is_over(self):
        held = contract(on=BEGUN, **BOUND, change_in_binding="refused")
        assert refused(decide_termination, held, ASKED, ASKED) == ("TOO_EARLY", date(2028, 1, 31))
        assert decide_termination(held, date(2028, 1, 31), ASKED).fees == ()

    def test_the_last_day_of_the_binding_still_costs_a_month(self):
        held = contract(on=BEGUN, **BOUND)
        assert [fee.amount_ex_vat for fee in decide_termination(held, date(2028, 1, 30), ASKED).fees] == [D("99.00")]
        assert decide_termination(held, date(2028, 1, 31), ASKED).fees == ()

    def test_a_refusal_says_the_day(self):
        held = contract(on=BEGUN, **BOUND, change_in_binding="refused")
        told = "the contract allows its end from 2028-01-31, not on 2026-11-04; ask for that day or a later one"
        with pytest.raises(RefusedError, match=told):
            decide_termination(held, ASKED, ASKED)


days = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@given(begun=days, months=st.integers(0, 36), leaves=st.integers(0, 1200))
def test_the_months_left_reach_the_end_of_the_binding_and_one_less_does_not(begun, months, leaves):
    until, since = months_after(begun, months), begun + timedelta(days=leaves)
    left = months_left(since, until)
    assert 0 <= left <= months
    assert months_after(since, left) >= until or until < since
    assert left == 0 or months_after(since, left - 1) < until


@given(
    begun=days, wanted=days, asked=days, billing_day=st.integers(1, 31), way_to=st.sampled_from(WAYS),
    held=st.fixed_dictionaries({
        "binding_months": st.integers(0, 24), "earliest_change_days": st.integers(0, 90),
        "change_in_binding": st.sampled_from(["refused", "fee"]),
        "upgrade_when": st.sampled_from(["at_once", "period_end"]),
        "downgrade_when": st.sampled_from(["at_once", "period_end"]),
    }),
)  # fmt: skip
def test_what_is_too_early_is_granted_on_the_day_told(begun, wanted, asked, billing_day, way_to, held):
    known = contract(way_to["from_plan"], begun, **BOUND | held)

    def ask(on):
        return change(known, way_to["to_plan"], on, asked=asked, billing_day=billing_day)

    try:
        found = ask(wanted)
    except RefusedError as refusal:
        found = ask(refusal.allowed_from)
    assert found.begins_on >= max(known["change_from"], asked)
    assert found.contract["contract_from"] == found.begins_on
    assert found.contract["binding_to"] is None or found.contract["binding_to"] > found.begins_on
