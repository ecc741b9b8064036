"""Mandates: who may have one, what is kept of it, what Bankgirot is told, and how it ends."""

from datetime import date

import pytest
from standing_customer import ask, standing
from test_request_application import ACCOUNT, NOV20, ON, apply, outcomes, reason

from schemas import tables

ACCOUNT_AT_BANK = "5000-123 45 67"
IBAN = "DE89 3704 0044 0532 0130 00"
NUMBER = "19900101-2384"


def mandate(mandate_id="5-1", state="active", **more):
    return {
        "mandate_id": mandate_id, "account_id": 5, "scheme": "autogiro", "mandate_use": "recurring", "payer_no": "5001",
        "payer_account": "50001234567", "payer_name": "Åsa Öst", "registration_no": NUMBER, "mandate_state": state,
        "signed_on": NOV20, "changed_on": NOV20, "request_id": "before", **more,
    }  # fmt: skip


def having(*mandates, currency="SEK"):
    """The standing customer with mandates."""
    return standing(known={"mandate": list(mandates), "account": [ACCOUNT | {"currency": currency}]})


def add(into=None, **more):
    said = {
        "account_id": 5, "scheme": "autogiro", "payer_account": ACCOUNT_AT_BANK, "registration_no": NUMBER, **more,
    }  # fmt: skip
    return apply(ask("add_mandate", **{k: v for k, v in said.items() if v is not None}), into=into or having())


def cancel(into, **more):
    return apply(ask("cancel_mandate", **{"account_id": 5, **more}), into=into)


def changed(made, table, *columns):
    return made.changes[table][0].select(columns).rows()


def test_an_autogiro_mandate_waits_for_bankgirots_answer_and_is_told_to_bankgirot():
    made = add(signed_on="2026-11-18")
    columns = ("mandate_id", "payer_no", "payer_account", "mandate_state", "signed_on", "changed_on")
    expected = ("5-1", "5001", "50001234567", "requested", date(2026, 11, 18), ON)
    assert changed(made, tables.MANDATE, *columns) == [expected]
    assert changed(made, tables.MANDATE_ORDER, *tables.MANDATE_ORDER.names) == [("5-1:add", "5-1", "add", ON)]


def test_a_mandate_that_bankgirot_knows_is_active_and_told_to_nobody():
    made = add(is_registered=True, payer_no="0000000000004711", registration_no=None)
    assert changed(made, tables.MANDATE, "payer_no", "mandate_state") == [("4711", "active")]
    assert changed(made, tables.MANDATE_ORDER, "mandate_order_id") == []


def test_a_sepa_mandate_is_active_at_once_with_the_number_that_was_signed():
    made = add(having(currency="EUR"), scheme="sepa", payer_account=IBAN, mandate_id="M-77/2026", one_off=True)
    columns = ("mandate_id", "payer_no", "payer_account", "mandate_use", "mandate_state")
    expected = ("M-77/2026", None, "DE89370400440532013000", "one_off", "active")
    assert changed(made, tables.MANDATE, *columns) == [expected]


def test_payer_and_day_of_signature_are_the_customers_and_the_requests_when_not_given():
    made = add()
    assert changed(made, tables.MANDATE, "payer_name", "signed_on") == [("Bo Ek", NOV20)]


def test_each_mandate_of_an_account_has_its_own_payer_number():
    made = add(having(mandate(state="cancelled")))
    assert changed(made, tables.MANDATE, "mandate_id", "payer_no") == [("5-2", "5002")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"payer_account": "12"}, "BAD_REQUEST"),
        ({"payer_account": "DE89370400440532013001", "scheme": "sepa"}, "BAD_REQUEST"),
        ({"one_off": True}, "BAD_REQUEST"),
        ({"is_registered": True}, "BAD_REQUEST"),
        ({"registration_no": None}, "BAD_REQUEST"),
        ({"scheme": "sepa", "payer_account": IBAN, "payer_no": "1"}, "BAD_REQUEST"),
        ({"scheme": "sepa", "payer_account": IBAN}, "NOT_ALLOWED"),  # the account is billed in kronor
        ({"account_id": 99}, "UNKNOWN_CUSTOMER"),
    ],
)
def test_what_cannot_be_collected_from_is_refused(said, code):
    assert outcomes(add(**said)) == {"q": code}


def test_a_refusal_does_not_tell_the_account():
    assert "1234567" not in reason(add(payer_account="1234567890123456789"))


@pytest.mark.parametrize("state", ["requested", "active"])
def test_an_account_has_one_mandate_at_a_time(state):
    assert outcomes(add(having(mandate(state=state)))) == {"q": "ALREADY_SO"}


@pytest.mark.parametrize(
    "said", [{"mandate_id": "7-1"}, {"payer_no": "7001"}], ids=["the mandate's number", "the payer's number"]
)
def test_a_number_of_another_mandate_is_refused_for_ever(said):
    others = mandate("7-1", "cancelled", account_id=7, payer_no="7001")
    assert outcomes(add(having(others), **said)) == {"q": "NOT_ALLOWED"}


def test_a_mandate_is_cancelled_and_bankgirot_told():
    made = cancel(having(mandate()), reason="Pays by slip again")
    assert changed(made, tables.MANDATE, "mandate_id", "mandate_state", "changed_on") == [("5-1", "cancelled", ON)]
    assert changed(made, tables.MANDATE_ORDER, "mandate_order_id") == [("5-1:cancel",)]


@pytest.mark.parametrize("state", ["cancelled", "refused"])
def test_a_mandate_that_is_over_cannot_be_cancelled(state):
    assert outcomes(cancel(having(mandate(state=state)))) == {"q": "ALREADY_SO"}


def test_only_the_mandate_that_is_named_is_cancelled():
    assert outcomes(cancel(having(mandate()), mandate_id="5-2")) == {"q": "ALREADY_SO"}
