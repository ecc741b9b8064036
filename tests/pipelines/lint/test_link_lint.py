"""Links: a known scope, a target that fits it, one at a time."""

import pytest
from small_configuration import add_to

LINKS = "link_scope,link_to,price_list,valid_from,valid_to\n"


class TestLinks:
    @pytest.mark.parametrize(
        ("link", "told"),
        [
            ("plan,hem,home,2026-01-01,", None),
            ("group,private,home,2026-01-01,", None),
            ("customer,10001,home,2026-01-01,", None),
            ("basic,*,home,2026-01-01,", None),
            (
                "all,*,home,2026-01-01,",
                "unknown link_scope all (found 'all'). Remedy: use customer, group, plan, basic.",
            ),
            (
                "customer,anna,home,2026-01-01,",
                (
                    "link_to of scope customer must be its number, digits only (found 'anna'). "
                    "Remedy: name what the scope says."
                ),
            ),
            (
                "basic,alla,home,2026-01-01,",
                "link_to of scope basic must be * (found 'alla'). Remedy: name what the scope says.",
            ),
            (
                "plan,gold,home,2026-01-01,",
                f"plan gold is not in plans.csv (found 'gold'). {add_to('plans.csv')}",
            ),
            (
                "group,gold,home,2026-01-01,",
                (f"group gold is not in customer_groups.csv (found 'gold'). {add_to('customer_groups.csv')}"),
            ),
            (
                "plan,hem,gold,2026-01-01,",
                f"price_list gold is not in prices.csv (found 'gold'). {add_to('prices.csv')}",
            ),
            (
                "plan,hem,home,2026-01-01,2026-01-01",
                "valid_to is not after valid_from (found '2026-01-01'). Remedy: valid_to is exclusive.",
            ),
        ],
    )
    def test_a_link_has_a_known_scope_a_target_that_fits_and_a_list(self, lint, link, told):
        expected = [f"price_list_links.csv:2: {told}"] if told else []
        found = lint({"price_list_links.csv": f"{LINKS}{link}\n"})
        assert [line for line in found if "has no price" not in line] == expected

    def test_two_links_of_one_target_in_force_on_one_day_are_a_fault(self, lint):
        links = "plan,hem,home,2026-01-01,\nplan,hem,home,2026-03-01,\ngroup,vip,home,2026-03-01,\n"
        assert lint({"price_list_links.csv": LINKS + links}) == [
            (
                "price_list_links.csv:3: two rows for plan hem are in force on 2026-03-01 (found '2026-03-01'). "
                "Remedy: end the earlier row on that date."
            )
        ]

    def test_a_customer_is_in_one_group_at_a_time(self, lint):
        groups = "customer_id,customer_group,valid_from,valid_to\n7,gold,2026-01-01,2026-03-02\n7,silver,2026-03-01,\n"
        assert lint({"customer_groups.csv": groups}) == [
            (
                "customer_groups.csv:3: two rows for 7 are in force on 2026-03-01 (found '2026-03-01'). "
                "Remedy: end the earlier row on that date."
            )
        ]

    def test_a_group_of_customer_groups_is_known(self, lint):
        groups = "customer_id,customer_group,valid_from\n7,gold,2026-01-01\n"
        links = f"{LINKS}group,gold,home,2026-01-01,\n"
        assert lint({"customer_groups.csv": groups, "price_list_links.csv": links}) == []

    @pytest.mark.parametrize("scope", ["customer", "group", "plan", "subscription", "all"])
    def test_spend_limits_may_be_for_anybody(self, lint, scope):
        target = {"customer": "1", "group": "vip", "plan": "hem", "subscription": "5", "all": "*"}[scope]
        assert lint({"spend_limits.csv": f"link_scope,link_to,day_limit\n{scope},{target},100\n"}) == []
