"""Price rows: their dates, changes, cost, steps and units."""

import pytest
from small_configuration import prices, row


def test_a_configuration_that_agrees_is_told_nothing(lint):
    assert lint({}) == []


class TestDatesOfPrices:
    def test_two_rows_of_a_cell_in_force_on_one_day_are_a_fault(self, lint):
        assert lint(prices(row(until="2026-04-01"), row("2026-03-01"))) == [
            (
                "prices.csv:4: two rows for home home se * are in force on 2026-03-01 (found '2026-03-01'). "
                "Remedy: end the earlier row on that date."
            )
        ]

    def test_an_empty_origin_zone_is_home(self, lint):
        rows = row(until="2026-04-01", more=","), row("2026-03-01", more=",home"), row("2026-03-01", more="voice,")
        assert lint(prices(*rows, more="service,origin_zone")) == [
            (
                "prices.csv:4: two rows for home home se * are in force on 2026-03-01 (found '2026-03-01'). "
                "Remedy: end the earlier row on that date."
            )
        ]

    def test_days_without_a_price_between_two_rows_are_a_warning(self, lint):
        assert lint(prices(row("2026-03-01"), row(until="2026-02-01"))) == [
            (
                "prices.csv:3: warning: no price for home home se * from 2026-02-01 until 2026-03-01 "
                "(found '2026-03-01'). Remedy: end the earlier row on the date the later one begins."
            )
        ]

    def test_rows_that_meet_or_lie_in_different_cells_are_right(self, lint):
        rows = row(until="2026-02-01"), row("2026-02-01"), row("2026-03-01", band="day")
        assert lint(prices(*rows)) == []

    def test_a_gap_after_a_long_row_is_measured_from_its_end(self, lint):
        rows = row(until="2026-06-01"), row("2026-02-01", "2026-03-01"), row("2026-07-01")
        assert [line.partition(" (found")[0] for line in lint(prices(*rows))] == [
            "prices.csv:4: two rows for home home se * are in force on 2026-02-01",
            "prices.csv:5: warning: no price for home home se * from 2026-06-01 until 2026-07-01",
        ]

    def test_a_row_that_begins_on_or_after_the_last_day_that_is_counted_is_refused(self, lint):
        """2149-06-06 is day 65535 since 1970, the last that 16 bits hold; such a row would never be in force."""
        rows = (
            row(until="2149-06-05"),
            row("2149-06-05", "2149-06-06"),
            row("2149-06-06", "2300-01-01"),
            row("2300-01-01"),
        )
        told = "valid_from must be before 2149-06-06: prices are kept by day up to that one"
        assert lint(prices(*rows)) == [
            f"prices.csv:{line}: {told} (found '{found}'). Remedy: correct the date, or leave the row out."
            for line, found in ((5, "2149-06-06"), (6, "2300-01-01"))
        ]

    def test_a_row_may_end_on_any_later_day(self, lint):
        assert lint(prices(row(until="9999-12-31"))) == []


class TestPriceChanges:
    @pytest.mark.parametrize(
        ("before", "after", "limit", "told"),
        [
            (("1.00", "60"), ("1.50", "60"), "50", False),  # exactly 50 %
            (("1.00", "60"), ("1.500001", "60"), "50", True),
            (("1.00", "60"), ("0.499999", "60"), "50", True),
            (("1.00", "60"), ("0.016666", "1"), "50", False),  # 0.99996 a minute
            (("1.00", "60"), ("1.00", "1"), "50", True),  # 60 times as much
            (("0", "60"), ("0.01", "60"), "50", True),  # from nothing
            (("0", "60"), ("0", "60"), "50", False),
            (("1.00", "60"), ("1.03", "60"), "2.5", True),
        ],
    )
    def test_a_change_of_more_than_the_stated_percentage_is_a_warning(self, lint, before, after, limit, told):
        rows = row("2026-01-01", "2026-02-01", *before), row("2026-02-01", "", *after)
        found = lint(prices(*rows), f"price_change_percent = {limit}")
        old, new = f"{float(before[0]):.6f}", f"{float(after[0]):.6f}"
        line = (
            f"prices.csv:4: warning: the price for home home se * changes by more than {limit} percent, from {old} "
            f"(found '{new}'). Remedy: mend a slip; the limit is rating.price_change_percent."
        )
        assert found == ([line] if told else [])


class TestCost:
    def test_a_price_below_its_cost_is_a_warning(self, lint):
        rows = row(more="1.000001"), row(zone="se", band="day", more="1")
        assert lint(prices(*rows, more="cost_per_unit")) == [
            (
                "prices.csv:3: warning: price_per_unit is below the cost 1.000001 (found '1.000000'). "
                "Remedy: raise the price, or mend the cost."
            )
        ]

    def test_a_step_below_the_cost_is_a_warning(self, lint):
        assert lint(prices(row(more="600:0.5/60 1800:0.39/60,0.4"), more="steps,cost_per_unit")) == [
            (
                "prices.csv:3: warning: the step sells below the cost 0.400000 (found '1800:0.39/60'). "
                "Remedy: raise the price, or mend the cost."
            )
        ]

    def test_a_list_below_the_wholesale_list_is_a_warning_once_per_row(self, lint):
        bought = (
            row("2025-01-01", "2026-01-01", "5", name="buy"),
            row("2026-01-01", "", "0.02", "1", name="buy", band="day"),  # 1.20 a minute
            row("2026-01-01", "", "0.50", name="buy", band="night"),
        )
        rows = row(), row("2027-01-01", "", "1.20", name="other", band="day"), row(name="third", band="night")
        assert lint(prices(*rows, *bought), "wholesale_list = 'buy'") == [
            (
                "prices.csv:3: warning: se is sold in home below the price of buy, 0.020000 for 1 units on line 7 "
                "(found '1.000000'). Remedy: raise the price."
            )
        ]


class TestSteps:
    @pytest.mark.parametrize("steps", ["600:0.10/60", "600:0.10/60 1800:0/60", "1:12/1  2:1/1"])
    def test_steps_that_ascend_are_right(self, lint, steps):
        assert lint(prices(row(more=steps), more="steps")) == []

    @pytest.mark.parametrize(
        "steps", ["600", "600:0.10", "600:-1/60", "600:0.1/0", "x:0.1/60", "600:0.1234567/60", "600:1/60;700:1/60"]
    )
    def test_steps_that_cannot_be_read_are_a_fault(self, lint, steps):
        assert lint(prices(row(more=steps), more="steps")) == [
            (
                "prices.csv:3: steps must be unit:price/increment, separated by blanks, prices with at most 6 decimals "
                f"(found '{steps}'). Remedy: write them as 600:0.10/60 1800:0/60."
            )
        ]

    @pytest.mark.parametrize(
        ("steps", "found"), [("600:1/60 600:2/60", "600:2/60"), ("600:1/60 60:2/60", "60:2/60"), ("0:1/60", "0:1/60")]
    )
    def test_steps_that_do_not_ascend_from_1_are_a_fault(self, lint, steps, found):
        assert lint(prices(row(more=steps), more="steps")) == [
            (
                f"prices.csv:3: the units of steps must ascend from 1 (found '{found}'). Remedy: begin with the first "
                "unit of a call, and put each step after the one before it."
            )
        ]


class TestUnits:
    def test_price_units_without_a_common_multiple_within_a_day_are_a_fault(self, lint):
        """60 and 7 have 420, with 1000 it would be 21000, with 997 then 418740."""
        rows = row(unit="7"), row(unit="1000", band="day", price="20"), row(unit="997", band="night")
        assert lint(prices(*rows)) == [
            (
                "prices.csv:5: with the price units above, amounts would not stay exact: the least common multiple is "
                "20937000, over 86400 (found '997'). Remedy: use units that divide one another, such as 1, 60 and "
                "3600, or 1000 and 1000000."
            )
        ]

    @pytest.mark.parametrize("units", [("1", "3600"), ("60", "1000000"), ("1000000", "1048576")])
    def test_seconds_and_bytes_go_together(self, lint, units):
        rows = [row(unit=unit, band=band) for unit, band in zip(units, ("day", "night"), strict=True)]
        assert lint(prices(*rows)) == []

    def test_a_minimum_over_the_maximum_is_a_fault(self, lint):
        assert lint(prices(row(more="2,1"), more="minimum_charge,maximum_charge")) == [
            (
                "prices.csv:3: minimum_charge is over the maximum_charge 1.000000 (found '2.000000'). "
                "Remedy: let the minimum be at most the maximum."
            )
        ]
