"""Terms of a billing period: what each adds, in which order, over which VAT classes, and for whom."""

from datetime import date

import polars as pl
import pytest
from period_term_rows import (
    DEC1,
    NOV1,
    D,
    account,
    amounts,
    charge,
    commitment,
    customer,
    made,
    rebate,
    redeemed,
    subscription,
)

from invoicing.period_terms import coupon_uses
from schemas import tables

FEE, CALLS = charge("f", "100", "recurring"), charge("u", "300")


def totals(got):
    """The sum of each kind, in the order of the steps."""
    sums = dict(got.charges.group_by("charge_kind").agg(pl.col("amount_ex_vat").sum()).iter_rows())
    kinds = ("rebate", "coupon", "cap", "commitment")
    return [f"{kind} {sums[kind].quantize(D('0.01'))}" for kind in kinds if kind in sums]


class TestOrder:
    def test_rebate_then_percent_then_amount_then_maximum_then_minimum(self):
        """1000 of usage, 200 of fees: 10 % of 1000 is 100; 20 % of 1100 is 220; 80 off 880; 800 to 700; 700 to 900."""
        got = made(
            charge("u", "1000"),
            charge("f", "200", "recurring"),
            rebates=rebate(("0", "10")),
            coupons=[redeemed("a", amount="80"), redeemed("b", percent="20")],
            commitments=[commitment("least", least="900"), commitment("most", most="700")],
        )
        assert totals(got) == ["rebate -100.00", "coupon -300.00", "cap -100.00", "commitment 200.00"]

    def test_percentages_follow_one_another_as_they_were_redeemed(self):
        """10 % of 400 is 40, then 50 % of 360 is 180."""
        got = made(FEE, CALLS, coupons=[redeemed("b", percent="50", on=date(2026, 11, 2)), redeemed("a", percent="10")])
        assert amounts(got) == ["coupon -40.00", "coupon -180.00"]

    def test_subscriptions_come_before_their_account(self):
        """Subscription 11: 300 to 250. The account: 250 + 100 to 200."""
        caps = [commitment("one", most="250", scope="subscription"), commitment("all", most="200")]
        got = made(charge("f", "100", "one_off", of=None), CALLS, commitments=caps)
        assert totals(got) == ["cap -200.00"]
        assert got.charges.filter(pl.col("subscription_id") == 11)["amount_ex_vat"].to_list() == [D("-50.000000")]


class TestRebates:
    TIERS = (("0", "0"), ("1000", "5"), ("5000", "10"))

    @pytest.mark.parametrize(
        ("used", "graduated", "volume"),
        [
            ("999.99", [], []),
            ("1000", [], ["rebate -50.00"]),
            ("6000", ["rebate -300.00"], ["rebate -600.00"]),  # 4000 x 5 % + 1000 x 10 %; 6000 x 10 %
            ("-5", [], []),
        ],
    )
    def test_graduated_takes_each_part_at_its_tier_and_volume_all_at_the_tier_reached(self, used, graduated, volume):
        assert amounts(made(charge("u", used), rebates=rebate(*self.TIERS))) == graduated
        assert amounts(made(charge("u", used), rebates=rebate(*self.TIERS, mode="volume"))) == volume

    def test_fees_do_not_count(self):
        got = made(FEE, charge("u", "1000"), rebates=rebate(*self.TIERS, mode="volume"))
        assert amounts(got) == ["rebate -50.00"]

    def test_what_was_invoiced_within_the_period_counts_but_no_more_is_given_back_than_is_due(self):
        """6000 in all, of it 40 due: 600 would be the rebate."""
        got = made(
            charge("u", "40"), earlier=[charge("e", "5960")], rebates=rebate(*self.TIERS, mode="volume")
        )  # fmt: skip
        assert amounts(got) == ["rebate -40.00"]


class TestCoupons:
    def test_an_amount_goes_down_to_nothing_and_never_below(self):
        assert amounts(made(FEE, coupons=[redeemed(amount="150")])) == ["coupon -100.00"]
        assert amounts(made(coupons=[redeemed(amount="150")])) == []

    def test_what_is_given_back_leaves_less_to_reduce(self):
        """300 of usage less 260 of goodwill: 40 are left of the account, whatever the coupon is for."""
        given = charge("g", "-260", "one_off")
        assert amounts(made(CALLS, given, coupons=[redeemed(amount="100", target="usage")])) == ["coupon -40.00"]
        assert amounts(made(CALLS, given, coupons=[redeemed(percent="20", target="usage")])) == ["coupon -40.00"]

    @pytest.mark.parametrize(
        ("target", "off"), [("usage", "-30.00"), ("recurring", "-10.00"), ("service", "-40.00"), ("all", "-90.00")]
    )
    def test_it_reduces_what_it_is_for(self, target, off):
        got = made(FEE, CALLS, charge("o", "500", "one_off"), coupons=[redeemed(percent="10", target=target)])
        assert totals(got) == [f"coupon {off}"]

    def test_one_of_a_subscription_leaves_others_alone(self):
        got = made(CALLS, charge("v", "50", of=12), coupons=[redeemed(amount="400", of=12)])
        assert got.charges.select("subscription_id", "amount_ex_vat").rows() == [(12, D("-50.000000"))]

    def test_its_invoices_are_counted_and_one_that_gave_nothing_is_no_use_of_it(self):
        assert amounts(made(FEE, coupons=[redeemed(amount="10", periods=3, used=2)])) == ["coupon -10.00"]
        assert amounts(made(FEE, coupons=[redeemed(amount="10", periods=3, used=3)])) == []
        got = made(FEE, coupons=[redeemed("a", amount="100"), redeemed("b", amount="10")])
        billed = got.charges.select("charge_id").with_columns(invoice_no=pl.lit(7, pl.Int64))
        uses = coupon_uses(got, billed)
        assert tables.COUPON_USE.conform(uses).select("coupon_code", "invoice_no", "used_amount").rows() == [
            ("a", 7, D("100.00"))
        ]
        assert coupon_uses(got, billed.clear()).is_empty()

    def test_it_holds_from_its_day(self):
        assert amounts(made(FEE, coupons=[redeemed(amount="10", on=DEC1)])) == ["coupon -10.00"]
        assert amounts(made(FEE, coupons=[redeemed(amount="10", on=date(2026, 12, 2))])) == []


class TestBounds:
    def test_a_maximum_and_a_minimum_hold_to_the_oere_of_the_rounded_lines(self):
        """Three lines of 33.335 are invoiced as 33.34 each: 100.02, not 100.005."""
        lines = [charge(str(n), "33.335", article=f"100{n}") for n in range(3)]
        assert amounts(made(*lines, commitments=[commitment(most="100")])) == ["cap -0.02"]
        assert amounts(made(*lines, commitments=[commitment(least="100.02")])) == []

    def test_a_minimum_is_due_without_any_charge(self):
        assert amounts(made(commitments=[commitment(least="500")])) == ["commitment 500.00"]

    def test_the_top_up_has_vat_class_and_account_of_its_own_article(self):
        row = made(CALLS, commitments=[commitment(least="500")]).charges.row(0, named=True)
        assert (row["article_no"], row["vat_class"], row["revenue_account"]) == ("4002", "standard", "3731")
        assert (row["subscription_id"], row["service_from"], row["service_to"]) == (None, NOV1, DEC1)

    @pytest.mark.parametrize(
        ("since", "until", "least"),
        [
            (date(2026, 11, 16), None, "150.00"),  # 15 of 30 days
            (date(2026, 11, 30), None, "10.00"),  # 1 of 30
            (date(2026, 1, 1), date(2026, 11, 11), "100.00"),  # 10 of 30
            (DEC1, None, None),  # not begun
            (date(2026, 1, 1), NOV1, None),  # ended before
        ],
    )
    def test_a_part_of_the_period_counts_by_days_of_service(self, since, until, least):
        got = made(subscriptions=[subscription(since=since, until=until)], commitments=[commitment(least="300")])
        assert amounts(got) == ([f"commitment {least}"] if least else [])

    def test_an_invoice_of_two_periods_owes_the_minimum_of_both(self):
        assert amounts(made(commitments=[commitment(least="300")], billed_to=date(2026, 10, 1))) == [
            "commitment 600.00"
        ]

    def test_the_first_invoice_begins_with_the_service(self):
        got = made(
            commitments=[commitment(least="300")], billed_to=None, subscriptions=[subscription(since=date(2026, 10, 1))]
        )
        assert amounts(got) == ["commitment 600.00"]

    def test_months_before_the_row_are_not_counted(self):
        row = commitment(least="300", valid_from=date(2026, 11, 20))
        assert amounts(made(commitments=[row], billed_to=date(2026, 9, 1))) == ["commitment 300.00"]

    def test_the_row_of_the_last_day_holds(self):
        old = commitment(least="100", valid_to=date(2026, 11, 30))
        new = commitment(least="200", valid_from=date(2026, 11, 30))
        assert amounts(made(commitments=[old, new])) == ["commitment 200.00"]
        assert amounts(made(commitments=[old])) == []

    def test_a_minimum_of_a_subscription_counts_for_that_of_the_account(self):
        least = [commitment("one", least="100", scope="subscription"), commitment("all", least="250")]
        held = [subscription(11), subscription(12)]
        assert amounts(made(subscriptions=held, commitments=least)) == [
            "commitment 50.00", "commitment 100.00", "commitment 100.00",
        ]  # fmt: skip

    def test_what_was_invoiced_within_the_period_counts(self):
        got = made(charge("u", "100"), earlier=[charge("e", "450")], commitments=[commitment(most="500")])
        assert amounts(got) == ["cap -50.00"]
        got = made(charge("u", "100"), earlier=[charge("e", "450")], commitments=[commitment(most="300")])
        assert amounts(got) == ["cap -100.00"]


class TestSharing:
    def test_a_reduction_is_shared_over_vat_classes_and_accounts_by_largest_remainder(self):
        """10.00 off 100, 100 and 100: 3.34, 3.33, 3.33."""
        parts = [
            charge("a", "100", vat="reduced", revenue="3001"), charge("b", "100", revenue="3001"),
            charge("c", "100", revenue="3041"),
        ]  # fmt: skip
        got = made(*parts, coupons=[redeemed(amount="10")])
        rows = got.charges.select("vat_class", "revenue_account", "amount_ex_vat").rows()
        assert rows == [
            ("reduced", "3001", D("-3.340000")),
            ("standard", "3001", D("-3.330000")),
            ("standard", "3041", D("-3.330000")),
        ]  # fmt: skip

    def test_charges_conform_and_have_names_that_a_rerun_gives_again(self):
        first, second = (made(FEE, CALLS, coupons=[redeemed(percent="10")]) for _ in range(2))
        assert tables.CHARGE.conform(first.charges.drop("billing_date")).equals(second.charges.drop("billing_date"))
        assert first.charges["charge_id"].to_list() == ["coupon:k:1:2026-12-01:standard:3041"]


class TestWhomATermIsFor:
    def test_the_most_special_row_holds(self):
        rows = [
            commitment(name, least=least, link=link, scope="subscription")
            for name, link, least in (
                ("a", "all", "1"), ("p", "plan:p", "2"), ("g", "group:corporate", "3"), ("c", "customer:1", "4"),
                ("s", "subscription:11", "5"),
            )
        ]  # fmt: skip
        held = [subscription(11)]
        taken = [amounts(made(subscriptions=held, commitments=rows[:n])) for n in range(1, 6)]
        assert taken == [[f"commitment {n}.00"] for n in range(1, 6)]

    def test_a_plan_s_minimum_of_the_account_takes_its_subscriptions_together(self):
        held = [subscription(11, plan="p"), subscription(12, plan="p"), subscription(13, plan="q")]
        used = [charge("a", "30"), charge("b", "30", of=12), charge("c", "900", of=13)]
        got = made(*used, subscriptions=held, commitments=[commitment(least="100", link="plan:p")])
        assert amounts(got) == ["commitment 40.00"]

    def test_a_group_by_date_takes_the_place_of_the_category(self):
        large = {"customer_id": 1, "customer_group": "large", "valid_from": date(2026, 11, 15), "valid_to": None}
        row = commitment(least="100", link="group:large")
        assert amounts(made(commitments=[row], groups=[large])) == ["commitment 100.00"]
        assert amounts(made(commitments=[row], groups=[large | {"valid_from": DEC1}])) == []
        assert amounts(made(commitments=[row], customers=[customer(category="private")])) == []

    def test_an_account_of_another_currency_is_not_meant(self):
        assert amounts(made(commitments=[commitment(least="100")], accounts=[account(currency="EUR")])) == []
