"""What requests about plans and contracts do to the register, and why one is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from standing_customer import PAID_ART, TERM, ask, one, standing
from test_request_application import (
    DEC1,
    NOV1,
    NOV20,
    OTHER,
    PHONE,
    PLANS,
    apply,
    cancel,
    changed,
    midnight,
    outcomes,
    reason,
    register,
    request,
)

from schemas import tables

MONTHLY = Decimal(99)
BOUND = {"binding_months": 24, "fee_basis": "remaining_months", "termination_fee": MONTHLY, "fee_article_no": PAID_ART}
DOWN = {"from_plan": "mobile_small", "to_plan": "mobile_large", "change_kind": "downgrade"}


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


def test_an_order_before_the_account_begins_is_refused():
    made = one("order", effective=date(2026, 10, 31), account_id=5, plan_code="broadband_100")
    assert outcomes(made) == {"q": "BEFORE_ACTIVATION"}
