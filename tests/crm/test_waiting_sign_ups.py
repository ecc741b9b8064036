"""What a sign-up or an order waits for: proof of identity, or a person's decision."""

import json
from decimal import Decimal

import pytest
from standing_customer import ask, passport, proven_plans, standing
from test_request_application import NOV20, PHONE, SIGN_UP, apply, outcomes, reason, register, request

from crm.handlers.sign_ups import access_code
from crm.register import SignUpCheck
from schemas import tables


def told(made, request_id):
    return made.outcomes.filter(request_id=request_id)["reason_text"][0]


class TestProof:
    @pytest.mark.parametrize("named", [{"account_id": 5}, {"number": PHONE}, {"subscription_id": 7}])
    @pytest.mark.parametrize("brought", [{"customer_id": 3}, {"sign_up": "o"}])
    def test_an_order_goes_on_however_it_names_the_account_and_whoever_the_proof_names(
        self, monkeypatch, named, brought
    ):
        proven_plans(monkeypatch)
        made = apply(
            ask("order", request_id="o", plan_code="broadband_100", **named),
            passport("p", 2, **brought),
            into=standing(),
        )
        assert outcomes(made) == {"o": "applied", "p": "applied"}
        assert made.subscriptions["plan_code"].to_list() == ["broadband_100"]
        proof = made.changes[tables.IDENTITY_DOCUMENT][0].filter(identity_state="verified")
        assert proof["customer_id"].to_list() == [3]

    def test_nothing_stays_wanted_for_an_order_that_is_proven_or_refused(self, monkeypatch):
        proven_plans(monkeypatch)
        order = ask("order", request_id="o", account_id=5, plan_code="broadband_100")
        proven = apply(order, passport("p", 2, customer_id=3), into=standing())
        assert proven.changes[tables.IDENTITY_DOCUMENT][0]["identity_state"].to_list() == ["verified"]
        no = request("d", {"case": "o", "decision": "refuse", "reason": "x"}, "decide", NOV20, 2)
        assert apply(order, no, into=standing()).changes[tables.IDENTITY_DOCUMENT][0].is_empty()

    def test_approval_does_not_stand_for_the_proof_and_says_what_is_missing(self, monkeypatch):
        proven_plans(monkeypatch)
        order = ask("order", request_id="o", account_id=5, plan_code="broadband_100")
        approve = request("d", {"case": "o", "decision": "approve", "reason": "x"}, "decide", NOV20, 4)
        made = apply(order, approve, into=standing())
        assert outcomes(made) == {"o": "queued", "d": "PROOF_MISSING"}
        assert made.cases.select("case_state", "decided_by").rows() == [("waiting", None)]
        assert "no document has come. Send a request identity with sign_up=o and checked_by" in told(made, "d")
        unchecked = apply(order, passport("p", 2, sign_up="o", checked_by=None), approve, into=standing())
        assert "the passport is received only" in told(unchecked, "d")

    def test_a_proof_is_kept_when_the_number_of_the_order_is_taken_by_now(self, monkeypatch):
        proven_plans(monkeypatch)
        made = apply(
            ask("order", request_id="o", account_id=5, plan_code="broadband_100", numbers=["46701740609"]),
            ask("add_number", request_id="n", minute=2, number=PHONE, new_number="46701740609"),
            passport("p", 3, customer_id=3),
            into=standing(),
        )
        assert outcomes(made) == {"o": "NUMBER_IN_USE", "n": "applied", "p": "applied"}
        assert made.cases["case_state"].to_list() == ["refused"]

    def test_a_sign_up_is_proven_the_same_night_and_a_later_document_stays_its_customers(self, monkeypatch):
        proven_plans(monkeypatch)
        wanted = SIGN_UP | {"subscriptions": [{"plan_code": "broadband_100"}]}
        made = apply(
            request("s", wanted),
            passport("p", 1, sign_up="s"),
            passport("renewed", 2, sign_up="s"),
        )
        assert outcomes(made) == {"s": "applied", "p": "applied", "renewed": "applied"}
        assert made.changes[tables.IDENTITY_DOCUMENT][0]["customer_id"].to_list() == [10_001]


INCOMPLETE = SignUpCheck("incomplete", "approve", Decimal(800), None, "number found; name differs")


class TestQueue:
    def queued(self, **check):
        checks = {"q1": INCOMPLETE._replace(**check)}
        return apply(request("q1"), into=register(checks=checks))

    @pytest.mark.parametrize(
        ("check", "waits_for"),
        [
            ({}, "address"),
            ({"address_outcome": "secret"}, "address"),
            ({"address_outcome": "none"}, "address"),
            ({"address_outcome": "complete", "credit_decision": "manual"}, "credit"),
            ({"address_outcome": "complete", "credit_decision": "deposit", "deposit_amount": Decimal(500)}, "deposit"),
        ],
    )
    def test_what_is_in_doubt_waits_and_makes_no_customer(self, check, waits_for):
        made = self.queued(**check)
        assert outcomes(made) == {"q1": "queued"}
        assert made.cases.select("case_state", "waits_for").rows() == [("waiting", waits_for)]
        assert made.customers.is_empty()

    def test_a_complete_match_that_is_approved_is_activated_with_the_limit(self):
        made = self.queued(address_outcome="complete")
        assert outcomes(made) == {"q1": "applied"}
        assert made.accounts["credit_limit"].to_list() == [Decimal(800)]
        assert sorted(made.notices["notice_kind"]) == ["sign_up_confirmation", "welcome_letter"]

    def test_the_black_list_and_the_credit_rules_refuse(self):
        assert outcomes(self.queued(black_listed="the number is listed")) == {"q1": "BLACK_LISTED"}
        assert outcomes(self.queued(credit_decision="refuse")) == {"q1": "CREDIT_REFUSED"}

    def decided(self, decision="approve", check=None, **more):
        case = self.queued(**(check or {})).cases.to_dicts()
        into = register(known={"approval_case": case}, requests={"q1": request("q1")})
        decide = request("d", {"case": "q1", "decision": decision, "reason": "called back"} | more, "decide", NOV20, 5)
        return apply(decide | {"actor": "anna"}, into=into)

    def test_approval_activates_from_the_night_on_and_says_who_and_why(self):
        made = self.decided(limit="400")
        assert outcomes(made) == {"q1": "applied", "d": "applied"}
        assert made.cases.select("case_state", "decided_by", "decision_text").rows() == [
            ("approved", "anna", "called back")
        ]
        on = made.register.rules.on
        assert made.subscriptions["service_from"].to_list() == [on]
        assert made.accounts["credit_limit"].to_list() == [Decimal(400)]

    def test_refusal_by_hand_is_the_outcome_of_the_sign_up(self):
        made = self.decided("refuse")
        assert outcomes(made) == {"q1": "REFUSED_BY_HAND", "d": "applied"}
        assert made.customers.is_empty()

    def test_a_secret_number_gets_a_code_that_belongs_to_the_customer_as_the_number_does(self):
        made = self.decided(check={"address_outcome": "secret"})
        numbers = made.numbers.sort("a_number")
        assert numbers["a_number"].to_list()[0] == PHONE
        code = numbers["a_number"].to_list()[1]
        assert code.startswith("999")
        assert len(code) == 11
        assert numbers["subscription_id"].n_unique() == 1
        assert json.loads(made.notices.filter(notice_kind="code_issued")["notice_data"][0]) == {"code": code}

    def test_a_code_is_the_same_each_time_and_cannot_be_computed_without_the_homes_secret(self):
        def code(secret):
            opened = register(secret=secret)
            return access_code(opened, "network:x:20260917T110000", 0)

        assert code(b"one home") == code(b"one home")
        assert code(b"one home") != code(b"another")
        assert "one home" not in repr(register(secret=b"one home").rules)

    def test_what_does_not_wait_cannot_be_decided(self):
        decide = request("d", {"case": "q9", "decision": "approve", "reason": "x"}, "decide", NOV20)
        assert outcomes(apply(decide)) == {"d": "NOT_WAITING"}


def test_a_wrong_check_digit_of_a_person_is_refused_without_the_number_in_the_reason():
    payload = json.loads(json.dumps(SIGN_UP))
    payload["customer"]["registration_no"] = "19640823-3235"
    made = apply(request("q", payload))
    assert outcomes(made) == {"q": "BAD_PERSON_NO"}
    assert "0823" not in reason(made)
