"""Registration numbers by country. The numbers are stdnum's own examples, Skatteverket's test numbers, or made up."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.person_number import PersonNumberError, checked_number, comparable

ON = date(2026, 11, 26)
WRONG_DIGIT = "the registration number does not fit its check digit; send it again as it stands on the document"
WRONG_LENGTH = "the registration number has too few or too many digits for its country and customer category"
WRONG_KIND = "the registration number is not one of its country and customer category, or its date does not exist"


@pytest.mark.parametrize(
    ("number", "country", "category", "canonical", "born_on"),
    [
        ("811228-9874", "SE", "private", "19811228-9874", date(1981, 12, 28)),
        ("8112289874", "SE", "private", "19811228-9874", date(1981, 12, 28)),
        ("19811228 9874", "SE", "private", "19811228-9874", date(1981, 12, 28)),
        ("811228+9874", "SE", "private", "18811228-9874", date(1881, 12, 28)),
        ("701063-2391", "SE", "private", "19701063-2391", date(1970, 10, 3)),  # samordningsnummer: the 3rd + 60
        ("811228-9874", "SE", "vip", "19811228-9874", date(1981, 12, 28)),
        ("559999-0008", "SE", "corporate", "559999-0008", None),
        ("16559999-0008", "SE", "corporate", "559999-0008", None),
        ("5599990008", "SE", "vip", "559999-0008", None),
        ("811228-9874", "SE", "corporate", "19811228-9874", date(1981, 12, 28)),  # a sole trader
        ("151086 95088", "NO", "private", "15108695088", date(1986, 10, 15)),
        ("988 077 917", "NO", "corporate", "988077917", None),
        ("2110620629", "DK", "private", "211062-0629", date(1962, 10, 21)),
        ("13585628", "DK", "corporate", "13585628", None),
        ("131052-308t", "FI", "private", "131052-308T", date(1952, 10, 13)),
        ("2077474-0", "FI", "corporate", "20774740", None),
        (" 12/345 ", "DE", "private", "12/345", None),
    ],
)
def test_numbers_of_each_country_and_category(number, country, category, canonical, born_on):
    assert checked_number(number, country, category, ON) == (canonical, born_on)


@pytest.mark.parametrize(
    ("number", "country", "category", "text"),
    [
        ("811228-9875", "SE", "private", WRONG_DIGIT),
        ("559999-0009", "SE", "corporate", WRONG_DIGIT),
        ("559999-0009", "SE", "vip", WRONG_DIGIT),
        ("15108695077", "NO", "private", WRONG_DIGIT),
        ("131052-308U", "FI", "private", WRONG_DIGIT),
        ("811228987", "SE", "private", WRONG_LENGTH),
        ("", "SE", "private", WRONG_LENGTH),
        ("2110620", "DK", "private", WRONG_LENGTH),
        ("559999-0008", "SE", "private", WRONG_KIND),  # a company
        ("811341-9876", "SE", "private", WRONG_KIND),  # month 13
        ("20271231-1238", "SE", "private", WRONG_KIND),  # not born yet
        ("5110625629", "DK", "private", WRONG_KIND),  # the 51st
        ("abc", "DK", "private", WRONG_KIND),
    ],
)
def test_numbers_that_are_refused(number, country, category, text):
    with pytest.raises(PersonNumberError, match="^" + text.replace(".", r"\.") + "$"):
        checked_number(number, country, category, ON)


def test_two_digits_of_a_year_are_of_the_last_hundred_years_on_the_day_of_the_request():
    number = "261126-1237"
    assert checked_number(number, "SE", "private", date(2026, 11, 26)).born_on == date(2026, 11, 26)
    assert checked_number(number, "SE", "private", date(2025, 1, 1)).born_on == date(1926, 11, 26)
    with pytest.raises(PersonNumberError):
        checked_number(number, "SE", "private", date(2026, 11, 25))


@given(
    number=st.text(max_size=16) | st.text("0123456789-+A", max_size=14),
    country=st.sampled_from(["SE", "NO", "DK", "FI", "GB"]),
    category=st.sampled_from(["private", "corporate", "vip"]),
)
def test_a_number_is_canonical_or_refused_without_being_told(number, country, category):
    found, told = outcome(number, country, category)
    if found is None:
        assert told in {WRONG_DIGIT, WRONG_LENGTH, WRONG_KIND}
    else:
        assert outcome(found.canonical, country, category) == (found, None)


def outcome(number, country, category):
    try:
        return checked_number(number, country, category, ON), None
    except PersonNumberError as error:
        return None, str(error)


def test_numbers_of_different_files_are_compared_without_signs_and_century():
    written = ["19811228-9874", "811228-9874", "8112289874", "18811228-9874", "16559999-0008", "131052-308t", " ", None]
    form = pl.DataFrame({"number": written}).select(comparable(pl.col("number")))["number"].to_list()
    assert form == ["8112289874"] * 4 + ["5599990008", "131052308T", None, None]
