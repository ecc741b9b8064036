"""Who pays for an account, who uses a subscription, and which layout and itemisation an account chose."""

import json
from datetime import date, timedelta

import pytest
from standing_customer import ask, standing
from test_request_application import NOV1, NOV20, ON, PHONE, SIGN_UP, apply, midnight, outcomes, register

from schemas import tables

TOMORROW = ON + timedelta(days=1)


def group(**known):
    """Accounts 5 (with subscription 7), 6 and 8 of three customers."""
    return register(
        held=[(PHONE, 7, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None)],
        customers={5: 3, 6: 4, 8: 9},
        known=known,
    )


def paying(account, payer, since=NOV1):
    return {"account_id": account, "valid_from": since, "payer_account_id": payer, "request_id": "before"}


def payer_rows(made):
    return made.changes[tables.PAYER][0].select("account_id", "valid_from", "payer_account_id").rows()


def set_payer(payer=6, into=None, **more):
    named = {} if payer is None else {"payer_account_id": payer}
    return apply(ask("set_payer", **{"account_id": 5, **named, **more}), into=into or group())


def test_another_account_pays_from_the_day_on_a_past_one_too():
    assert payer_rows(set_payer(effective=NOV20)) == [(5, NOV20, 6)]


def test_what_is_asked_for_a_coming_day_waits_for_it():
    assert outcomes(set_payer(effective=TOMORROW)) == {}


def test_an_account_pays_itself_again():
    assert payer_rows(set_payer(None, group(payer=[paying(5, 6)]))) == [(5, NOV20, None)]


def test_a_change_holds_from_the_day_after_the_one_before_it_at_the_earliest():
    made = set_payer(8, group(payer=[paying(5, 6, ON)]))
    assert payer_rows(made) == [(5, TOMORROW, 8)]


@pytest.mark.parametrize(
    ("payer", "known", "code"),
    [
        (99, [], "UNKNOWN_CUSTOMER"),
        (5, [], "NOT_ALLOWED"),
        (6, [paying(6, 8)], "NOT_ALLOWED"),
        (6, [paying(8, 5)], "NOT_ALLOWED"),
        (6, [paying(5, 6)], "ALREADY_SO"),
        (None, [], "ALREADY_SO"),
    ],
    ids=["unknown", "itself", "paid for by a third", "pays for others itself", "pays already", "pays itself already"],
)
def test_a_payer_is_refused(payer, known, code):
    assert outcomes(set_payer(payer, group(payer=known))) == {"q": code}


def test_a_payer_who_paid_for_a_third_once_may_pay_now():
    known = [paying(8, 5), paying(8, None, NOV20)]
    assert payer_rows(set_payer(6, group(payer=known))) == [(5, NOV20, 6)]


def test_a_payer_in_another_currency_is_refused():
    into = group()
    into[tables.ACCOUNT].put(into[tables.ACCOUNT].get(6) | {"currency": "EUR"})
    assert outcomes(set_payer(6, into)) == {"q": "NOT_ALLOWED"}


def users(made):
    names = ("subscription_id", "valid_from", "cost_centre", "user_name")
    return made.changes[tables.SUBSCRIPTION_USER][0].sort("valid_from").select(names).rows()


def test_a_subscription_gets_a_user_and_a_cost_centre_from_a_day_on():
    made = apply(ask("set_user", number=PHONE, cost_centre="Sales", user_name="Ada"), into=standing())
    assert users(made) == [(7, NOV20, "Sales", "Ada")]


def test_what_is_not_given_of_a_user_stays_and_an_empty_text_takes_it_away():
    known = {"subscription_id": 7, "valid_from": NOV1, "cost_centre": "Sales", "user_name": "Ada", "request_id": "r"}
    into = standing(known={"subscription_user": [known]})
    made = apply(
        ask("set_user", number=PHONE, cost_centre="Stock"),
        ask("set_user", effective=date(2026, 11, 21), request_id="p", minute=2, number=PHONE, user_name=""),
        into=into,
    )
    assert users(made) == [(7, NOV20, "Stock", "Ada"), (7, date(2026, 11, 21), "Stock", None)]


def test_a_user_request_that_says_nothing_is_refused():
    assert outcomes(apply(ask("set_user", number=PHONE), into=standing())) == {"q": "BAD_REQUEST"}


def preferences(made):
    return made.changes[tables.PREFERENCE][0].select("preference_of", "preference", "preference_value").rows()


def test_itemised_calls_are_asked_for_by_account():
    made = apply(ask("set_preference", number=PHONE, preference="itemisation", value="yes"), into=standing())
    assert preferences(made) == [("account:5", "itemisation", "yes")]


def test_a_private_person_gets_no_consolidated_invoices():
    choice = {"preference": "invoice_layout", "value": "consolidated"}
    assert outcomes(apply(ask("set_preference", number=PHONE, **choice), into=standing())) == {"q": "NOT_ALLOWED"}


def test_a_company_chooses_consolidated_invoices_when_it_signs_up():
    wanted = json.loads(json.dumps(SIGN_UP))
    wanted["customer"]["category"] = "corporate"
    wanted["account"]["invoice_layout"] = "consolidated"
    made = apply(ask("sign_up", effective=NOV1, **wanted), into=register())
    ((of, *chosen),) = preferences(made)
    assert of.startswith("account:")
    assert chosen == ["invoice_layout", "consolidated"]


def test_two_payers_asked_for_at_the_same_instant_contradict_each_other():
    made = apply(
        ask("set_payer", request_id="a", account_id=5, payer_account_id=6),
        ask("set_payer", request_id="b", number=PHONE, payer_account_id=8),
        into=group(),
    )
    assert outcomes(made) == {"a": "CONTRADICTION", "b": "CONTRADICTION"}
