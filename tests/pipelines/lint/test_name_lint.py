"""Names stand where they are defined."""

import pytest
from small_configuration import BASE, prices, row


class TestNames:
    @pytest.mark.parametrize(
        ("column", "value", "file"),
        [
            ("origin_zone", "mars", "zones.csv"),
            ("tier_code", "t", "tiers.csv"),
            ("vat_class", "low", "vat_rates.csv"),
            ("revenue_account", "9999", "accounts.csv"),
        ],
    )
    def test_what_a_price_row_names_stands_where_it_is_defined(self, lint, column, value, file):
        rows = row(more=""), row(band="day", more=value), row(band="night", more="")
        assert lint(prices(*(each if each.count(",") == 12 else f"{each}," for each in rows), more=column)) == [
            (
                f"prices.csv:4: {column} {value} is not in {file} (found '{value}'). "
                f"Remedy: add it to {file}, or use one that is there."
            )
        ]

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("price_lists.csv", "price_list,numbering_plan\nhome,x\n", "numbering_plan x is not in zones.csv"),
            ("switches.csv", "source_system,numbering_plan\nsw,x\n", "numbering_plan x is not in zones.csv"),
            (
                "repricing.csv",
                (
                    "repricing_plan,customer_group,old_list,new_list,new_customers_from,existing_customers_from\n"
                    "p,vip,home,x,2026-01-01,2026-02-01\n"
                ),
                "new_list x is not in prices.csv",
            ),
            (
                "resellers.csv",
                "reseller_code,reseller_name,commission_percent,price_list\nR,Ek,5,x\n",
                "price_list x is not in prices.csv",
            ),
        ],
    )
    def test_what_other_tables_name_stands_where_it_is_defined(self, lint, name, text, told):
        assert [line.partition(" (found")[0] for line in lint({name: text})] == [f"{name}:2: {told}"]

    def test_a_price_list_may_be_declared_before_it_has_prices(self, lint):
        assert lint({"price_lists.csv": "price_list\ncarrier\n"}) == [
            (
                "price_lists.csv:2: warning: price_list carrier is not in prices.csv (found 'carrier'). "
                "Remedy: add it to prices.csv, or use one that is there."
            )
        ]

    def test_a_zone_of_a_relation_is_known_and_must_have_a_price(self, lint):
        rows = {"prices.csv": BASE["prices.csv"] + row(zone="friends") + "\n"}
        assert lint(rows, "friends_zone = 'friends'") == []
        assert lint({}, "friends_zone = 'friends'\nwholesale_list = 'buy'") == [
            (
                "policy.toml:4: rating.friends_zone: no row of prices.csv has the zone_code friends (found 'friends'). "
                "Remedy: add a price for it, or leave the setting empty."
            ),
            (
                "policy.toml:5: rating.wholesale_list: no row of prices.csv has the price_list buy (found 'buy'). "
                "Remedy: add a price for it, or leave the setting empty."
            ),
        ]

    @pytest.mark.parametrize("name", ["home", "unknown"])
    def test_no_zone_is_called_as_an_origin_that_is_no_zone(self, lint, name):
        special = f"b_number,number_kind,zone_code\n112,emergency,{name}\n113,emergency,{name}\n"
        rows = prices(row(), row(zone=name))
        assert lint({"special_numbers.csv": special} | rows) == [
            (
                f"special_numbers.csv:2: {name} is what the origin of calls is called that are made at home, or in a "
                f"network without a zone (found '{name}'). Remedy: give the zone another name."
            )
        ]
