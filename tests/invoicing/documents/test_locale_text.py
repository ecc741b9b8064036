"""Figures as readers of each language write them. `_` stands for NO-BREAK SPACE in the expected values."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents.document_error import DocumentError
from invoicing.documents.locale_text import LocaleText, decimals_of

SWEDISH = LocaleText("sv_SE", "short")
LANGUAGES = {
    "sv": SWEDISH,
    "en": LocaleText("en_GB", "medium"),
    "fi": LocaleText("fi_FI", "short"),
    "nb": LocaleText("nb_NO", "short"),
    "da": LocaleText("da_DK", "short"),
    "de": LocaleText("de_DE", "medium"),
}


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
    assert SWEDISH.amount(Decimal(amount)) == expected.replace("_", "\u00a0")


def test_an_amount_that_would_have_to_be_rounded_is_refused():
    with pytest.raises(ValueError, match=r"0\.005 has more than 2 decimals"):
        SWEDISH.amount(Decimal("0.005"))


def test_a_float_is_no_amount():
    with pytest.raises(TypeError, match="float is no amount"):
        SWEDISH.amount(1.5)


@pytest.mark.parametrize(("currency", "expected"), [("SEK", "7,00_kr"), ("EUR", "7,00_€"), ("NOK", "7,00_NOK")])
def test_money_names_its_currency(currency, expected):
    assert SWEDISH.money(Decimal(7), currency) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("percent", "expected"),
    [("25.0000", "25_%"), ("12.5000", "12,5_%"), ("0", "0_%"), ("100", "100_%"), ("1E1", "10_%")],
)
def test_a_percentage_has_no_idle_decimals(percent, expected):
    assert SWEDISH.percent(Decimal(percent)) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(("count", "expected"), [(7, "7"), (1204, "1_204"), (-1204, "\u22121_204")])
def test_a_count_has_grouped_thousands(count, expected):
    assert SWEDISH.count(count) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (date(2026, 9, 1), date(2026, 10, 1), "2026-09-01_\u2013 2026-09-30"),
        (date(2026, 2, 28), date(2026, 3, 1), "2026-02-28"),
    ],
)
def test_a_half_open_period_is_shown_by_its_last_day(first, end, expected):
    assert SWEDISH.period(first, end) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0:00"), (45, "0:45"), (725, "12:05"), (11100, "3:05:00"), (3601, "1:00:01"), (3_600_000, "1_000:00:00")],
)
def test_talk_time_loses_no_second(seconds, expected):
    assert SWEDISH.talk_time(seconds) == expected.replace("_", "\u00a0")


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
    assert SWEDISH.volume(volume) == expected.replace("_", "\u00a0")


@pytest.mark.parametrize(
    ("units", "kind", "expected"),
    [(4_200, "call", "1:10:00"), (10**9, "data", "1_GB"), (1_012, "message", "1_012"), (3, "event", "3")],
)
def test_units_are_written_as_their_kind_of_usage_is(units, kind, expected):
    assert SWEDISH.units(units, kind) == expected.replace("_", "\u00a0")


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
    assert SWEDISH.part(left, granted, unit, "SEK") == tuple(text.replace("_", "\u00a0") for text in expected)


@pytest.mark.parametrize(
    ("language", "amount", "kronor", "euro", "own"),
    [
        ("sv", "\u22121_234,50", "\u22121_234,50_kr", "\u22121_234,50_€", "SEK"),
        ("en", "\u22121,234.50", "\u2212SEK_1,234.50", "\u2212€1,234.50", "GBP"),
        ("fi", "\u22121_234,50", "\u22121_234,50_SEK", "\u22121_234,50_€", "EUR"),
        ("nb", "\u22121_234,50", "\u22121_234,50_SEK", "\u22121_234,50_€", "NOK"),
        ("da", "\u22121.234,50", "\u22121.234,50_SEK", "\u22121.234,50_€", "DKK"),
        ("de", "\u22121.234,50", "\u22121.234,50_SEK", "\u22121.234,50_€", "EUR"),
    ],
)
def test_each_language_writes_amounts_its_own_way_and_only_its_own_currency_by_its_sign(
    language, amount, kronor, euro, own
):
    text = LANGUAGES[language]
    debt = Decimal("-1234.50")
    written = (text.amount(debt), text.money(debt, "SEK"), text.money(debt, "EUR"))
    assert written == tuple(expected.replace("_", "\u00a0") for expected in (amount, kronor, euro))
    assert own not in text.money(debt, own)


@pytest.mark.parametrize(
    ("language", "day", "month", "percent"),
    [
        ("sv", "2026-10-01", "okt. 2026", "25,5_%"),
        ("en", "1 Oct 2026", "Oct 2026", "25.5%"),
        ("fi", "1.10.2026", "loka 2026", "25,5_%"),
        ("nb", "01.10.2026", "okt. 2026", "25,5_%"),
        ("da", "01.10.2026", "okt. 2026", "25,5_%"),
        ("de", "01.10.2026", "Okt. 2026", "25,5_%"),
    ],
)
def test_each_language_writes_dates_and_percentages_its_own_way(language, day, month, percent):
    text = LANGUAGES[language]
    assert text.day(date(2026, 10, 1)) == day
    assert text.month(date(2026, 10, 1)) == month
    assert text.percent(Decimal("25.5000")) == percent.replace("_", "\u00a0")


@given(st.sampled_from(sorted(LANGUAGES)), st.decimals(min_value=-(10**14), max_value=10**14, places=2))
def test_no_language_loses_a_digit_of_an_amount(language, amount):
    digits = "".join(letter for letter in LANGUAGES[language].amount(amount) if letter.isdigit())
    assert digits == f"{abs(amount):.2f}".replace(".", "")


@pytest.mark.parametrize(
    ("charge", "expected"),
    [("0.234500", "0,2345"), ("1234.5", "1_234,50"), ("0", "0,00"), ("-0.000001", "\u22120,000001")],
)
def test_a_charge_keeps_every_decimal_that_it_needs(charge, expected):
    assert SWEDISH.charge(Decimal(charge)) == expected.replace("_", "\u00a0")
    assert SWEDISH.charge(Decimal("0.1"), decimals_of(Decimal("0.2345"))) == "0,1000"


def test_a_country_has_its_name_in_the_readers_language():
    assert (SWEDISH.country("DE"), LANGUAGES["fi"].country("DE")) == ("Tyskland", "Saksa")


@pytest.mark.parametrize(
    ("locale", "length", "fault"),
    [("xx_YY", "short", "'xx_YY' is not known"), ("sv_SE", "tiny", "'tiny' is no length")],
)
def test_a_locale_or_length_that_does_not_exist_is_named(locale, length, fault):
    with pytest.raises(DocumentError, match=fault):
        LocaleText(locale, length)
