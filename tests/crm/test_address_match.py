"""Customers in an address register: outcomes by example, and the vectorised match against plain loops."""

from functools import cache

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.address_match import FIELDS, NORMAL, REGISTER, match_addresses

WANTED = dict.fromkeys(("key", "number", *FIELDS), pl.String)
NO_ONE = (None, None, None, None)
ENTRIES = [
    ("46701740605", "Norrås, Hedvig", "Fyrgatan 17 lgh 1102", "999 34", "Älviken", False),
    ("46701740606", "Bo Alm", "Nyvägen 1", "99935", "Älviken", True),
    ("46701740607", "Cia Berg", "Nyvägen 3", "99935", "Älviken", False),
    ("46701740608", "Cia Berg", "Nyv. 3", "999 35", "ÄLVIKEN", False),
    ("46701740609", "Dag Öst", "Nyvägen 5", "99935", "Älviken", False),
    ("46701740609", "Eva Öst", "Nyvägen 5", "99935", "Älviken", False),
    ("46701740610", "Finn Ek", None, "99936", "Älviken", False),
    (None, "Gun Ek", "Nyvägen 7", "99935", "Älviken", False),
]


def register(*entries):
    return pl.DataFrame(entries, schema=REGISTER, orient="row")


def match(number, fields, entries=ENTRIES):
    wanted = pl.DataFrame([("a", number, *fields)], schema=WANTED, orient="row")
    return match_addresses(wanted, register(*entries)).row(0, named=True)


@pytest.mark.parametrize(
    ("number", "fields", "outcome", "text"),
    [
        ("46701740605", ("HEDVIG NORRAS", "Fyrg. 17", "SE-99934", "alviken"), "complete", "number found, all agrees"),
        ("46701740605", NO_ONE, "complete", "number found, all agrees"),
        ("46701740605", (None, None, "999 34", None), "complete", "number found, all agrees"),
        ("46701740605", ("Hedvig Ek", "Fyrgatan 17", "99934", "Älviken"), "incomplete", "number found: name differs"),
        (
            "46701740605",
            ("Hedvig Norrås", "Fyrgatan 19", "99934", "Ås"),
            "incomplete",
            "number found: street and city differ",
        ),
        ("46701740606", NO_ONE, "secret", "the number is secret in the register"),
        ("46701740606", ("Bo Alm", "Nyvägen 1", "99935", "Älviken"), "secret", "the number is secret in the register"),
        ("46701740609", NO_ONE, "incomplete", "number found, 2 entries fit"),
        ("46701740609", ("Eva Öst", "Nyv 5", "99935", "Älviken"), "complete", "number found, all agrees"),
        (
            "46701740609",
            ("Eva Ost", "Nyv 9", "99935", None),
            "incomplete",
            "number found, 2 entries, of the nearest: street differs",
        ),
        ("46701740610", NO_ONE, "incomplete", "number found: street not in the register"),
        (None, ("Gun Ek", "Nyv. 7", "999 35", None), "complete", "found by postcode, all agrees"),
        ("46999", ("Cia Berg", "Nyvägen 3", "999 35", "Älviken"), "complete", "found by postcode, all agrees"),
        (None, ("Gun Alm", "Nyv. 7", "999 35", "Älviken"), "incomplete", "found by postcode: name differs"),
        (
            None,
            ("Cia Alm", "Nyv. 5", "999 35", "Ås"),
            "incomplete",
            "found by postcode, 2 entries, of the nearest: name and city differ",
        ),
        (
            "46999",
            ("Hans Ö", "Ågatan 1", "99934", "Älviken"),
            "none",
            "neither the number nor name and address are in the register",
        ),
        (
            "46999",
            ("Gun Ek", None, "99935", "Älviken"),
            "none",
            "the number is not in the register, and there is no name with street and postcode to look for",
        ),
    ],
)
def test_outcomes(number, fields, outcome, text):
    found = match(number, fields)
    assert (found["address_outcome"], found["found_text"]) == (outcome, text)


def test_a_complete_match_tells_name_and_address_as_the_register_writes_them():
    found = match("46701740605", NO_ONE)
    assert tuple(found[field] for field in FIELDS) == ("Norrås, Hedvig", "Fyrgatan 17 lgh 1102", "999 34", "Älviken")


@pytest.mark.parametrize("number", ["46701740606", "46701740609", "46701740610", "46999"])
def test_nothing_of_the_register_is_told_of_a_match_that_is_not_complete(number):
    assert tuple(match(number, NO_ONE)[field] for field in FIELDS) == NO_ONE


def test_who_has_a_secret_number_is_not_found_by_address():
    found = match(None, ("Bo Alm", "Nyvägen 1", "99935", "Älviken"), ENTRIES[:2])
    assert found["address_outcome"] == "none"


def test_a_number_that_one_of_its_entries_marks_as_secret_is_secret():
    listed = ("46701740606", "Bo Alm", "Nyvägen 1", "99935", "Älviken", False)
    assert match("46701740606", NO_ONE, [*ENTRIES, listed])["address_outcome"] == "secret"


def test_blank_fields_are_fields_that_were_not_given():
    assert match("46701740605", ("", " ", None, "-"))["address_outcome"] == "complete"


def test_an_empty_register_and_nobody_to_look_for():
    assert match("46701740605", NO_ONE, [])["address_outcome"] == "none"
    assert match_addresses(pl.DataFrame(schema=WANTED), register(*ENTRIES)).is_empty()


# Plain loops

NUMBERS = st.sampled_from(["4670", "4671", "4672"])
NAMES = st.sampled_from(["Anna Ek", "ek, anna", "Bo Ek", "", None])
STREETS = st.sampled_from(["Nyvägen 1", "Nyv. 1, 2 tr", "Nyvägen 2", None])
POSTCODES = st.sampled_from(["99934", "SE-999 34", "99935", None])
CITIES = st.sampled_from(["Älviken", "ALVIKEN", "Ås", None])
ADDRESSES = (NAMES, STREETS, POSTCODES, CITIES)
REGISTERS = st.lists(
    st.tuples(NUMBERS | st.none(), *ADDRESSES, st.sampled_from([False, False, False, True])), max_size=8
)
ASKED = st.lists(st.tuples(NUMBERS | st.just("4699") | st.none(), *ADDRESSES), min_size=1, max_size=6)


@cache
def normal(values):
    frame = pl.DataFrame([values], schema=dict.fromkeys(FIELDS, pl.String), orient="row")
    return frame.select(NORMAL[field](pl.col(field)) for field in FIELDS).row(0)


def agrees(asked, known):
    """Whether an entry has all that is known of a customer, and what the customer did not say."""
    return all(theirs is not None and mine in (None, theirs) for mine, theirs in zip(asked, known, strict=True))


def expected(number, fields, entries):
    asked, there = normal(fields), [(entry, normal(entry[1:5])) for entry in entries]
    holding = [(entry, known) for entry, known in there if number is not None and entry[0] == number]
    if any(entry[5] for entry, _ in holding):
        return "secret"
    if not holding:
        if None in asked[:3]:
            return "none"
        holding = [
            (entry, known)
            for entry, known in there
            if not entry[5] and known[2] == asked[2] and (known[0] == asked[0] or known[1] == asked[1])
        ]
    if not holding:
        return "none"
    return "complete" if len({known for _, known in holding if agrees(asked, known)}) == 1 else "incomplete"


@given(entries=REGISTERS, asked=ASKED)
def test_the_match_is_what_plain_loops_find(entries, asked):
    wanted = pl.DataFrame([(str(n), *row) for n, row in enumerate(asked)], schema=WANTED, orient="row")
    found = match_addresses(wanted, register(*entries))
    assert found["key"].to_list() == wanted["key"].to_list()
    assert found["address_outcome"].to_list() == [expected(row[0], row[1:], entries) for row in asked]


@settings(max_examples=40)
@given(entries=REGISTERS, asked=ASKED, draw=st.data())
def test_the_order_of_the_register_and_the_case_of_the_letters_are_irrelevant(entries, asked, draw):
    rows = [(str(n), *row) for n, row in enumerate(asked)]
    found = match_addresses(pl.DataFrame(rows, schema=WANTED, orient="row"), register(*entries))
    shuffled = register(*draw.draw(st.permutations(entries)))
    capitals = pl.DataFrame(rows, schema=WANTED, orient="row").with_columns(pl.col(FIELDS).str.to_uppercase())
    assert match_addresses(capitals, shuffled).equals(found)
