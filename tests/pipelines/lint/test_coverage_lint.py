"""Zones that no list of a plan prices, wholly or in a band."""

from small_configuration import BASE, PRICES, add_to, prices, row

UNPRICED = "Remedy: add a price for it to prices.csv; without one its calls wait unpriced."


class TestZonesWithoutPrice:
    def test_a_zone_that_the_list_of_a_plan_does_not_price_is_a_warning(self, lint):
        assert lint(prices()) == [
            f"zones.csv:2: warning: zone se has no price in list home, nor in a basic list (found 'se'). {UNPRICED}"
        ]

    def test_a_band_that_it_does_not_price_is_a_warning(self, lint):
        assert lint(prices(row(band="day"))) == [
            (
                "zones.csv:2: warning: zone se has no price in list home in time band night, nor in a basic list "
                f"(found 'se'). {UNPRICED}"
            )
        ]

    def test_the_basic_list_steps_in(self, lint):
        links = "link_scope,link_to,price_list,valid_from\nbasic,*,rest,2026-01-01\n"
        assert lint(prices(row(name="rest")) | {"price_list_links.csv": links}) == []

    def test_a_price_for_another_service_or_origin_is_none(self, lint):
        assert lint(prices(row(more="voice,no"), row(more="mobile,"), more="service,origin_zone")) == [
            (
                "zones.csv:2: warning: zone se has no price in list home for voice, nor in a basic list "
                f"(found 'se'). {UNPRICED}"
            )
        ]

    def test_a_service_that_a_list_never_prices_needs_none(self, lint):
        plans = BASE["plans.csv"] + "bb,Bredband,broadband,home,2,99,SEK\n"
        rows = [f"{PRICES},service", row(more="voice"), row(zone="no", more="voice")]
        assert lint({"plans.csv": plans, "prices.csv": "\n".join(rows) + "\n"}) == []

    def test_an_operator_that_charges_for_no_calls_needs_no_price_for_them(self, lint):
        rows = [f"{PRICES},usage_kind", row(more="data"), row(zone="no", more="data")]
        assert lint({"prices.csv": "\n".join(rows) + "\n"}) == []

    def test_a_list_without_a_row_is_told_of_its_plan_alone(self, lint):
        assert lint({"prices.csv": f"{PRICES}\n"}) == [
            f"plans.csv:2: price_list home is not in prices.csv (found 'home'). {add_to('prices.csv')}"
        ]

    def test_time_bands_without_a_row_are_told_of_as_such(self, lint):
        told = lint({"time_bands.csv": "time_band,weekdays,band_from,band_to\n"} | prices(row(band="day")))
        assert [line.split(":")[0] for line in told] == ["prices.csv"] + ["time_bands.csv"] * 8

    def test_a_special_number_needs_a_price_too(self, lint):
        special = "b_number,number_kind,zone_code\n112,emergency,sos\n"
        assert lint({"special_numbers.csv": special}) == [
            (
                "special_numbers.csv:2: warning: zone sos has no price in list home, nor in a basic list "
                f"(found 'sos'). {UNPRICED}"
            )
        ]

    def test_zones_of_a_plan_that_no_switch_uses_need_none(self, lint):
        zones = "prefix,zone_code,zone_name,numbering_plan\n46,se,Sverige,\n47,no,Norge,main\n1,us,USA,carrier\n"
        assert lint({"zones.csv": zones}) == []
        switches = {"switches.csv": "source_system,numbering_plan\nsw1,carrier\n"}
        assert lint({"zones.csv": zones} | switches) == [
            f"zones.csv:4: warning: zone us has no price in list home, nor in a basic list (found 'us'). {UNPRICED}"
        ]
