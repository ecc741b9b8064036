"""A call from before a stranger's first one: whose is it?"""

from datetime import date, datetime

import pytest
from test_request_application import NOV1, NOV20, PHONE, SIGN_UP, apply, midnight, outcomes, register, request

from schemas import tables

OCT20, OCT1 = date(2026, 10, 20), date(2026, 10, 1)


def called(on=OCT20):
    """The sign-up that nightbill makes for a call that nobody held the number at."""
    return request("network:x:1", SIGN_UP, "sign_up", on) | {"file_sha256": None, "channel": "network"}


def stranger(*before, subscription=(7, 5, "mobile_small", NOV1, None), strangers=frozenset({(PHONE, 3)})):
    return register(
        held=[*before, (PHONE, 7, midnight(NOV1), None)],
        subscriptions=[subscription, (8, 6, "mobile_small", OCT1, None)],
        customers={5: 3, 6: 4},
        strangers=strangers,
    )


def test_the_stranger_holds_the_number_from_that_call_on_and_began_then():
    made = apply(called(), into=stranger())
    assert outcomes(made) == {"network:x:1": "applied"}
    assert made.outcomes["customer_id"].to_list() == [3]
    assert made.numbers.rows() == [(PHONE, 7, midnight(OCT20), None)]
    assert made.changes[tables.NUMBER_ASSIGNMENT][1].rows() == [(PHONE, midnight(NOV1))]
    assert made.subscriptions.rows() == [(7, 5, "mobile_small", OCT20, NOV1, 1)]
    assert [made.accounts["account_from"][0], made.customers["customer_from"][0]] == [OCT20, OCT20]


def test_somebody_who_held_it_before_that_call_changes_nothing_somebody_who_did_between_everything():
    until = midnight(date(2026, 10, 10))
    assert outcomes(apply(called(), into=stranger((PHONE, 8, midnight(OCT1), until)))) == {"network:x:1": "applied"}
    between = (PHONE, 8, midnight(date(2026, 10, 22)), midnight(date(2026, 10, 25)))
    made = apply(called(), into=stranger(between))
    assert outcomes(made) == {"network:x:1": "NUMBER_IN_USE"}
    assert made.numbers.is_empty()


@pytest.mark.parametrize("strangers", [frozenset(), frozenset({("46701740699", 3)})])
def test_a_customer_who_did_not_come_by_this_number_as_a_stranger_is_not_taken_for_its_caller(strangers):
    assert outcomes(apply(called(), into=stranger(strangers=strangers))) == {"network:x:1": "NUMBER_IN_USE"}


def test_a_sign_up_that_somebody_sent_is_never_taken_for_a_call():
    assert outcomes(apply(called() | {"file_sha256": "0" * 64}, into=stranger())) == {"network:x:1": "NUMBER_IN_USE"}


def test_a_call_of_the_same_day_moves_the_number_alone():
    noon = datetime.combine(NOV1, datetime.min.time()).replace(hour=12).astimezone(midnight(NOV1).tzinfo)
    into = register(
        held=[(PHONE, 7, noon, None)], subscriptions=[(7, 5, "mobile_small", NOV1, None)], customers={5: 3},
        strangers=frozenset({(PHONE, 3)}),
    )  # fmt: skip
    made = apply(called(NOV1), into=into)
    assert made.numbers["owned_from"].to_list() == [midnight(NOV1)]
    assert made.subscriptions.is_empty()


def test_a_stranger_who_is_nobodys_yet_signs_up_as_before():
    made = apply(called(NOV20), into=register())
    assert outcomes(made) == {"network:x:1": "applied"}
    assert made.customers["customer_id"].to_list() == [10_001]
