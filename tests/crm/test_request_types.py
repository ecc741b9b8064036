"""What each type of request does to the register, and why one is refused."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from test_request_application import (
    DEC1,
    NOV1,
    NOV20,
    ON,
    OTHER,
    PHONE,
    PLANS,
    SIGN_UP,
    apply,
    cancel,
    changed,
    midnight,
    outcomes,
    reason,
    register,
    request,
)

from crm.contract_terms import Terms
from crm.handlers.sign_ups import access_code
from crm.register import SignUpCheck
from schemas import tables

NOV23 = date(2026, 11, 23)
PAID_ART = "2001"


def standing(until=None, **more):
    """Subscription 7 (mobile_small) of account 5, customer 3, with two numbers since 1 November."""
    return register(
        held=[(number, 7, midnight(NOV1), midnight(until) if until else None) for number in (PHONE, OTHER)],
        subscriptions=[(7, 5, "mobile_small", NOV1, until)],
        customers={5: 3},
        **more,
    )


def broadband():
    """Subscription 7 of account 5 with a number, and subscription 8 (broadband) of the same account without."""
    return register(
        held=[(PHONE, 7, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 5, "broadband_100", NOV1, None)],
        customers={5: 3},
    )


def ask(kind, effective=NOV20, request_id="q", minute=1, **payload):
    return request(request_id, payload, kind, effective, minute)


def one(kind, into=None, effective=NOV20, **payload):
    """What one request of a type does to the standing customer."""
    return apply(ask(kind, effective, **payload), into=into or standing())


class TestWhoseItIs:
    @pytest.mark.parametrize(
        "named",
        [
            {"number": PHONE},
            {"subscription_id": 7},
            {"account_id": 5},
            {"customer_id": 3},
            {"number": OTHER, "account_id": 5},
        ],
    )
    def test_a_customer_is_named_by_number_subscription_account_or_itself(self, named):
        made = one("note", text="likes tea", **named)
        assert made.outcomes.select("request_state", "customer_id").rows() == [("applied", 3)]

    @pytest.mark.parametrize(
        ("named", "code"),
        [
            ({"number": "46701740699"}, "UNKNOWN_SUBSCRIPTION"),
            ({"subscription_id": 8}, "UNKNOWN_SUBSCRIPTION"),
            ({"account_id": 6}, "UNKNOWN_CUSTOMER"),
            ({"customer_id": 4}, "UNKNOWN_CUSTOMER"),
            ({"number": PHONE, "customer_id": 4}, "NOT_OWNER"),
            ({"number": PHONE, "account_id": 6}, "NOT_OWNER"),
            ({}, "BAD_REQUEST"),
        ],
    )
    def test_somebody_else_or_nobody_is_refused(self, named, code):
        assert outcomes(one("note", text="likes tea", **named)) == {"q": code}

    def test_before_activation_and_after_the_end_are_told_apart(self):
        assert outcomes(one("change_plan", effective=date(2026, 10, 31), number=PHONE, plan_code="mobile_large")) == {
            "q": "BEFORE_ACTIVATION"
        }
        ended = standing(until=date(2026, 11, 10))
        assert outcomes(one("change_plan", ended, number=PHONE, plan_code="mobile_large")) == {"q": "TERMINATED"}
        ended = standing(until=date(2026, 11, 10))
        assert outcomes(one("change_plan", ended, subscription_id=7, plan_code="mobile_large")) == {"q": "TERMINATED"}


class TestContracts:
    def test_a_change_of_plan_ends_one_version_and_begins_the_next(self):
        made = one("change_plan", number=PHONE, plan_code="mobile_large")
        assert made.subscriptions.sort("service_from").rows() == [
            (7, 5, "mobile_small", NOV1, NOV20, 1),
            (7, 5, "mobile_large", NOV20, None, 1),
        ]
        assert made.contracts.select("contract_from", "plan_code").rows() == [(NOV20, "mobile_large")]

    def test_another_quantity_of_the_same_plan_begins_a_version_and_leaves_the_contract(self):
        made = one("change_plan", number=PHONE, plan_code="mobile_small", quantity=3)
        assert made.subscriptions.sort("service_from").rows() == [
            (7, 5, "mobile_small", NOV1, NOV20, 1),
            (7, 5, "mobile_small", NOV20, None, 3),
        ]
        assert (made.contracts.height, outcomes(made)) == (0, {"q": "applied"})
        again = one("change_plan", number=PHONE, plan_code="mobile_small", quantity=1)
        assert outcomes(again) == {"q": "ALREADY_SO"}

    def test_a_quantity_stays_with_another_plan_unless_another_is_asked_for(self):
        made = one("change_plan", number=PHONE, plan_code="mobile_large", quantity=2)
        assert made.subscriptions.sort("service_from")["quantity"].to_list() == [1, 2]
        made = one("order", account_id=5, plan_code="broadband_100", quantity=4)
        assert made.subscriptions["quantity"].to_list() == [4]

    def test_each_plan_that_begins_costs_its_activation_fee_once(self):
        """Two subscriptions of one sign-up at 39.00 each, then a plan of 59.00 from 20 November."""
        fees = {"mobile_small": 39, "mobile_large": 59}
        plans = {
            code: plan
            | {"activation_fee": Decimal(fees.get(code, 0)), "activation_article_no": PAID_ART, "currency": "SEK"}
            for code, plan in PLANS.items()
        }
        two = [{"plan_code": "mobile_small", "numbers": [PHONE]}, {"plan_code": "mobile_small"}]
        made = apply(
            request("s", changed("subscriptions", to=two)),
            ask("change_plan", NOV20, number=PHONE, plan_code="mobile_large"),
            into=register(plans=plans),
        )
        assert [(c.request_id, c.fee.what, c.fee.amount_ex_vat, c.on) for c in made.register.fees] == [
            ("s", "activation_fee_500001", 39, NOV1),
            ("s", "activation_fee_500002", 39, NOV1),
            ("q", "activation_fee_500001", 59, NOV20),
        ]

    def test_a_change_on_the_first_day_replaces_the_plan(self):
        first = date(2026, 11, 15)
        made = apply(
            request("s", effective=first),
            ask("change_plan", first, number=PHONE, plan_code="mobile_large"),
            into=register(),
        )
        assert made.subscriptions["plan_code", "service_from"].rows() == [("mobile_large", first)]

    def test_of_a_day_whose_fee_an_earlier_night_has_charged_it_begins_on_that_day(self):
        """Fees are corrected: asked on 20 October for 1 November, a billing date, it takes the small plan's place."""
        made = one("change_plan", effective=NOV1, number=PHONE, plan_code="mobile_large")
        assert made.subscriptions.sort("service_from").rows() == [
            (7, 5, "mobile_large", NOV1, None, 1),
        ]

    def test_a_later_change_gives_way_to_an_earlier_one(self):
        made = apply(
            ask("change_plan", DEC1, "a", number=PHONE, plan_code="mobile_large"),
            ask("change_plan", NOV20, "b", 2, number=PHONE, plan_code="mobile_large"),
            into=standing(),
        )
        assert made.subscriptions.sort("service_from").rows() == [
            (7, 5, "mobile_small", NOV1, NOV20, 1),
            (7, 5, "mobile_large", NOV20, None, 1),
        ]
        assert made.changes[tables.SUBSCRIPTION][1].rows() == [(7, DEC1)]

    def test_a_change_to_another_service_and_to_an_unknown_plan_is_refused(self):
        assert outcomes(one("change_plan", number=PHONE, plan_code="broadband_100")) == {"q": "NOT_ALLOWED"}
        assert outcomes(one("change_plan", number=PHONE, plan_code="gold")) == {"q": "UNKNOWN_PLAN"}
        assert outcomes(one("change_plan", number=PHONE, plan_code="mobile_small")) == {"q": "ALREADY_SO"}

    def test_the_terms_of_the_day_of_sale_decide_and_the_refusal_names_the_day(self):
        terms = [TERM | {"binding_months": 12, "change_in_binding": "refused"}]
        made = apply(
            request("s"), ask("downgrade", NOV20, number=PHONE, plan_code="mobile_large"), into=register(terms=terms)
        )
        assert outcomes(made) == {"s": "applied", "q": "TOO_EARLY"}
        assert "2027-11-01" in made.outcomes.filter(request_id="q")["reason_text"][0]
        assert made.contracts.select("binding_to").rows() == [(date(2027, 11, 1),)]

    def test_leaving_early_costs_what_the_contract_says(self):
        """Bound to 1 November 2027, leaving 1 December 2026: 11 months are left, of 50.00 each."""
        fee = {
            "binding_months": 12,
            "fee_basis": "remaining_months",
            "termination_fee": Decimal(50),
            "fee_article_no": PAID_ART,
        }
        made = apply(request("s"), cancel("q"), into=register(terms=[TERM | fee]))
        assert [(c.fee.article_no, c.fee.amount_ex_vat, c.on) for c in made.register.fees] == [(PAID_ART, 550, DEC1)]

    def test_an_end_brought_forward_costs_what_is_added(self):
        """Bound to 1 November 2027: 11 months of 50.00 from 1 December, one more from 20 November."""
        fee = {
            "binding_months": 12,
            "fee_basis": "remaining_months",
            "termination_fee": Decimal(50),
            "fee_article_no": PAID_ART,
        }
        made = apply(
            request("s"), cancel("a"), cancel("b", effective=NOV20, minute=2), into=register(terms=[TERM | fee])
        )
        assert [(c.fee.amount_ex_vat, c.on) for c in made.register.fees] == [(550, DEC1), (50, NOV20)]

    def test_an_end_that_is_set_is_not_put_off_by_the_notice_of_another(self):
        """Asked on 20 October for 1 November, notice 30 days: 19 November, after the 10th that is set."""
        made = one("cancel", standing(until=date(2026, 11, 10), terms=[TERM | {"notice_days": 30}]), NOV1, number=PHONE)
        assert outcomes(made) == {"q": "BEFORE_ACTIVATION"}
        into = standing(until=date(2026, 11, 10), terms=[TERM | {"notice_days": 30}])
        made = one("cancel", into, date(2026, 11, 5), number=PHONE)
        assert outcomes(made) == {"q": "ALREADY_SO"}
        assert made.notices.is_empty()

    def test_an_end_within_a_day_leaves_that_day_to_the_service(self):
        """Its calls until noon have a plan; the number is free from noon."""
        noon = midnight(NOV20) + timedelta(hours=12)
        made = apply(cancel("q", effective=NOV20) | {"effective_at": noon}, into=standing())
        assert made.subscriptions["service_to"].to_list() == [date(2026, 11, 21)]
        assert made.numbers["owned_to"].to_list() == [noon, noon]

    def test_notice_moves_the_end(self):
        """Asked on 20 October for 1 November, notice 30 days: 19 November."""
        made = apply(
            request("s", effective=date(2026, 10, 1)),
            cancel("q", effective=NOV1),
            into=register(terms=[TERM | {"notice_days": 30}]),
        )
        ends = date(2026, 11, 19)
        assert made.subscriptions["service_to"].to_list() == [ends]
        assert made.numbers["owned_to"].to_list() == [midnight(ends)]

    def test_a_booster_is_an_allowance_of_one_subscription_with_its_fee(self):
        booster = {
            "allowance_code": "b1",
            "allowance_name": "1 GB",
            "order_fee": Decimal(49),
            "fee_article_no": PAID_ART,
            "order_days": 30,
        }
        into = standing(allowances={"b1": booster})
        made = one("order", into, number=PHONE, product="booster", allowance_code="b1")
        row = ("b1", "subscription", "7", NOV20, date(2026, 12, 20), "q")
        assert made.changes[tables.ALLOWANCE_ORDER][0].rows() == [row]
        assert [c.fee.amount_ex_vat for c in made.register.fees] == [49]
        assert outcomes(one("order", standing(), number=PHONE, product="booster", allowance_code="b2")) == {
            "q": "UNKNOWN_PLAN"
        }

    @pytest.mark.parametrize("more", [{"plan_code": "mobile_large"}, {"numbers": [OTHER]}])
    def test_a_booster_with_a_plan_or_numbers_is_refused_for_they_would_be_passed_over(self, more):
        made = one("order", number=PHONE, product="booster", allowance_code="min100", **more)
        assert outcomes(made) == {"q": "BAD_REQUEST"}
        assert "a booster has no plan_code and no numbers of its own" in reason(made)

    def test_a_subscription_with_an_allowance_is_two_orders(self):
        made = one("order", number=PHONE, plan_code="mobile_small", allowance_code="min100")
        assert outcomes(made) == {"q": "BAD_REQUEST"}

    def test_an_order_adds_a_subscription_to_the_account(self):
        made = one("order", account_id=5, plan_code="broadband_100")
        assert made.subscriptions.rows() == [(500_001, 5, "broadband_100", NOV20, None, 1)]


TERM = {"product_group": "*", "plan_code": "*", "customer_category": "*"} | {
    name: getattr(Terms(), name) for name in Terms.__dataclass_fields__
}


class TestNumbers:
    AT = datetime.fromisoformat("2026-11-20T12:00:00+01:00")

    def test_a_number_moves_to_another_customer_at_a_moment_and_periods_meet(self):
        gone = ask("remove_number", number=OTHER) | {"effective_at": self.AT}
        taken = ask("sign_up", request_id="s", minute=2) | {
            "effective_at": self.AT,
            "payload": json.dumps(SIGN_UP | {"subscriptions": [{"plan_code": "mobile_small", "numbers": [OTHER]}]}),
        }
        made = apply(gone, taken, into=standing())
        assert outcomes(made) == {"q": "applied", "s": "applied"}
        assert made.numbers.sort("owned_from").rows() == [
            (OTHER, 7, midnight(NOV1), self.AT),
            (OTHER, 500_001, self.AT, None),
        ]

    def test_a_number_that_comes_to_a_cancelled_subscription_leaves_with_it(self):
        """Held for ever by a subscription that has ended, it could never be given to anybody else."""
        made = apply(
            cancel("c"),
            ask("add_number", request_id="n", minute=2, number=PHONE, new_number="46701740609"),
            into=standing(),
        )
        assert made.numbers.filter(a_number="46701740609")["owned_to"].to_list() == [midnight(DEC1)]

    def test_a_number_that_somebody_holds_cannot_be_added_or_ported_in(self):
        into = standing()
        assert outcomes(one("add_number", into, number=PHONE, new_number=OTHER)) == {"q": "NUMBER_IN_USE"}
        ported = one("port", number=PHONE, direction="in", ported_number=OTHER, other_operator="X")
        assert outcomes(ported) == {"q": "NUMBER_IN_USE"}

    def test_a_number_of_somebody_else_cannot_be_ported_out(self):
        made = one("port", number=PHONE, direction="out", ported_number="46701740699", other_operator="X")
        assert outcomes(made) == {"q": "NOT_OWNER"}

    def test_a_ported_number_comes_and_goes(self):
        new = "46701740699"
        made = one("port", number=PHONE, direction="in", ported_number=new, other_operator="X")
        assert made.numbers.rows() == [(new, 7, midnight(NOV20), None)]
        made = one("port", number=PHONE, direction="out", ported_number=OTHER, other_operator="X")
        assert made.numbers.rows() == [(OTHER, 7, midnight(NOV1), midnight(NOV20))]


class TestBlocks:
    def test_a_block_and_its_end_leave_what_was(self):
        made = apply(
            ask("block", request_id="a", number=PHONE, reason="fraud"),
            ask("unblock", request_id="b", minute=2, number=PHONE),
            into=standing(),
        )
        assert outcomes(made) == {"a": "applied", "b": "applied"}
        assert made.blocks.select("block_id", "block_reason", "block_cause", "blocked_on", "unblocked_on").rows() == [
            (f"request:{PHONE}:1", "fraud", "request", made.register.rules.on, made.register.rules.on)
        ]

    def test_an_account_is_blocked_with_all_its_numbers_once(self):
        made = apply(
            ask("block", request_id="a", account_id=5, reason="customer", barred="abroad"),
            ask("block", request_id="b", minute=2, number=OTHER, reason="customer", barred="abroad"),
            into=standing(),
        )
        assert outcomes(made) == {"a": "applied", "b": "ALREADY_SO"}
        assert made.blocks["a_number"].to_list() == [PHONE, OTHER]

    def test_a_subscription_without_a_number_is_blocked_itself_and_free_again(self):
        """Its line has its id after a 0, as in orders to the network."""
        made = one("block", into=broadband(), subscription_id=8, reason="fraud")
        assert made.blocks.select("a_number", "subscription_id", "barred").rows() == [("08", 8, "all")]
        again = apply(
            ask("block", request_id="a", subscription_id=8, reason="fraud"),
            ask("block", request_id="b", minute=2, subscription_id=8, reason="fraud"),
            ask("unblock", request_id="c", minute=3, account_id=5),
            into=broadband(),
        )
        assert outcomes(again) == {"a": "applied", "b": "ALREADY_SO", "c": "applied"}
        assert again.blocks["unblocked_on"].to_list() == [ON]

    def test_of_an_account_every_line_is_blocked_but_only_numbers_from_premium_calls(self):
        def barred(services):
            made = one("block", into=broadband(), account_id=5, reason="customer", barred=services)
            return sorted(made.blocks["a_number"])

        assert barred("all") == ["08", PHONE]
        assert barred("premium") == [PHONE]
        assert outcomes(one("block", into=broadband(), subscription_id=8, reason="customer", barred="abroad")) == {
            "q": "NOT_ALLOWED"
        }

    def test_nothing_by_request_stands_so_nothing_is_lifted(self):
        assert outcomes(one("unblock", number=PHONE)) == {"q": "ALREADY_SO"}

    def test_what_has_no_day_of_its_own_waits_for_its_day(self):
        made = one("block", effective=NOV23, number=PHONE, reason="customer")
        assert made.outcomes.is_empty()
        assert made.blocks.is_empty()
        bad = one("block", effective=NOV23, number=PHONE, reason="bored")
        assert outcomes(bad) == {"q": "BAD_REQUEST"}


def test_what_waited_for_its_day_is_applied_in_the_order_of_the_days_by_a_night_that_catches_up():
    """Lifted on the 22nd, as was asked first; blocked on the 20th."""
    made = apply(
        ask("unblock", date(2026, 11, 22), "a", number=PHONE),
        ask("block", NOV20, "b", 2, number=PHONE, reason="customer"),
        into=standing(),
    )
    assert outcomes(made) == {"a": "applied", "b": "applied"}
    assert made.blocks["unblocked_on"].null_count() == 0


class TestContradictions:
    def test_two_at_one_instant_about_one_subject_are_both_refused_and_name_each_other(self):
        made = apply(
            ask("block", request_id="a", number=PHONE, reason="fraud"),
            ask("unblock", request_id="b", number=PHONE),
            ask("note", request_id="c", number=PHONE, text="x"),
            into=standing(),
        )
        assert outcomes(made) == {"a": "CONTRADICTION", "b": "CONTRADICTION", "c": "applied"}
        assert "as b was" in made.outcomes.filter(request_id="a")["reason_text"][0]

    def test_one_that_came_a_night_later_is_refused_alone(self):
        first = ask("change_plan", request_id="a", number=PHONE, plan_code="mobile_large")
        made = apply(ask("cancel", request_id="b", number=PHONE), into=standing(), earlier=[first])
        assert outcomes(made) == {"b": "CONTRADICTION"}

    def test_another_instant_or_another_subject_is_no_contradiction(self):
        made = apply(
            ask("block", request_id="a", number=PHONE, reason="fraud"),
            ask("block", request_id="b", number=OTHER, reason="customer"),
            ask("unblock", request_id="c", minute=2, number=PHONE),
            into=standing(),
        )
        assert set(outcomes(made).values()) == {"applied"}

    @pytest.mark.parametrize(
        ("one_way", "other_way"),
        [
            (("upgrade", {"number": PHONE, "plan_code": "mobile_large"}), ("cancel", {"subscription_id": 7})),
            (("cancel", {"number": OTHER}), ("downgrade", {"number": PHONE, "plan_code": "mobile_large"})),
            (("block", {"account_id": 5, "reason": "fraud"}), ("unblock", {"number": PHONE})),
            (("block", {"subscription_id": 7, "reason": "fraud"}), ("unblock", {"account_id": 5})),
            (("move", {"number": PHONE, "city": "Ort"}), ("update_details", {"customer_id": 3, "city": "Älviken"})),
            (("set_credit_limit", {"account_id": 5, "amount": "1", "reason": "x"}),
             ("set_credit_limit", {"subscription_id": 7, "amount": "2", "reason": "x"})),
        ],
    )  # fmt: skip
    def test_a_subject_is_the_same_however_it_is_named(self, one_way, other_way):
        asked = [
            ask(kind, request_id=name, **said) for name, (kind, said) in zip("ab", (one_way, other_way), strict=True)
        ]
        assert outcomes(apply(*asked, into=standing())) == {"a": "CONTRADICTION", "b": "CONTRADICTION"}

    def test_the_same_said_of_it_in_two_ways_is_no_contradiction(self):
        made = apply(
            ask("cancel", DEC1, request_id="a", number=PHONE),
            ask("cancel", DEC1, request_id="b", subscription_id=7),
            into=standing(),
        )
        assert outcomes(made) == {"a": "applied", "b": "ALREADY_SO"}

    def test_a_number_that_moved_before_that_instant_is_its_new_holders(self):
        """Given back and taken over a minute earlier: what is asked of the number is not asked of its old holder."""
        made = apply(
            ask("remove_number", NOV20, "a", 1, number=PHONE),
            ask("add_number", NOV20, "b", 2, subscription_id=8, new_number=PHONE),
            ask("cancel", DEC1, "c", 3, number=PHONE),
            ask("upgrade", DEC1, "d", 3, subscription_id=7, plan_code="mobile_large"),
            into=register(
                held=[(PHONE, 7, midnight(NOV1), None)],
                subscriptions=[(7, 5, "mobile_small", NOV1, None), (8, 6, "mobile_small", NOV1, None)],
                customers={5: 3, 6: 4},
            ),
        )
        assert set(outcomes(made).values()) == {"applied"}

    def test_what_stands_beside_the_subject_is_none_and_ids_of_two_kinds_never_meet(self):
        made = apply(
            ask("remove_number", request_id="a", number=PHONE, subscription_id=7),
            ask("remove_number", request_id="b", number=OTHER, subscription_id=7),
            ask("set_preference", request_id="c", account_id=5, preference="consent_sms", value="yes"),
            ask("set_preference", request_id="d", customer_id=5, preference="consent_sms", value="no"),
            into=standing(),
        )
        assert outcomes(made) == {"a": "applied", "b": "applied", "c": "applied", "d": "UNKNOWN_CUSTOMER"}


def proven_plans(monkeypatch):
    """Broadband is sold to proven people only."""
    monkeypatch.setitem(PLANS, "broadband_100", PLANS["broadband_100"] | {"identity_required": True})


def passport(request_id, minute, **named):
    """A passport that somebody has checked."""
    document = {"kind": "passport", "number_hash": "a" * 64, "issuer": "Polisen", "valid_until": "2030-01-01"}
    return request(request_id, document | {"checked_by": "anna"} | named, "identity", NOV20, minute)


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


def test_a_spend_limit_is_set_and_removed():
    made = one("set_spend_limit", number=PHONE, amount="300", barred="premium")
    assert made.changes[tables.SPEND_CHOICE][0].rows() == [
        (7, "month", Decimal(300), "premium", made.register.rules.on, "q")
    ]
    assert outcomes(one("set_spend_limit", number=PHONE)) == {"q": "ALREADY_SO"}
    both = apply(
        ask("set_spend_limit", request_id="a", number=PHONE, amount="300"),
        ask("set_spend_limit", request_id="b", minute=2, number=PHONE),
        into=standing(),
    )
    assert both.changes[tables.SPEND_CHOICE][0].is_empty()


def test_a_top_up_is_kept_once_and_an_automatic_order_is_answered_with_its_own_amount():
    made = one("top_up", number=PHONE, amount="100")
    assert made.changes[tables.TOP_UP][0].select("top_up_id", "amount", "paid_on").rows() == [
        ("q", 100, made.register.rules.on)
    ]
    ordered = {
        "top_up_id": "5:1",
        "account_id": 5,
        "top_up_kind": "automatic",
        "amount": Decimal(200),
        "currency": "SEK",
        "ordered_on": NOV20,
        "paid_on": None,
        "request_id": None,
    }

    def answer(**payload):
        return one("top_up", standing_with(ordered), number=PHONE, **payload)

    assert outcomes(answer(amount="100", top_up_id="5:1")) == {"q": "BAD_REQUEST"}
    assert outcomes(answer(amount="200", top_up_id="5:2")) == {"q": "NOT_OWNER"}
    assert outcomes(answer(amount="200", request_id="5:1")) == {"5:1": "BAD_REQUEST"}
    assert answer(amount="200", top_up_id="5:1").changes[tables.TOP_UP][0]["paid_on"].to_list() == [
        made.register.rules.on
    ]


def standing_with(top_up):
    into = standing()
    into[tables.TOP_UP].put(top_up)
    return into


def test_details_and_preferences_change_customer_and_account():
    made = one("move", number=PHONE, street="Hamngatan 2", postcode="99902", city="Ort")
    assert made.customers.select("street", "postcode").rows() == [("Hamngatan 2", "99902")]
    made = one("set_preference", customer_id=3, preference="delivery_channel", value="paper")
    assert made.accounts["delivery_channel"].to_list() == ["paper"]
    made = one("set_preference", customer_id=3, preference="language", value="en")
    assert made.customers["language"].to_list() == ["en"]
    into = standing(languages=frozenset({"en", "sv"}))
    french = one("set_preference", into=into, customer_id=3, preference="language", value="fr")
    assert outcomes(french) == {"q": "BAD_REQUEST"}
    made = one("set_preference", number=PHONE, preference="content_control", value="adult")
    assert made.changes[tables.PREFERENCE][0].select("preference_of", "preference_value").rows() == [
        ("subscription:7", "adult")
    ]
    assert outcomes(one("set_preference", customer_id=3, preference="delivery_channel", value="pigeon")) == {
        "q": "BAD_REQUEST"
    }


def test_a_dispute_is_of_an_invoice_of_its_own():
    assert outcomes(one("dispute", standing(invoices={9: 3}), customer_id=3, invoice_no=9, text="no")) == {
        "q": "applied"
    }
    assert outcomes(one("dispute", standing(invoices={9: 4}), customer_id=3, invoice_no=9, text="no")) == {
        "q": "NOT_OWNER"
    }
    assert outcomes(one("dispute", customer_id=3, invoice_no=9, text="no")) == {"q": "UNKNOWN_CUSTOMER"}


def test_a_credit_limit_changes_with_its_history():
    made = one("set_credit_limit", account_id=5, amount="2000", reason="good payer")
    assert made.accounts["credit_limit"].to_list() == [Decimal(2000)]
    assert made.changes[tables.CREDIT_CHANGE][0].select("change_no", "old_limit", "credit_limit").rows() == [
        (1, 1000, 2000)
    ]


MONTHLY = Decimal(99)
BOUND = {"binding_months": 24, "fee_basis": "remaining_months", "termination_fee": MONTHLY, "fee_article_no": PAID_ART}
DOWN = {"from_plan": "mobile_small", "to_plan": "mobile_large", "change_kind": "downgrade"}


class TestWhatGivesWay:
    """A change that is to come and gives way to another, or to the end, costs nothing."""

    def after(self, *more):
        terms = (TERM | BOUND | {"downgrade_when": "period_end"},)
        into = register(terms=terms, changes=(DOWN | {"change_fee": None, "fee_article_no": None},))
        down = ask("downgrade", NOV20, "d", number=PHONE, plan_code="mobile_large")
        return apply(request("s"), down, *more, into=into)

    def test_a_downgrade_inside_the_binding_costs_its_months(self):
        """Bound to November 2028, changed on 30 November 2026 at the end of the period: 24 months begun are left."""
        made = self.after()
        assert outcomes(made) == {"s": "applied", "d": "applied"}
        assert sum(each.fee.amount_ex_vat for each in made.register.fees) == 24 * MONTHLY

    def test_cancelled_before_its_day_only_the_end_is_charged(self):
        made = self.after(cancel("c", effective=date(2026, 11, 25), minute=3))
        assert outcomes(made)["c"] == "applied"
        assert [each.request_id for each in made.register.fees] == ["c"]
        assert made.register.withdrawn == [(500_001, date(2026, 11, 30))]

    def test_what_was_bought_for_that_day_is_paid_all_the_same(self):
        booster = {
            "allowance_code": "b1",
            "allowance_name": "1 GB",
            "order_fee": Decimal(49),
            "fee_article_no": PAID_ART,
        }
        last_day = date(2026, 11, 30)
        terms = (TERM | BOUND | {"downgrade_when": "period_end"},)
        changes = (DOWN | {"change_fee": None, "fee_article_no": None},)
        made = apply(
            request("s"),
            ask("downgrade", NOV20, "d", number=PHONE, plan_code="mobile_large"),
            ask("order", last_day, "o", 2, number=PHONE, product="booster", allowance_code="b1"),
            cancel("c", effective=DEC1, minute=3),
            into=register(terms=terms, changes=changes, allowances={"b1": booster}),
        )
        assert outcomes(made)["o"] == outcomes(made)["c"] == "applied"
        withdrawn = apply(ask("cancel", date(2026, 11, 25), "e", 4, number=PHONE), into=made.register).register.fees
        assert ("o", Decimal(49)) in [(each.request_id, each.fee.amount_ex_vat) for each in withdrawn]
        assert "d" not in [each.request_id for each in withdrawn]


def test_a_number_of_the_code_range_is_no_telephone_number():
    assert outcomes(one("add_number", number=PHONE, new_number="99912345678")) == {"q": "NOT_ALLOWED"}


def test_an_order_before_the_account_begins_is_refused():
    made = one("order", effective=date(2026, 10, 31), account_id=5, plan_code="broadband_100")
    assert outcomes(made) == {"q": "BEFORE_ACTIVATION"}
