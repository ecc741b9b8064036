"""Figures as Swedish readers write them. `_` stands for NO-BREAK SPACE in the expected values."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing.documents.amount_text import (
    amount_text,
    count_text,
    duration_text,
    money_text,
    part_text,
    percent_text,
    period_text,
    talk_time_text,
    units_text,
    volume_text,
)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1234.50", "1_234,50"),
        ("0", "0,00"),
        ("-0.00", "0,00"),
        ("0.05", "0,05"),
        ("-25", "\u221225,00"),
        ("-1234567.89", "\u22121_234_567,89"),
        ("999.99", "999,99"),
        ("1000.100000", "1_000,10"),
        ("99999999999999.99", "99_999_999_999_999,99"),
    ],
)
def test_an_amount_has_grouped_thousands_a_comma_and_two_decimals(amount, expected):
    assert amount_text(Decimal(amount)) == expected.replace("_", "\u00a0")


def test_an_amount_that_would_have_to_be_rounded_is_refused():
    with pytest.raises(ValueError, match=r"0\.005 has more than 2 decimals"):
        amount_text(Decimal("0.005"))


def test_a_float_is_no_amount():
    with pytest.raises(TypeError, match="float is no amount"):
        amount_text(1.5)


@pytest.mark.parametrize(("currency", "expected"), [("SEK", "7,00_kr"), ("EUR", "7,00_EUR")])
def test_money_names_its_currency(currency, expected):
    assert money_text(Decimal(7), currency) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("percent", "expected"),
    [("25.0000", "25_%"), ("12.5000", "12,5_%"), ("0", "0_%"), ("100", "100_%"), ("1E1", "10_%")],
)
def test_a_percentage_has_no_idle_decimals(percent, expected):
    assert percent_text(Decimal(percent)) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(("count", "expected"), [(7, "7"), (1204, "1_204"), (-1204, "\u22121_204")])
def test_a_count_has_grouped_thousands(count, expected):
    assert count_text(count) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (date(2026, 9, 1), date(2026, 10, 1), "2026-09-01_\u2013 2026-09-30"),
        (date(2026, 2, 28), date(2026, 3, 1), "2026-02-28"),
    ],
)
def test_a_half_open_period_is_shown_by_its_last_day(first, end, expected):
    assert period_text(first, end) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("seconds", "meter", "words"),
    [
        (0, "0:00", "0_s"),
        (45, "0:45", "45_s"),
        (725, "12:05", "12_min_05_s"),
        (11100, "3:05:00", "3_tim_05_min"),
        (3601, "1:00:01", "1_tim_00_min_01_s"),
        (3_600_000, "1_000:00:00", "1_000_tim_00_min"),
    ],
)
def test_a_duration_loses_no_second(seconds, meter, words):
    assert talk_time_text(seconds) == meter.replace("_", "\u00a0")
    assert duration_text(seconds) == words.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (0, "0_B"),
        (999, "999_B"),
        (1_500, "1,5_kB"),
        (500_000_000, "500_MB"),
        (1_234_567, "1,23_MB"),
        (1_235_000, "1,24_MB"),  # half up
        (12_345_678_900, "12,35_GB"),
        (2_050_000_000_000, "2_050_GB"),
        (-1_500_000, "\u22121,5_MB"),
    ],
)
def test_a_volume_is_written_in_the_largest_unit_it_fills_with_two_decimals_at_most(volume, expected):
    assert volume_text(volume) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("units", "kind", "expected"),
    [(4_200, "call", "1:10:00"), (10**9, "data", "1_GB"), (1_012, "message", "1_012"), (3, "event", "3")],
)
def test_units_are_written_as_their_kind_of_usage_is(units, kind, expected):
    assert units_text(units, kind) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("left", "granted", "unit", "expected"),
    [
        ("8520.000000", "18000.000000", "s", ("142", "300")),
        ("8519.000000", "18000.000000", "s", ("141", "300")),  # 141 minutes and 59 seconds
        ("1250000000.000000", "5000000000.000000", "byte", ("1,25_GB", "5_GB")),
        ("12.000000", "1000.000000", "message", ("12", "1_000")),
        ("3.000000", "5.000000", "call", ("3", "5")),
        ("12.505000", "100.000000", "money", ("12,51", "100,00_kr")),
    ],
)
def test_what_is_left_of_an_allowance_and_what_was_granted_are_figures_of_one_kind(left, granted, unit, expected):
    assert part_text(left, granted, unit, "SEK") == tuple(text.replace("_", "\u00a0") for text in expected)
