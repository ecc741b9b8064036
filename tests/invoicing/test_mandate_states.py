"""Bankgirot's answers make mandates active, refuse or end them."""

from datetime import date

import pytest
from debit_rows import answers, mandates

from invoicing.mandate_states import answered_mandates

ON = date(2026, 11, 22)


def after(state, *said):
    told = answers(*({"direct_debit_id": None, "payer_no": "5001", "answer": each} for each in said))
    made = answered_mandates(mandates({"mandate_state": state}), told, ON)
    return made.select("mandate_state", "changed_on").rows()


@pytest.mark.parametrize(
    ("answer", "state"),
    [("mandate_active", "active"), ("mandate_refused", "refused"), ("mandate_cancelled", "cancelled")],
)
def test_a_mandate_that_waits_becomes_what_bankgirot_says(answer, state):
    assert after("requested", answer) == [(state, ON)]


def test_an_active_mandate_ends_when_the_payer_ends_it():
    assert after("active", "mandate_active", "mandate_cancelled") == [("cancelled", ON)]


@pytest.mark.parametrize("answer", ["mandate_active", "mandate_refused", "paid"])
def test_an_active_mandate_stays_so_whatever_else_is_said(answer):
    assert after("active", answer) == []


@pytest.mark.parametrize("state", ["cancelled", "refused"])
def test_a_mandate_that_is_over_stays_over(state):
    assert after(state, "mandate_active") == []


def test_an_answer_about_another_payer_changes_nothing():
    told = answers({"direct_debit_id": None, "payer_no": "6001", "answer": "mandate_active"})
    assert answered_mandates(mandates({"mandate_state": "requested"}), told, ON).is_empty()
