"""Who is on the black list: by number, customer, person or address, on a date."""

from datetime import date

import polars as pl
import pytest

from crm.black_list import black_listed
from schemas import tables

ON = date(2026, 11, 26)
ROWS = [
    ("number", "46701740605", "fraud", "fraud-sv", "three SIM cards", date(2026, 1, 1), None),
    ("customer", "10024", "behaviour", None, "threats", date(2026, 1, 1), None),
    ("person", "811228-9874", "fraud", None, None, date(2026, 1, 1), None),
    ("address", "Storgatan 5, lgh 1102, 999 34", "financial", None, "an empty flat", date(2026, 1, 1), None),
]
WANTED = {
    "key": pl.String,
    "numbers": pl.List(pl.String),
    "customer_id": pl.Int64,
    "registration_no": pl.String,
    "street": pl.String,
    "postcode": pl.String,
}


def listed(*, on=ON, rows=ROWS, **wanted):
    frame = pl.DataFrame([{"key": "a"} | wanted], schema=WANTED)
    table = pl.DataFrame(rows, schema=tables.BLACK_LIST.schema, orient="row")
    return black_listed(frame, table, on).drop("key", "listed_value").rows()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"numbers": ["46701740601", "46701740605"]}, ("number", "fraud", "fraud-sv", "three SIM cards")),
        ({"customer_id": 10024}, ("customer", "behaviour", None, "threats")),
        ({"registration_no": "19811228-9874"}, ("person", "fraud", None, None)),
        ({"street": "STORG. 5", "postcode": "SE-99934"}, ("address", "financial", None, "an empty flat")),
    ],
)
def test_each_kind_is_found(wanted, found):
    assert listed(**wanted) == [found]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"numbers": ["46701740600"], "customer_id": 1, "registration_no": "559999-0008"},
        {"street": "Storgatan 7", "postcode": "999 34"},
        {"street": "Storgatan 5", "postcode": "999 35"},
        {"street": "Storgatan 5"},
        {"registration_no": "10024"},
    ],
)
def test_others_are_not(wanted):
    assert listed(**wanted) == []


def test_everything_that_somebody_is_listed_for_is_told_numbers_first():
    found = listed(customer_id=10024, numbers=["46701740605"], registration_no="8112289874")
    assert [kind for kind, *_ in found] == ["number", "customer", "person"]


@pytest.mark.parametrize(("on", "count"), [(date(2026, 1, 31), 0), (date(2026, 2, 1), 1), (date(2026, 3, 1), 0)])
def test_a_row_is_in_force_from_its_first_day_until_the_day_before_its_end(on, count):
    row = ("customer", "10024", "behaviour", None, None, date(2026, 2, 1), date(2026, 3, 1))
    assert len(listed(on=on, rows=[row], customer_id=10024)) == count


def test_a_frame_of_single_numbers_will_do_and_tells_the_listed_value():
    wanted = pl.DataFrame({"key": ["x", "y"], "number": ["46701740605", None]})
    found = black_listed(wanted, pl.DataFrame(ROWS, schema=tables.BLACK_LIST.schema, orient="row"), ON)
    assert found.select("key", "listed_value").rows() == [("x", "46701740605")]


def test_an_empty_list_lists_nobody():
    assert listed(rows=[], customer_id=10024) == []
