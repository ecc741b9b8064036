"""Coupons redeemed, products bought, goodwill given and numbers ported: what each writes, and why one is refused."""

from datetime import date
from decimal import Decimal

import pytest
from test_request_application import NOV1, NOV20, OTHER, PHONE, POLICY, apply, midnight, outcomes, register, request

from schemas import tables

D = Decimal
COUPON = {
    "coupon_code": "TEN", "coupon_name": "Ten", "link_scope": "all", "link_to": "*", "term_scope": "account",
    "term_target": "all", "percent_off": D(10), "amount_off": None, "currency": None, "coupon_periods": 3,
    "redemption_limit": None, "article_no": "4001", "valid_from": NOV1, "valid_to": date(2026, 12, 1),
}  # fmt: skip
PHONE_A = {
    "product_code": "phone", "product_name": "Phone", "article_no": "3004", "product_price": D("5996.00"),
    "currency": "SEK", "most_instalments": 24,
}  # fmt: skip
REDEEMED = {
    "redemption_id": "TEN:account:9", "coupon_code": "TEN", "account_id": 9, "subscription_id": None,
    "term_target": "all", "percent_off": D(10), "amount_off": None, "coupon_periods": 3, "article_no": "4001",
    "redeemed_on": NOV1, "request_id": "r-9",
}  # fmt: skip


def policy(**billing):
    return POLICY.model_copy(update={"billing": POLICY.billing.model_copy(update=billing)})


def standing(coupon=None, **more):
    """Subscription 7 (mobile_small) of account 5, customer 3 (private), with a number since 1 November."""
    return register(
        held=[(PHONE, 7, midnight(NOV1), None)],
        subscriptions=[(7, 5, "mobile_small", NOV1, None)],
        customers={5: 3},
        coupons={"TEN": COUPON | (coupon or {})},
        products={"phone": PHONE_A},
        articles=frozenset({"3004", "4001"}),
        **more,
    )


def one(kind, into=None, effective=NOV20, **payload):
    return apply(request("q", payload, kind, effective, 1), into=into or standing())


class TestCoupons:
    def test_what_was_promised_is_kept_with_the_redemption(self):
        made = one("redeem_coupon", number=PHONE, coupon_code="TEN").changes[tables.COUPON_REDEMPTION][0]
        wanted = {"redemption_id": "TEN:account:5", "account_id": 5, "redeemed_on": NOV20, "request_id": "q"}
        assert made.to_dicts() == [REDEEMED | wanted]

    @pytest.mark.parametrize(
        ("coupon", "code"),
        [
            ({"coupon_code": "TEN"}, "applied"),
            ({"valid_from": date(2026, 11, 21)}, "COUPON_NOT_VALID"),
            ({"valid_to": NOV20}, "COUPON_NOT_VALID"),
            ({"currency": "EUR"}, "NOT_ALLOWED"),
            ({"link_scope": "plan", "link_to": "mobile_large"}, "NOT_ALLOWED"),
            ({"link_scope": "plan", "link_to": "mobile_small"}, "applied"),
            ({"link_scope": "group", "link_to": "loyal"}, "NOT_ALLOWED"),
            ({"link_scope": "group", "link_to": "private"}, "applied"),
            ({"redemption_limit": 1}, "COUPON_USED_UP"),
            ({"redemption_limit": 2}, "applied"),
        ],
    )
    def test_it_is_refused_outside_its_dates_for_others_and_when_used_up(self, coupon, code):
        into = standing(coupon, known={"coupon_redemption": [REDEEMED]})
        assert outcomes(one("redeem_coupon", into, number=PHONE, coupon_code="TEN")) == {"q": code}

    def test_it_is_redeemed_once_and_an_unknown_one_never(self):
        twice = [request(name, {"number": PHONE, "coupon_code": "TEN"}, "redeem_coupon", NOV20, n)
                 for n, name in enumerate("ab")]  # fmt: skip
        assert outcomes(apply(*twice, into=standing())) == {"a": "applied", "b": "ALREADY_SO"}
        assert outcomes(one("redeem_coupon", number=PHONE, coupon_code="ELEVEN")) == {"q": "UNKNOWN_COUPON"}

    def test_the_last_one_is_given_once_in_one_night(self):
        into = standing({"redemption_limit": 1, "term_scope": "subscription"})
        asked = [request("a", {"number": PHONE, "coupon_code": "TEN"}, "redeem_coupon", NOV20, 1),
                 request("b", {"account_id": 5, "coupon_code": "TEN"}, "redeem_coupon", NOV20, 2)]  # fmt: skip
        assert outcomes(apply(*asked, into=into)) == {"a": "applied", "b": "BAD_REQUEST"}

    def test_a_customer_in_a_group_by_date_is_not_in_its_category(self):
        groups = {3: [{"customer_id": 3, "customer_group": "loyal", "valid_from": NOV1, "valid_to": None}]}
        into = standing({"link_scope": "group", "link_to": "loyal"}, groups=groups)
        assert outcomes(one("redeem_coupon", into, number=PHONE, coupon_code="TEN")) == {"q": "applied"}


def charged(made):
    return [(each.fee.what, each.fee.article_no, each.fee.amount_ex_vat, each.subscription_id, each.on)
            for each in made.register.fees]  # fmt: skip


class TestProducts:
    def test_each_piece_is_charged_at_once(self):
        made = one("order", account_id=5, product="equipment", product_code="phone", quantity=2)
        price = D("5996.00")
        assert charged(made) == [("product_1", "3004", price, None, NOV20), ("product_2", "3004", price, None, NOV20)]

    def test_an_account_in_another_currency_cannot_buy_it(self):
        into = standing()
        into[tables.ACCOUNT].put(into[tables.ACCOUNT].get(5) | {"currency": "EUR"})
        wanted = {"account_id": 5, "product": "equipment", "product_code": "phone"}
        assert outcomes(one("order", into, **wanted)) == {"q": "NOT_ALLOWED"}

    def test_instalments_are_a_plan_and_no_charge_yet(self):
        made = one("order", number=PHONE, product="equipment", product_code="phone", quantity=2, instalments=24)
        assert charged(made) == []
        assert made.changes[tables.INSTALMENT_PLAN][0].rows() == [
            ("q", 5, 7, "phone", "3004", 2, D("11992.00"), "SEK", 24, NOV20)
        ]

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({"product_code": "tablet"}, "UNKNOWN_PRODUCT"),
            ({"product_code": "phone", "instalments": 25}, "NOT_ALLOWED"),
        ],
    )
    def test_it_is_refused_when_unknown_or_in_too_many_parts(self, wanted, code):
        assert outcomes(one("order", number=PHONE, product="equipment", **wanted)) == {"q": code}

    @pytest.mark.parametrize(("direction", "number"), [("in", OTHER), ("out", PHONE)])
    def test_a_ported_number_costs_the_product_that_the_policy_names(self, direction, number):
        wanted = {
            "subscription_id": 7,
            "direction": direction,
            "ported_number": number,
            "other_operator": "Telebolaget",
        }
        assert charged(one("port", **wanted)) == []
        into = standing(policy=policy(**{f"port_{direction}_product": "phone"}))
        assert charged(one("port", into, **wanted)) == [("porting", "3004", D("5996.00"), 7, NOV20)]


GOODWILL = {"account_id": 5, "article_no": "4001", "reason": "Waited an hour"}


class TestGoodwill:
    def test_it_is_a_charge_below_nothing_up_to_the_ceiling(self):
        into = standing(policy=policy(goodwill_ceiling=D(100)))
        made = one("goodwill", into, amount="100.00", **GOODWILL)
        assert charged(made) == [("goodwill", "4001", D("-100.00"), None, NOV20)]

    @pytest.mark.parametrize(
        ("wanted", "code"),
        [
            ({"amount": "100.01"}, "ABOVE_CEILING"),
            ({"amount": "1", "article_no": "9"}, "UNKNOWN_PRODUCT"),
            ({"amount": "1", "invoice_no": 8}, "UNKNOWN_CUSTOMER"),
            ({"amount": "1", "invoice_no": 9}, "NOT_OWNER"),
            ({"amount": "1", "invoice_no": 10}, "applied"),
        ],
    )
    def test_it_is_refused_above_it_and_for_what_does_not_exist(self, wanted, code):
        into = standing(policy=policy(goodwill_ceiling=D(100)), invoices={9: 4, 10: 3})
        assert outcomes(one("goodwill", into, **GOODWILL | wanted)) == {"q": code}
