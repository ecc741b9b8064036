"""Payers: whose invoice a charge stands on, by the day of its service."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from invoicing.payers import paid_by
from schemas import tables

NOV1 = date(2026, 11, 1)


def payers(*rows):
    """PAYER rows of account, first day and payer."""
    return pl.DataFrame([(*row, "r") for row in rows], schema=tables.PAYER.schema, orient="row")


def charges(*rows):
    """Rows of account and day."""
    return pl.DataFrame(rows, schema={"account_id": pl.Int64, "service_from": pl.Date}, orient="row")


def paid(of, by):
    return paid_by(of, by, pl.col("service_from"))["account_id"].to_list()


def day(number):
    return date(2026, 11, number)


def test_a_charge_goes_to_who_pays_on_the_day_of_the_service():
    by = payers((2, day(10), 1), (2, day(20), None))
    of = charges((2, day(9)), (2, day(10)), (2, day(19)), (2, day(20)), (3, day(15)))
    assert paid(of, by) == [2, 1, 1, 2, 3]


def test_a_payer_may_be_followed_by_another():
    by = payers((2, day(20), 3), (2, day(10), 1))
    assert paid(charges((2, day(15)), (2, day(25))), by) == [1, 3]


def test_without_payers_every_account_pays_itself():
    assert paid(charges((2, NOV1)), payers()) == [2]


_DAYS = st.integers(0, 30).map(lambda days: NOV1 + timedelta(days=days))


@given(
    st.lists(st.tuples(st.integers(1, 4), _DAYS), max_size=20),
    st.lists(
        st.tuples(st.integers(1, 4), _DAYS, st.none() | st.integers(5, 7)), unique_by=lambda row: row[:2], max_size=8
    ),
)
def test_every_charge_stays_in_its_place_and_is_of_one_account(of, by):
    found = paid_by(charges(*of), payers(*by), pl.col("service_from"))
    assert found["service_from"].to_list() == [row[1] for row in of]
    for (account, on), payer in zip(of, found["account_id"], strict=True):
        before = [row for row in by if row[0] == account and row[1] <= on]
        last = max(before, key=lambda row: row[1], default=(account, on, None))
        assert payer == (last[2] or account)
