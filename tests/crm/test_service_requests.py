"""What requests about numbers and blocks do to the register, whose they are, and what contradicts what."""

import json
from datetime import date, datetime

import pytest
from standing_customer import ask, broadband, one, standing
from test_request_application import (
    DEC1,
    NOV1,
    NOV20,
    ON,
    OTHER,
    PHONE,
    SIGN_UP,
    apply,
    cancel,
    midnight,
    outcomes,
    register,
)

NOV23 = date(2026, 11, 23)


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


def test_a_number_of_the_code_range_is_no_telephone_number():
    assert outcomes(one("add_number", number=PHONE, new_number="99912345678")) == {"q": "NOT_ALLOWED"}


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
