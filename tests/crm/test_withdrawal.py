"""What was asked for a coming day can be taken back until that day, and what it changed is as it was."""

from datetime import date
from decimal import Decimal

import pytest
from standing_customer import ask, passport, proven_plans, standing
from test_request_application import DEC1, NOV1, NOV20, OTHER, PHONE, apply, midnight, outcomes, reason, register

from schemas import tables

THIRD = "46701740607"
TERMS = {
    "product_group": "*", "plan_code": "*", "customer_category": "*", "binding_months": 12, "notice_days": 0,
    "earliest_change_days": 0, "change_in_binding": "fee", "fee_basis": "fixed", "termination_fee": Decimal("300.00"),
    "fee_article_no": "3002", "upgrade_when": "at_once", "downgrade_when": "at_once", "guarantee_months": None,
}  # fmt: skip


def withdraw(withdraws="q", minute=5, request_id="w", **named):
    return ask("withdraw", request_id=request_id, minute=minute, withdraws=withdraws, **(named or {"account_id": 5}))


def night_after(made, *asked):
    """The register as a later night reads it, with the requests that were asked before."""
    register_of = made.register
    known = {
        table.name: list(register_of[table]._rows.values())  # noqa: SLF001 (what the lake would hold)
        for table in register_of.changes()
        if table is not tables.NOTICE
    }
    return register(requests={each["request_id"]: each for each in asked}, known=known)


def withdrawn_next_night(asked, into=None, sent=None):
    """Ask for something, and withdraw it a night later."""
    made = apply(asked, into=into or standing())
    assert outcomes(made) == {asked["request_id"]: "applied"}
    return apply(sent or withdraw(asked["request_id"]), into=night_after(made, asked))


@pytest.mark.parametrize(
    "asked",
    [
        ask("cancel", DEC1, number=PHONE),
        ask("change_plan", DEC1, number=PHONE, plan_code="mobile_large"),
        ask("add_number", DEC1, number=PHONE, new_number=THIRD),
        ask("remove_number", DEC1, number=PHONE),
        ask("port", DEC1, number=PHONE, direction="out", ported_number=OTHER, other_operator="Grannbolaget"),
    ],
    ids=lambda asked: asked["request_type"],
)
def test_subscriptions_contracts_and_numbers_are_as_they_were_before(asked):
    before = standing()
    made = withdrawn_next_night(asked)
    assert outcomes(made) == {"q": "withdrawn", "w": "applied"}
    for table in (tables.SUBSCRIPTION, tables.CONTRACT, tables.NUMBER_ASSIGNMENT):
        assert made.register[table]._rows == before[table]._rows  # noqa: SLF001 (all rows, changed or not)
    assert made.register[tables.COMING_CHANGE].where("request_id", "q") == []
    assert made.outcomes.filter(request_id="q")["reason_text"].to_list() == ["withdrawn by w"]


def test_its_fees_are_not_charged_in_the_same_night_and_taken_back_in_a_later_one():
    asked = ask("cancel", DEC1, number=PHONE)
    same = apply(asked, withdraw(), into=standing(terms=(TERMS,)))
    assert outcomes(same) == {"q": "withdrawn", "w": "applied"}
    assert same.register.fees == []
    later = withdrawn_next_night(asked, into=standing(terms=(TERMS,)))
    assert later.register.withdrawn_requests == ["q"]


def test_an_ordered_subscription_ends_before_it_begins_and_its_number_is_free():
    asked = ask("order", DEC1, account_id=5, plan_code="mobile_small", numbers=[THIRD])
    made = withdrawn_next_night(asked)
    assert made.subscriptions.select("subscription_id", "service_from", "service_to").rows() == [(500_001, DEC1, DEC1)]
    again = ask("add_number", NOV20, "n", 6, number=PHONE, new_number=THIRD)
    assert outcomes(apply(again, into=night_after(made)))["n"] == "applied"


def test_an_end_brought_forward_is_where_it_was():
    made = withdrawn_next_night(ask("cancel", DEC1, number=PHONE), into=standing(until=date(2026, 12, 24)))
    assert made.subscriptions["service_to"].to_list() == [date(2026, 12, 24)]
    assert made.numbers["owned_to"].unique().to_list() == [midnight(date(2026, 12, 24))]


def test_what_waits_for_its_day_is_never_applied_even_by_a_night_that_catches_up():
    """The block was to hold on the 20th; both come with the night of the 22nd."""
    block = ask("block", NOV20, number=PHONE, reason="fraud")
    made = apply(block, withdraw(number=PHONE), into=standing())
    assert outcomes(made) == {"q": "withdrawn", "w": "applied"}
    assert made.blocks.is_empty()


def test_an_order_that_waits_for_a_proof_is_withdrawn_from_the_queue(monkeypatch):
    proven_plans(monkeypatch)
    order = ask("order", request_id="q", account_id=5, plan_code="broadband_100")
    made = apply(order, withdraw(), passport("p", 9, customer_id=3), into=standing())
    assert outcomes(made) == {"q": "withdrawn", "w": "applied", "p": "applied"}
    assert made.cases.select("case_state", "decision_text").rows() == [("refused", "withdrawn")]
    assert made.subscriptions.is_empty()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (ask("cancel", NOV20, number=PHONE), "holds already"),
        (ask("note", NOV20, number=PHONE, text="x"), "holds already"),
        (ask("cancel", date(2026, 10, 1), number=PHONE), "was refused before"),
        (ask("cancel", DEC1, minute=7, number=PHONE), "was made after this one"),
    ],
)
def test_what_holds_already_was_refused_or_came_later_cannot_be_withdrawn(asked, said):
    first = apply(asked, into=standing())
    made = apply(withdraw(), into=night_after(first, asked))
    assert outcomes(made)["w"] == "NOT_WAITING"
    assert said in made.outcomes.filter(request_id="w")["reason_text"][0]


def test_it_is_withdrawn_once():
    made = apply(ask("cancel", DEC1, number=PHONE), withdraw(), withdraw(minute=6, request_id="w2"), into=standing())
    assert outcomes(made) == {"q": "withdrawn", "w": "applied", "w2": "NOT_WAITING"}


def test_an_unknown_request_and_one_of_somebody_else_are_refused():
    assert outcomes(apply(withdraw("z"), into=standing())) == {"w": "NOT_WAITING"}
    both = register(
        held=[(PHONE, 7, midnight(NOV1), None), (OTHER, 8, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 6, "mobile_small", NOV1, None)],
        customers={5: 3, 6: 4},
    )
    made = apply(ask("cancel", DEC1, number=PHONE), withdraw(account_id=6), into=both)
    assert outcomes(made) == {"q": "applied", "w": "NOT_OWNER"}
    assert made.subscriptions["service_to"].to_list() == [DEC1]


def test_a_number_that_was_given_to_another_from_then_on_stays_given():
    both = register(
        held=[(PHONE, 7, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 6, "mobile_small", NOV1, None)],
        customers={5: 3, 6: 4},
    )
    given = ask("add_number", DEC1, "n", 2, subscription_id=8, new_number=PHONE)
    made = apply(ask("cancel", DEC1, number=PHONE), given, withdraw(), into=both)
    assert outcomes(made) == {"q": "applied", "n": "applied", "w": "NUMBER_IN_USE"}


def test_what_a_later_request_has_changed_again_is_withdrawn_in_turn():
    large = ask("change_plan", DEC1, number=PHONE, plan_code="mobile_large")
    end = ask("cancel", date(2026, 12, 24), "c", 2, number=PHONE)
    made = apply(large, end, withdraw(), withdraw("c", 6, "w2"), withdraw("q", 7, "w3"), into=standing())
    assert outcomes(made) == {
        "q": "withdrawn", "c": "withdrawn", "w": "NOT_ALLOWED", "w2": "applied", "w3": "applied",
    }  # fmt: skip
    (row,) = made.register[tables.SUBSCRIPTION].where("subscription_id", 7)
    assert row == dict(zip(tables.SUBSCRIPTION.names, (7, 5, "mobile_small", NOV1, None, 1), strict=True))


def test_one_that_took_the_place_of_another_cannot_be_withdrawn_for_that_ones_contract_is_gone():
    first = ask("change_plan", DEC1, "a", number=PHONE, plan_code="mobile_large")
    earlier = ask("change_plan", date(2026, 11, 28), minute=2, number=PHONE, plan_code="mobile_large")
    made = apply(first, earlier, withdraw(), into=standing())
    assert outcomes(made) == {"a": "applied", "q": "applied", "w": "NOT_WAITING"}
    assert "taken the place of another" in made.outcomes.filter(request_id="w")["reason_text"][0]


def test_a_refused_withdrawal_leaves_no_trace():
    made = apply(ask("cancel", DEC1, number=PHONE), withdraw(customer_id=4), into=standing())
    assert outcomes(made) == {"q": "applied", "w": "UNKNOWN_CUSTOMER"}
    assert "4" in reason(apply(withdraw(customer_id=4), into=standing()))
