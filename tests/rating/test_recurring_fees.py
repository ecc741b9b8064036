"""Recurring fees: what they come to, and that only the difference to what is charged is booked."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.fee_differences import charged_fees
from rating.fee_terms import FeeRegister, FeeTerms, FeeWindow, suspended_spans
from rating.recurring_fees import recurring_charges
from schemas import tables

D = Decimal
SEP10, OCT1, OCT10, OCT15, NOV1 = (date(2026, 9, 10), *(date(2026, 10, n) for n in (1, 10, 15)), date(2026, 11, 1))
_PLAN = {
    "plan_name": "Plan", "service": "voice", "price_list": "list", "article_no": "2001", "currency": "SEK",
}  # fmt: skip
FEES = {"fee": 99, "large": 249, "free": 0}
ARTICLES = [
    {"article_no": no, "article_name": no, "vat_class": vat, "revenue_account": account}
    for no, vat, account in (("2001", "standard", "3011"), ("2005", "reduced", "3015"), ("2006", "standard", "3016"))
]
OFFER = {"offer_code": "o", "offer_name": "Kampanj", "plan_code": "fee", "activated_from": date(2026, 1, 1)}


def frame(table, rows):
    rows = list(rows)
    return table.complete(pl.DataFrame(rows, schema_overrides=table.schema)) if rows else table.empty()


class Operator:
    """Night after night: what is charged is kept. `plan` changes every plan; `versions` are (plan, from, to, more)."""

    def __init__(
        self, *versions, plan=None, prices=(), bundle=(), offers=(), suspended=(), billing_day=1, currency="SEK"
    ):
        self.versions, self.suspended, self.billing_day, self.currency = versions, suspended, billing_day, currency
        self.plan, self.prices, self.bundle, self.offers = plan or {}, prices, bundle, offers
        self.charged = tables.CHARGE.empty()
        self.account_from = date(2026, 1, 1)

    def night(self, on):
        """Charge what a night charges."""
        found = self.found(on)
        new = tables.CHARGE.conform(found.charges.with_columns(pl.lit(on).alias("charged_on")))
        self.charged = pl.concat([self.charged, new])
        return new

    def found(self, on):
        """What a night finds."""
        since, late = on - timedelta(days=92), on - timedelta(days=397)
        plans = frame(
            tables.PLAN,
            ({**_PLAN, "plan_code": code, "monthly_fee": D(fee), **self.plan} for code, fee in FEES.items()),
        )
        terms = FeeTerms(
            plans, frame(tables.PLAN_PRICE, self.prices), frame(tables.BUNDLE_PART, self.bundle),
            frame(tables.OFFER, self.offers), frame(tables.ARTICLE, ARTICLES),
        )  # fmt: skip
        subscriptions = frame(
            tables.SUBSCRIPTION,
            (
                {
                    "subscription_id": 1,
                    "account_id": 10,
                    "plan_code": plan,
                    "service_from": a,
                    "service_to": b,
                    **dict(*more),
                }
                for plan, a, b, *more in self.versions
            ),
        )
        account = pl.DataFrame(
            {"account_id": [10], "account_bucket": [3], "billing_day": [self.billing_day], "currency": [self.currency],
             "account_from": [self.account_from]}
        )  # fmt: skip
        states = frame(
            tables.SUBSCRIPTION_STATE,
            (
                {
                    "subscription_id": 1,
                    "transition_no": n,
                    "subscription_state": state,
                    "state_from": day,
                    "state_cause": "paid",
                }
                for n, (state, day) in enumerate(self.suspended, 1)
            ),
        )
        ends = pl.col("line_key").str.split(":").list.get(4).str.tail(10)
        recent = self.charged.filter((pl.col("service_to") > since) | (ends > since.isoformat()))
        known = self.charged.filter(pl.col("service_to") > late)["subscription_id"]
        return recurring_charges(
            FeeRegister(subscriptions, account, suspended_spans(states)), terms, charged_fees(recent, known),
            FeeWindow(since, late, on),
        )  # fmt: skip


def told(charges):
    wanted = charges.select("service_from", "service_to", "used_days", "full_days", "amount_ex_vat").rows()
    return [
        (f"{a:%m-%d}", f"{b:%m-%d}", used, full, str(amount.normalize().quantize(D("0.01"))))
        for a, b, used, full, amount in wanted
    ]


def amounts(charges):
    return [row[4] for row in told(charges)]


WHOLE_OCTOBER = ("10-01", "11-01", 31, 31, "99.00")
CASES = [
    # on, service from, to, billing day -> periods with used and full days and fee
    # 21 of September's 30 days: 99 x 21 / 30 = 69.30
    (date(2026, 9, 30), SEP10, None, 1, [("09-10", "10-01", 21, 30, "69.30")]),
    # October is charged on its first day, in advance, and no period before it has come
    (OCT1, SEP10, None, 1, [("09-10", "10-01", 21, 30, "69.30"), WHOLE_OCTOBER]),
    # an end that is known: 14 of 31 days: 99 x 14 / 31 = 44.7097
    (OCT1, OCT1, OCT15, 1, [("10-01", "10-15", 14, 31, "44.71")]),
    # a single day within a period: 99 / 31 = 3.1935
    (date(2026, 10, 31), date(2026, 10, 7), date(2026, 10, 8), 1, [("10-07", "10-08", 1, 31, "3.19")]),
    # cancelled before the period starts, or never begun
    (OCT1, SEP10, OCT1, 1, [("09-10", "10-01", 21, 30, "69.30")]),
    (date(2026, 10, 31), OCT1, OCT1, 1, []),
    # not charged before it begins
    (OCT1, date(2026, 10, 20), None, 1, []),
    # billing day 31: 30 September to 31 October has 31 days
    (date(2026, 10, 30), date(2026, 9, 30), None, 31, [("09-30", "10-31", 31, 31, "99.00")]),
    # begun on 10 September with billing day 15: 5 of the 31 days from 15 August, 99 x 5 / 31 = 15.9677
    (date(2026, 9, 14), SEP10, None, 15, [("09-10", "09-15", 5, 31, "15.97")]),
]


class TestInAdvance:
    @pytest.mark.parametrize(("on", "begins", "ends", "billing_day", "expected"), CASES)
    def test_a_period_is_charged_by_the_days_the_service_takes(self, on, begins, ends, billing_day, expected):
        assert told(Operator(("fee", begins, ends), billing_day=billing_day).night(on)) == expected

    def test_what_was_charged_is_not_charged_again(self):
        operator = Operator(("fee", SEP10, None))
        assert amounts(operator.night(OCT1)) == ["69.30", "99.00"]
        assert [operator.night(on).height for on in (OCT1, OCT15, NOV1)] == [0, 0, 1]

    def test_a_night_that_was_missed_is_made_up_for(self):
        assert amounts(Operator(("fee", OCT1, None)).night(date(2026, 11, 3))) == ["99.00", "99.00"]

    def test_a_late_sign_up_is_charged_from_its_beginning_and_once(self):
        """From 1 March to 1 October: eight months, of which only three are open to changes."""
        operator = Operator(("fee", date(2026, 3, 1), None))
        assert operator.night(OCT1).height == 8
        assert operator.night(date(2026, 10, 2)).is_empty()

    def test_a_plan_without_fee_makes_no_charge(self):
        assert Operator(("free", OCT1, None)).night(OCT1).is_empty()

    def test_a_charge_is_named_by_what_it_is_for(self):
        (row,) = Operator(("fee", SEP10, None, {"quantity": 2})).night(SEP10).to_dicts()
        assert row["charge_id"] == "recurring:1:fee:2001:2026-09-10:2026-09-01/2026-10-01"
        assert (row["line_key"], row["charge_kind"]) == (row["charge_id"].removeprefix("recurring:"), "recurring")
        assert (row["quantity"], row["amount_ex_vat"], row["vat_class"]) == (2, D("138.60"), "standard")


class TestWhatBecomesKnownLater:
    def test_a_change_of_plan_gives_back_the_rest_and_charges_the_new_plan(self):
        """Of 99.00 for October 99 x 22/31 = 70.258 is left from the tenth; 249 x 22/31 = 176.7097."""
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.versions = (("fee", OCT1, OCT10), ("large", OCT10, None))
        assert told(operator.night(OCT10)) == [
            ("10-10", "11-01", 22, 31, "-70.26"), ("10-10", "11-01", 22, 31, "176.71"),
        ]  # fmt: skip
        assert operator.charged["charge_id"].to_list()[1] == "recurring:1:fee:2001:2026-10-01:2026-10-01/2026-11-01:2"
        assert operator.night(OCT10).is_empty()

    def test_a_change_on_the_billing_date_registered_after_its_night_charges_the_new_plan_and_gives_back_the_old(self):
        operator = Operator(("fee", SEP10, None))
        operator.night(OCT1)
        operator.versions = (("fee", SEP10, OCT1), ("large", OCT1, None))
        assert amounts(operator.night(OCT1)) == ["-99.00", "249.00"]
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.versions = (("large", OCT1, None),)
        assert amounts(operator.night(OCT1)) == ["-99.00", "249.00"]

    def test_two_changes_in_a_period_leave_each_plan_its_days(self):
        """9 + 10 + 12 of 31 days: 28.74 + 80.32 + 38.32; each gave back what it did not use."""
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.versions = (("fee", OCT1, OCT10), ("large", OCT10, None))
        operator.night(OCT10)
        oct20 = date(2026, 10, 20)
        operator.versions = (("fee", OCT1, OCT10), ("large", OCT10, oct20), ("fee", oct20, None))
        assert amounts(operator.night(oct20)) == ["38.32", "-96.39"]
        assert operator.charged["amount_ex_vat"].sum() == D("28.74") + D("80.32") + D("38.32")

    def test_an_end_gives_nothing_back_unless_the_plan_says_so(self):
        for refund, expected in ((False, []), (True, [("10-15", "11-01", 17, 31, "-54.29")])):
            operator = Operator(("fee", OCT1, None), plan={"refund_on_end": refund})
            operator.night(OCT1)
            operator.versions = (("fee", OCT1, OCT15),)
            assert told(operator.night(OCT10)) == expected
            assert operator.night(NOV1).is_empty()

    def test_a_retroactive_end_without_refund_leaves_every_period_charged_as_it_is(self):
        operator = Operator(("fee", SEP10, None))
        operator.night(OCT1)
        operator.versions = (("fee", SEP10, date(2026, 9, 20)),)
        assert operator.night(OCT10).is_empty()

    def test_a_quantity_from_the_tenth_splits_the_period(self):
        """1 x 99 x 9/31 = 28.7419 and 3 x 99 x 22/31 = 210.7742, together 239.5161; -70.26 and 210.77 are booked."""
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.versions = (("fee", OCT1, OCT10), ("fee", OCT10, None, {"quantity": 3}))
        found = operator.night(OCT10)
        assert found.sort("quantity").select("quantity", "amount_ex_vat").rows() == [(1, D("-70.26")), (3, D("210.78"))]
        assert operator.charged["amount_ex_vat"].sum() == D("239.52")

    def test_what_was_closed_before_the_open_months_stays(self):
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.night(NOV1)
        operator.plan = {"monthly_fee": D(89)}
        assert amounts(operator.night(date(2027, 2, 15))) == ["-10.00", "89.00", "89.00", "89.00"]

    def test_another_billing_day_charges_no_day_again(self):
        """Paid until 1 November when the 15th was chosen: nothing on 15 October, then 14 of the period's 31 days."""
        operator = Operator(("fee", date(2026, 7, 16), None))
        operator.night(date(2026, 10, 5))
        operator.billing_day = 15
        assert operator.night(date(2026, 10, 31)).is_empty()
        assert told(operator.night(NOV1)) == [("11-01", "11-15", 14, 31, "44.71")]
        assert operator.night(date(2026, 11, 14)).is_empty()
        assert told(operator.night(date(2026, 11, 15))) == [("11-15", "12-15", 30, 30, "99.00")]
        assert operator.found(date(2026, 11, 16)).faults.is_empty()
        for month in range(12):
            on = date(2026 + (11 + month) // 12, (11 + month) % 12 + 1, 15)
            assert operator.night(on).height == 1
            assert operator.night(on + timedelta(days=10)).is_empty()

    def test_an_end_that_was_withdrawn_leaves_a_fee_that_nothing_is_added_to_later(self):
        """Ten days to 10 October, that day too: 99 x 10/31 = 31.94; the rest of October when the end is withdrawn.

        In January the first charge lies before the open months, and the second one does not.
        """
        operator = Operator(("fee", OCT1, OCT10), plan={"proration": "inclusive_days"})
        assert amounts(operator.night(OCT1)) == ["31.94"]
        operator.versions = (("fee", OCT1, None),)
        assert amounts(operator.night(date(2026, 10, 5))) == ["67.06"]
        operator.night(date(2027, 1, 1))
        found = operator.found(date(2027, 1, 15))
        assert (found.charges.height, found.faults.height) == (0, 0)

    def test_a_plan_that_is_no_longer_there_is_reported_and_gives_nothing_back(self):
        operator = Operator(("fee", OCT1, None))
        operator.night(OCT1)
        operator.versions = (("gone", OCT1, None),)
        found = operator.found(OCT10)
        assert found.faults.select("subscription_id", "reason_code").rows() == [(1, "NO_FEE_PRICE")]


class TestPeriodsAndTiming:
    def test_in_arrears_a_period_is_charged_when_it_is_over_or_the_service_has_ended(self):
        operator = Operator(("fee", SEP10, None), plan={"fee_timing": "arrears"})
        assert operator.night(date(2026, 9, 30)).is_empty()
        assert told(operator.night(OCT1)) == [("09-10", "10-01", 21, 30, "69.30")]
        operator.versions = (("fee", SEP10, OCT15),)
        assert operator.night(OCT10).is_empty()
        assert told(operator.night(OCT15)) == [("10-01", "10-15", 14, 31, "44.71")]

    def test_a_yearly_fee_runs_from_the_subscriptions_own_day(self):
        yearly = {"fee_period": "1 year", "fee_alignment": "subscription"}
        operator = Operator(("fee", SEP10, None), plan=yearly)
        assert told(operator.night(OCT1)) == [("09-10", "09-10", 365, 365, "99.00")]
        assert operator.night(date(2027, 9, 9)).is_empty()
        assert operator.night(date(2027, 9, 10)).height == 1

    def test_an_end_within_a_year_gives_back_the_rest_long_after_it_was_charged(self):
        """Begun on 10 September 2026, left on 1 July 2027: 71 of 365 days, 99 x 71/365 = 19.26."""
        operator = Operator(
            ("fee", SEP10, None), plan={"fee_period": "1 year", "fee_alignment": "subscription", "refund_on_end": True}
        )
        operator.night(SEP10)
        operator.versions = (("fee", SEP10, date(2027, 7, 1)),)
        assert told(operator.night(date(2027, 6, 20))) == [("07-01", "09-10", 71, 365, "-19.26")]

    def test_a_quarter_follows_the_accounts_billing_day(self):
        """The account began on 1 January: quarters from then; 82 of 92 days: 99 x 82/92 = 88.2391."""
        operator = Operator(("fee", date(2026, 10, 11), None), plan={"fee_period": "3 months"})
        assert told(operator.night(NOV1)) == [("10-11", "01-01", 82, 92, "88.24")]

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            ("inclusive_days", "47.90"),
            ("fixed_days(30)", "46.20"),
            ("calendar_months", "44.71"),
            ("none", None),
            ("full", "99.00"),
        ],
    )
    def test_a_part_is_prorated_as_the_plan_says(self, mode, expected):
        """From 1 to 15 October: 99 x 15/31 = 47.9032, 99 x 14/30 = 46.20, 99 x 14/31 = 44.7097."""
        found = Operator(("fee", OCT1, OCT15), plan={"proration": mode}).night(OCT1)
        assert amounts(found) == ([expected] if expected else [])


def price(fee, since, until=None, existing=None, currency="SEK"):
    return {
        "plan_code": "fee", "currency": currency, "period_fee": D(fee), "valid_from": since, "valid_to": until,
        "existing_from": existing,
    }  # fmt: skip


class TestPrices:
    def test_a_price_that_changes_within_a_period_splits_it(self):
        """99 x 14/31 = 44.7097 and 119 x 17/31 = 65.2581, together 109.9677."""
        prices = [price(99, date(2026, 1, 1), OCT15), price(119, OCT15)]
        operator = Operator(("fee", SEP10, None), prices=prices)
        operator.night(date(2026, 9, 30))
        assert told(operator.night(OCT1)) == [("10-01", "10-15", 14, 31, "44.71"), ("10-15", "11-01", 17, 31, "65.26")]

    def test_a_price_that_becomes_known_later_is_booked_as_its_difference(self):
        """The rest of October at 99.00 is given back (54.29) and charged at 119.00 (65.26)."""
        operator = Operator(("fee", OCT1, None), prices=[price(99, date(2026, 1, 1))])
        operator.night(OCT1)
        operator.prices = [price(99, date(2026, 1, 1), OCT15), price(119, OCT15)]
        assert told(operator.night(OCT10)) == [
            ("10-15", "11-01", 17, 31, "-54.29"),
            ("10-15", "11-01", 17, 31, "65.26"),
        ]

    def test_new_customers_have_a_price_from_one_date_and_existing_ones_from_another(self):
        prices = [price(99, date(2026, 1, 1), OCT1), price(119, OCT1, existing=NOV1)]
        assert amounts(Operator(("fee", date(2026, 9, 1), None), prices=prices).night(NOV1)) == [
            "99.00",
            "99.00",
            "119.00",
        ]
        assert amounts(Operator(("fee", OCT1, None), prices=prices).night(NOV1)) == ["119.00", "119.00"]

    def test_the_accounts_currency_chooses(self):
        prices = [price(99, date(2026, 1, 1)), price(9, date(2026, 1, 1), currency="EUR")]
        found = Operator(("fee", OCT1, None), prices=prices, currency="EUR").night(OCT1)
        assert found.select("currency", "amount_ex_vat").rows() == [("EUR", D(9))]

    @pytest.mark.parametrize(
        ("prices", "currency"),
        [
            ([price(99, date(2026, 1, 1), OCT15)], "SEK"),
            ([price(99, NOV1)], "SEK"),
            ([], "EUR"),
            ([price(99, OCT1)], "EUR"),
        ],
    )
    def test_a_fee_without_a_price_on_some_day_is_not_charged_and_reported(self, prices, currency):
        operator = Operator(("fee", OCT1, None), prices=prices, currency=currency)
        found = operator.found(OCT1)
        assert found.charges.is_empty()
        assert found.faults.select("account_id", "plan_code", "period_from", "reason_code").rows() == [
            (10, "fee", OCT1, "NO_FEE_PRICE")
        ]
        assert "plan_prices.csv" in found.faults["reason_text"][0]

    def test_a_price_that_is_taken_away_gives_nothing_back(self):
        operator = Operator(("fee", OCT1, None), prices=[price(99, OCT1)])
        operator.night(OCT1)
        operator.prices = [price(99, NOV1)]
        found = operator.found(OCT10)
        assert (found.charges.height, found.faults.height) == (0, 1)


OFFERED = [
    # offers (days, months, percent, target) -> fees of September (21 of 30 days) and October, begun on 10 September
    # half price for a month: 99 x (21 x 0.5) / 30 = 34.65; 99 x (22 + 9 x 0.5) / 31 = 84.629
    ([(None, 1, "50", "recurring")], ["34.65", "84.63"]),
    # 14 free days: 99 x 7 / 30 = 23.10
    ([(14, None, "100", "both")], ["23.10", "99.00"]),
    # an offer on usage leaves the fee alone
    ([(14, None, "100", "usage")], ["69.30", "99.00"]),
    # two offers: the better one holds each day, 99 x (21 - 7 - 14 x 0.25) / 30 = 34.65; 99 x (31 - 9 x 0.25) / 31
    ([(7, None, "100", "both"), (None, 1, "25", "both")], ["34.65", "91.81"]),
    # a percent with 4 decimals: 99 x (21 - 21 x 0.333333) / 30 = 46.2000
    ([(None, 1, "33.3333", "both")], ["46.20", "89.42"]),
]


def offer(number, days, months, percent, target):
    return OFFER | {
        "offer_code": f"o{number}", "offer_days": days, "offer_months": months, "percent_off": D(percent),
        "offer_target": target,
    }  # fmt: skip


class TestOffersAndSuspension:
    @pytest.mark.parametrize(("offers", "expected"), OFFERED)
    def test_a_fee_is_reduced_for_the_days_inside_an_offer(self, offers, expected):
        named = [offer(number, *each) for number, each in enumerate(offers)]
        assert amounts(Operator(("fee", SEP10, None), offers=named).night(OCT1)) == expected

    def test_an_offer_of_another_plan_reduces_nothing(self):
        """249 x 21 / 30 = 174.30."""
        offers = [offer(1, None, 1, "50", "both")]
        assert amounts(Operator(("large", SEP10, None), offers=offers).night(date(2026, 9, 30))) == ["174.30"]

    @pytest.mark.parametrize(
        ("suspension", "used", "amount"),
        # 10 days of 31 suspended: 99 x 21/31 = 67.0645; 99 x (21 + 10 x 0.4) / 31 = 79.8387
        [
            ({}, 31, "99.00"),
            ({"suspension": "pause"}, 21, "67.06"),
            ({"suspension": "reduce", "suspended_percent": D(40)}, 31, "79.84"),
        ],
    )
    def test_days_of_suspension_are_billed_reduced_or_not_billed(self, suspension, used, amount):
        states = [("active", SEP10), ("suspended", date(2026, 10, 5)), ("restricted", OCT15)]
        operator = Operator(("fee", OCT1, None), plan=suspension, suspended=states)
        assert told(operator.night(date(2026, 10, 20))) == [("10-01", "11-01", used, 31, amount)]

    def test_a_suspension_that_becomes_known_gives_back_its_days_and_its_end_charges_them_again(self):
        """Suspended from the tenth: 22 of 31 days, -70.26; free again from the fifteenth: 17 days, 54.29."""
        operator = Operator(("fee", OCT1, None), plan={"suspension": "pause"})
        operator.night(OCT1)
        operator.suspended = [("suspended", OCT10)]
        assert amounts(operator.night(OCT10)) == ["-70.26"]
        operator.suspended = [("suspended", OCT10), ("restricted", OCT15)]
        assert amounts(operator.night(OCT15)) == ["54.29"]

    def test_an_offer_takes_its_percent_of_what_a_suspension_leaves(self):
        """Half price, and of 10 days a quarter of that: 99 x 0.5 x (21 + 10 x 0.25) / 31 = 37.5242."""
        states = [("suspended", date(2026, 10, 5)), ("restricted", OCT15)]
        plan = {"suspension": "reduce", "suspended_percent": D(25)}
        operator = Operator(("fee", OCT1, None), plan=plan, suspended=states, offers=[offer(1, None, 1, "50", "both")])
        assert amounts(operator.night(OCT15)) == ["37.52"]


class TestBundles:
    BUNDLE = tuple(
        {"plan_code": "fee", "article_no": no, "standalone_price": D(of)}
        for no, of in (("2005", 60), ("2006", 60), ("2001", 30))
    )

    def test_a_fee_is_shared_over_its_articles_each_with_its_own_class_and_account(self):
        """99.00 by 30, 60 and 60 of 150: 19.80, 39.60, 39.60."""
        found = Operator(("fee", OCT1, None), bundle=self.BUNDLE).night(OCT1)
        assert found.select("article_no", "amount_ex_vat", "vat_class", "revenue_account").rows() == [
            ("2001", D("19.80"), "standard", "3011"),
            ("2005", D("39.60"), "reduced", "3015"),
            ("2006", D("39.60"), "standard", "3016"),
        ]

    @given(st.lists(st.integers(1, 10**6), min_size=3, max_size=3), st.integers(1, 30))
    def test_shares_add_up_to_what_the_customer_pays(self, prices, day):
        bundle = [
            {"plan_code": "fee", "article_no": no, "standalone_price": D(of) / 100}
            for no, of in zip(("2001", "2005", "2006"), prices, strict=True)
        ]
        version = ("fee", date(2026, 10, day), None)
        shared, alone = Operator(version, bundle=bundle).night(NOV1), Operator(version).night(NOV1)
        assert shared["amount_ex_vat"].sum() == alone["amount_ex_vat"].sum()
        assert (shared["amount_ex_vat"] > 0).all()


days = st.integers(0, 90).map(lambda n: SEP10 + timedelta(days=n))


@given(
    st.lists(
        st.tuples(days, st.sampled_from(["fee", "large"]), st.integers(1, 3)),
        min_size=1,
        max_size=4,
        unique_by=lambda v: v[0],
    ),
    st.none() | days,
    st.lists(days, min_size=1, max_size=4),
    st.sampled_from(["actual_days", "inclusive_days", "fixed_days(30)", "calendar_months", "full", "none"]),
)
def test_nights_in_any_number_charge_in_all_what_one_night_would(changes, end, nights, mode):
    """Versions become known one after the other; in the end each key's charges are what the register says."""
    changes = sorted(changes)
    last = date(2026, 12, 15)
    plan = {"proration": mode, "refund_on_end": True}
    versions = [
        (code, since, until, {"quantity": quantity})
        for (since, code, quantity), until in zip(changes, [*(c[0] for c in changes[1:]), end], strict=True)
    ]
    versions = [v for v in versions if v[2] is None or v[1] < v[2]]
    if not versions:
        return
    whole, pieces = Operator(*versions, plan=plan), Operator(plan=plan)
    for on in [*sorted(nights), last]:
        known = [(c, a, b if b and b <= on else None, m) for c, a, b, m in versions if a <= on or on == last]
        pieces.versions = versions if on == last else known
        if pieces.versions:
            pieces.night(on)
            assert pieces.night(on).is_empty()
    whole.night(last)
    added = pieces.charged.group_by("line_key").agg(pl.col("amount_ex_vat").sum()).filter(pl.col("amount_ex_vat") != 0)
    expected = whole.charged.select("line_key", "amount_ex_vat")
    assert added.sort("line_key").rows() == expected.sort("line_key").rows()
