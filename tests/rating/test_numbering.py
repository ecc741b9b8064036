"""Numbers as switches write them, in one form."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rating.numbering import international, international_numbers, network_prefix, network_prefixes

SWEDISH = ("46", "0", "00")
FORMS = [
    ("+46812345", "46812345"),
    ("+46 8-123 45", "46812345"),
    ("0046812345", "46812345"),
    ("0812345", "46812345"),
    ("(08) 123 45", "46812345"),
    ("08/12.345", "46812345"),
    ("46812345", "46812345"),
    ("0701740605", "46701740605"),
    ("004791234567", "4791234567"),
    ("112", "46112"),
    ("90510", "4690510"),
    ("123456", "46123456"),
    ("1234567", "1234567"),
    ("+112", "112"),
    ("+" + "1" * 20, "1" * 20),
    ("+" + "1" * 21, None),
    ("", None),
    (" ", None),
    ("+", None),
    ("00", None),
    ("0", None),
    ("-", None),
    ("anonymous", None),
    ("0812a45", None),
    ("++46812345", None),
    ("46+812345", None),
    ("٠١٢", None),
    ("*21*46812345#", None),
    ("sip:46812345", None),
    (None, None),
]


@pytest.mark.parametrize(("written", "expected"), FORMS)
def test_a_number_is_brought_to_international_digits(written, expected):
    frame = pl.DataFrame({"number": [written]}, schema={"number": pl.String})
    assert frame.select(international(pl.col("number"), *SWEDISH)).item() == expected


@pytest.mark.parametrize(("written", "expected"), [("12345678", "12345678"), ("112", "45112"), ("004512", "4512")])
def test_a_country_without_national_prefix(written, expected):
    frame = pl.DataFrame({"number": [written]})
    assert frame.select(international(pl.col("number"), "45", "", "00")).item() == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("47", "47"),
        ("+47", "47"),
        ("0047", "47"),
        ("47 9-1", "4791"),
        ("", None),
        ("0", None),
        ("NOR", None),
        (None, None),
    ],
)
def test_a_visited_network_is_the_beginning_of_a_number(written, expected):
    frame = pl.DataFrame({"number": [written]}, schema={"number": pl.String})
    assert frame.select(network_prefix(pl.col("number"), "00")).item() == expected


def test_plain_numbers_and_others_in_one_column_are_each_brought_to_their_form():
    written, expected = zip(*FORMS, strict=True)
    frame = pl.DataFrame({"number": [*written, *expected]}, schema={"number": pl.String})
    once = frame.select(international(pl.col("number"), *SWEDISH)).to_series().to_list()
    assert once[: len(written)] == list(expected)


WRITTEN = st.lists(
    st.one_of(
        st.sampled_from([written for written, _ in FORMS]),
        st.text("0123456789", min_size=5, max_size=22),
        st.tuples(
            st.sampled_from(["", "+", "00", "0", "1", "8", "011", "810", "-", " ", "\t", "٤"]),
            st.text("0123456789", min_size=5, max_size=20),
            st.sampled_from(["", " ", "\t", "\u00a0", ".0", "e3", "_1", "(0)", "#", "\0", "٤"]),
        ).map("".join),
        st.text("0189+-(). \t\u00a0x٤", max_size=24),
    )
)


@given(written=WRITTEN, forms=st.sampled_from([SWEDISH, ("45", "", "00"), ("1", "1", "011"), ("7", "8", "810")]))
def test_a_column_of_numbers_is_brought_to_the_form_of_each_number(written, forms):
    numbers = pl.Series("number", written, pl.String)
    column, number = numbers.to_frame(), pl.col("number")
    expected = column.select(international(number, *forms)).to_series()
    assert international_numbers(numbers, *forms).to_list() == expected.to_list()
    networks = column.select(network_prefix(number, forms[2])).to_series()
    assert network_prefixes(numbers, forms[2]).to_list() == networks.to_list()
    assert numbers.to_list() == written
