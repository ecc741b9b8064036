"""How names and addresses are written before they are compared, as tables; hypothesis looks for exceptions."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.address_match import NORMAL
from crm.address_text import folded, normal_name, normal_postcode, normal_street

SWEDISH = st.text("aeghilnorstvÅÄÖåäöéüøæAEGNSTV -.,0123456789", max_size=30)
STREETS = ("Stor", "gatan", "Storgatan", "g.", "vägen", "v", "gränd", "Norra", "S:t", "postbox", "nr", "2", "b", "st")
BESIDES = ("c/o", "Ek,", "lgh", "1102", "tr", "2tr", "nb", "flat", "tv", ",", "och", "AB")
WORDS = st.lists(st.sampled_from(STREETS + BESIDES), max_size=8).map(" ".join)
TEXTS = st.text(max_size=20) | SWEDISH | WORDS


def written(rule, *texts):
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(rule(pl.col("text"))).to_series().to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Åsa-Märta  SJÖGREN ", "asa marta sjogren"),
        ("Désirée Müller", "desiree muller"),
        ("Kjær Bjørn", "kjar bjorn"),
        ("O'Brien", "obrien"),
        ("S:t Olof", "st olof"),
        ("A\u030angstro\u0308m", "angstrom"),  # letter and accent apart
        ("  ", None),
        ("-.", None),
        (None, None),
    ],
)
def test_letters_case_accents_and_blanks(text, expected):
    assert written(folded, text) == [expected]


@pytest.mark.parametrize(
    "names",
    [
        ("Ek, Anna", "Anna Ek", "ANNA  EK", "ek anna"),
        ("Anna-Karin Ek", "Ek Anna Karin"),
        ("Berg & Söner AB", "Berg och Söner Aktiebolag", "AB Berg and Söner"),
        ("Kjær, Bjørn", "Björn Kjär"),
    ],
)
def test_names_that_are_the_same(names):
    assert len(set(written(normal_name, *names))) == 1


def test_another_first_name_is_another_name():
    assert len(set(written(normal_name, "Anna Ek", "Anna K Ek", "Annika Ek"))) == 3


@pytest.mark.parametrize(
    ("streets", "expected"),
    [
        (
            ("Storgatan 5", "Storg. 5", "STORG 5", "Storgatan nr 5", "c/o Berg, Storgatan 5", "Storgatan 5 c/o Berg"),
            "storg 5",
        ),
        (("Norra Hamngatan 12 B", "N. Hamng. 12b", "N Hamngatan 12B"), "n hamng 12b"),
        (
            ("Nyvägen 7", "Nyv. 7", "Nyv 7, 2 tr", "Nyvägen 7 lgh 1102", "Nyvägen 7, 2tr, lgh 1102", "Nyvägen 7 tr 2"),
            "nyv 7",
        ),
        (("Ankargränd 3", "Ankargr. 3 nb"), "ankargr 3"),
        (("S:t Eriksgatan 1", "Sankt Eriksgatan 1", "St. Eriksg. 1"), "st eriksg 1"),
        (("12 High Street", "12 High St.", "Flat 4, 12 High Street"), "12 high st"),
        (("Storgade 5, 2. tv", "Storgade 5"), "storg 5"),
        (("Hauptstraße 9", "Hauptstr. 9"), "hauptstr 9"),
        (("Box 12", "Postbox 12"), "box 12"),
        (("", " ", "c/o Berg,"), None),
    ],
)
def test_streets_that_are_the_same(streets, expected):
    assert written(normal_street, *streets) == [expected] * len(streets)


def test_house_numbers_letters_and_names_tell_streets_apart():
    streets = ("Storgatan 5", "Storgatan 5 B", "Storgatan 55", "Storvägen 5", "Norra Storgatan 5", "Storgatan")
    assert len(set(written(normal_street, *streets))) == 6


@pytest.mark.parametrize(
    ("postcodes", "expected"),
    [
        (("999 34", "99934", "SE-99934", "SE-999 34", "S-999 34", "se 99934"), "99934"),
        (("FI-00100", "00100"), "00100"),
        (("sw1a 1aa", "SW1A1AA"), "SW1A1AA"),
        ((" ", "-"), None),
    ],
)
def test_postcodes_that_are_the_same(postcodes, expected):
    assert written(normal_postcode, *postcodes) == [expected] * len(postcodes)


@pytest.mark.parametrize("field", NORMAL)
@given(texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_what_is_written_alike_stays_as_it_is(field, texts):
    once = written(NORMAL[field], *texts)
    assert written(NORMAL[field], *once) == once


@pytest.mark.parametrize("field", NORMAL)
@given(text=SWEDISH | WORDS)
def test_capital_letters_make_no_difference(field, text):
    assert len(set(written(NORMAL[field], text, text.upper(), text.lower()))) == 1


@pytest.mark.parametrize("field", ["name", "street", "city"])
@given(text=SWEDISH | WORDS)
def test_accents_make_no_difference(field, text):
    plain = text.translate(str.maketrans("åäöéüøæÅÄÖ", "aaoeuoaAAO"))
    assert len(set(written(NORMAL[field], text, plain))) == 1
