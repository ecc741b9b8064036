"""Tiers, allowances, discounts and offers that can do what they say."""

import pytest
from small_configuration import add_to


class TestTiers:
    HEAD = "tier_code,tier_mode,tier_scope,tier_from,tier_to,price_per_unit,price_unit\n"

    @pytest.mark.parametrize(
        ("tiers", "told"),
        [
            ("t,volume,account,0,100,1,60\nt,volume,account,100,,1,60\n", None),
            ("t,volume,account,100,,1,60\nt,volume,account,0,100,1,60\n", None),  # whatever their order
            (
                "t,volume,account,1,,1,60\n",
                "2: the tiers of t do not begin at 0 (found '1'). Remedy: let the first tier begin at 0.",
            ),
            (
                "t,volume,account,0,100,1,60\nt,volume,account,101,,1,60\n",
                (
                    "3: the tiers of t leave a gap or overlap at 101 (found '101'). "
                    "Remedy: let each tier begin where the one before it ends."
                ),
            ),
            (
                "t,volume,account,0,,1,60\nt,volume,account,100,,1,60\n",
                (
                    "3: the tiers of t leave a gap or overlap at 100 (found '100'). "
                    "Remedy: let each tier begin where the one before it ends."
                ),
            ),
            (
                "t,volume,account,0,100,1,60\n",
                (
                    "2: the last tier of t ends: usage beyond 100 would be free (found '100'). "
                    "Remedy: leave tier_to of the last tier empty."
                ),
            ),
            (
                "t,volume,account,0,100,1,60\nt,package,account,100,,1,60\n",
                (
                    "3: the tiers of t have more than one tier_mode (found 'package'). "
                    "Remedy: give all rows of a tier_code the same tier_mode."
                ),
            ),
            (
                "t,volume,account,0,100,1,60\nt,volume,customer,100,,1,60\n",
                (
                    "3: the tiers of t have more than one tier_scope (found 'customer'). "
                    "Remedy: give all rows of a tier_code the same tier_scope."
                ),
            ),
        ],
    )
    def test_tiers_lie_end_to_end_from_0_and_the_last_is_open(self, lint, tiers, told):
        assert lint({"tiers.csv": self.HEAD + tiers}) == ([f"tiers.csv:{told}"] if told else [])

    def test_a_tier_that_ends_before_it_begins_is_a_fault(self, lint):
        tiers = "t,volume,account,0,100,1,60\nt,volume,account,100,50,1,60\nt,volume,account,50,60,1,60\n"
        found = lint({"tiers.csv": self.HEAD + tiers})
        assert "tiers.csv:3: tier_to is not after tier_from (found '50'). Remedy: tier_to is exclusive." in found


ALLOWANCES = (
    "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,priority,prorated,"
    "covers_fee,zones,time_bands,services,rollover_limit\n"
)


class TestAllowances:
    @pytest.mark.parametrize(
        ("period", "conditions", "told"),
        [
            ("period", "se no,day night,voice mobile,100", None),
            ("once", ",,,", None),
            ("period", "se mars,,,", f"zones mars is not in zones.csv (found 'mars'). {add_to('zones.csv')}"),
            (
                "period",
                ",dusk,,",
                (f"time_bands dusk is not in time_bands.csv (found 'dusk'). {add_to('time_bands.csv')}"),
            ),
            (
                "period",
                ",,telex,",
                (
                    "services telex is not in the list of services (found 'telex'). "
                    "Remedy: use voice, mobile, callcentre, broadband."
                ),
            ),
            (
                "once",
                ",,,100",
                (
                    "rollover_limit needs allowance_period period: what is granted once has no next period "
                    "(found '100.000000'). Remedy: leave rollover_limit empty."
                ),
            ),
        ],
    )
    def test_conditions_are_known_and_only_what_comes_again_rolls_over(self, lint, period, conditions, told):
        text = f"{ALLOWANCES}a,A,s,600,own,{period},1,no,no,{conditions}\n"
        assert lint({"allowances.csv": text}) == ([f"allowances.csv:2: {told}"] if told else [])

    def test_a_link_names_an_allowance_that_is_there_and_its_scope(self, lint):
        links = "allowance_code,link_scope,link_to,valid_from\na,plan,hem,2026-01-01\na,basic,*,2026-01-01\n"
        assert lint({"allowance_links.csv": links}) == [
            (
                "allowance_links.csv:2: allowance_code a is not in allowances.csv (found 'a'). "
                f"{add_to('allowances.csv')}"
            ),
            (
                "allowance_links.csv:3: allowance_code a is not in allowances.csv (found 'a'). "
                f"{add_to('allowances.csv')}"
            ),
            (
                "allowance_links.csv:3: unknown link_scope basic (found 'basic'). "
                "Remedy: use plan, group, customer, subscription."
            ),
        ]

    def test_one_allowance_is_linked_to_one_target_once_at_a_time(self, lint):
        links = "allowance_code,link_scope,link_to,valid_from\na,plan,hem,2026-01-01\na,plan,hem,2026-02-01\n"
        text = f"{ALLOWANCES}a,A,s,600,own,period,1,no,no,,,,\n"
        assert lint({"allowances.csv": text, "allowance_links.csv": links}) == [
            (
                "allowance_links.csv:3: two rows for a plan hem are in force on 2026-02-01 (found '2026-02-01'). "
                "Remedy: end the earlier row on that date."
            )
        ]


class TestDiscountsAndOffers:
    def test_percentages_that_meet_on_a_record_must_leave_its_amount_an_exact_fraction(self, lint):
        head = "discount_code,discount_name,link_scope,link_to,discount_kind,discount_value,order_no,valid_from\n"
        rows = [f"d{number},Less,all,*,percent,0.000001,1,2025-01-01\n" for number in range(4)]
        assert lint({"discounts.csv": head + "".join(rows[:2])}) == []
        (told,) = lint({"discounts.csv": head + "".join(rows)})
        assert told.startswith("discounts.csv: 4 discounts in percent may meet on one record; use fewer of them")

    @pytest.mark.parametrize(
        ("terms", "told"),
        [
            ("all,*,1,se,percent,100", None),
            ("all,*,,,new_price,250", None),
            (
                "all,*,,,percent,100.5",
                (
                    "a discount of more than 100 percent would pay the customer for calling (found '100.500000'). "
                    "Remedy: give at most 100."
                ),
            ),
            (
                "all,*,9,,percent,5",
                f"article_no 9 is not in articles.csv (found '9'). {add_to('articles.csv')}",
            ),
            ("all,*,,mars,percent,5", f"zone_code mars is not in zones.csv (found 'mars'). {add_to('zones.csv')}"),
            (
                "plan,gold,,,percent,5",
                f"plan gold is not in plans.csv (found 'gold'). {add_to('plans.csv')}",
            ),
            (
                "subscription,5,,,percent,5",
                "unknown link_scope subscription (found 'subscription'). Remedy: use customer, group, plan, all.",
            ),
        ],
    )
    def test_a_discount_can_do_what_it_says(self, lint, terms, told):
        head = (
            "discount_code,discount_name,link_scope,link_to,article_no,zone_code,discount_kind,discount_value,"
            "order_no,valid_from\n"
        )
        found = lint({"discounts.csv": f"{head}d,D,{terms},1,2026-01-01\n"})
        assert found == ([f"discounts.csv:2: {told}"] if told else [])

    @pytest.mark.parametrize(
        ("days", "months", "right"), [("30", "", True), ("", "3", True), ("", "", False), ("30", "3", False)]
    )
    def test_an_offer_is_for_days_or_for_months(self, lint, days, months, right):
        head = "offer_code,offer_name,plan_code,activated_from,offer_days,offer_months,percent_off,offer_target\n"
        found = lint({"offers.csv": f"{head}o,O,hem,2026-01-01,{days},{months},100,both\n"})
        line = (
            "offers.csv:2: an offer is for days or for months, one of the two (found 'o'). "
            "Remedy: fill in offer_days or offer_months."
        )
        assert found == ([] if right else [line])

    def test_an_offer_is_for_a_plan_that_is_there(self, lint):
        head = "offer_code,offer_name,plan_code,activated_from,offer_days,percent_off,offer_target\n"
        assert lint({"offers.csv": f"{head}o,O,gold,2026-01-01,30,100,both\n"}) == [
            (f"offers.csv:2: plan_code gold is not in plans.csv (found 'gold'). {add_to('plans.csv')}")
        ]
