"""Which numbers the black list bars."""

from datetime import date

import polars as pl

from rating.black_listed import bars_by_black_list
from schemas import tables

ON = date(2026, 11, 20)
NUMBERS = pl.DataFrame(
    [("46701", 501, 21, 11), ("46702", 502, 21, 11), ("46703", 503, 22, 12)],
    schema={"a_number": pl.String, "subscription_id": pl.Int64, "account_id": pl.Int64, "customer_id": pl.Int64},
    orient="row",
)


def barred(*rows):
    """Bar by (kind, value, reason[, from day, to day, prompt]) rows."""
    made = []
    for kind, value, reason, *more in rows:
        begins, ends, prompt = (*more, *[date(2026, 1, 1), None, None][len(more) :])
        made.append((kind, value, reason, prompt, None, begins, ends))
    listed = pl.DataFrame(made, schema=tables.BLACK_LIST.schema, orient="row")
    found = bars_by_black_list(listed, NUMBERS, ON)
    assert set(found["barred"]) <= {"all"}
    return found.select("a_number", "account_id", "block_reason").rows()


def test_a_listed_number_is_barred_and_a_stranger_s_too():
    assert barred(("number", "46703", "fraud"), ("number", "4479", "behaviour")) == [
        ("4479", None, "behaviour"),
        ("46703", 22, "fraud"),
    ]


def test_every_number_of_a_listed_customer_is_barred():
    assert barred(("customer", "11", "fraud")) == [("46701", 21, "fraud"), ("46702", 21, "fraud")]


def test_a_number_s_own_row_goes_before_its_customer_s():
    assert barred(("customer", "11", "fraud"), ("number", "46702", "regulatory")) == [
        ("46701", 21, "fraud"),
        ("46702", 21, "regulatory"),
    ]


def test_a_row_bars_from_its_first_day_until_the_day_before_its_last():
    assert barred(("number", "46701", "fraud", date(2026, 11, 21))) == []
    assert barred(("number", "46701", "fraud", date(2026, 1, 1), ON)) == []
    assert len(barred(("number", "46701", "fraud", ON, date(2026, 11, 21)))) == 1


def test_persons_and_addresses_bar_no_number():
    assert barred(("person", "46701", "fraud"), ("address", "46702", "fraud")) == []
