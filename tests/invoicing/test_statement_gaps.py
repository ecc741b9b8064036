"""Missing bank statements are seen from those that came, and seen no more when they come."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.statement_gaps import statement_gaps
from schemas import tables


def statement(day, opening, closing, number=None, page=1, last=True, **more):
    row = {
        "statement_id": f"9912346:{day}:{page}",
        "payee_account": "9912346",
        "statement_no": f"S{day}",
        "sequence_no": number,
        "page_no": page,
        "is_last_page": last,
        "covered_from": date(2026, 11, day),
        "covered_to": date(2026, 11, day),
        "currency": "SEK",
        "opening_amount": None if opening is None else Decimal(opening),
        "closing_amount": None if closing is None else Decimal(closing),
    }
    return row | more


def gaps(*rows):
    found = statement_gaps(pl.DataFrame(list(rows), schema=tables.BANK_STATEMENT.schema))
    return dict(found.select("statement_no", "gap_text").iter_rows())


WEEK = [
    statement(2, 0, 100, 41),
    statement(3, 100, 70, 42),
    statement(4, 70, 70, 43),
    statement(5, 70, 90, 44),
]


def test_statements_that_follow_each_other_have_no_gap():
    assert gaps(*WEEK) == {}


def test_a_missing_number_and_a_jump_of_the_balance_are_both_told():
    assert gaps(WEEK[0], WEEK[3]) == {
        "S5": "2 statements are missing before number 44; "
        "it opens with 70.00, the statement before it, S2, closed with 100.00"
    }


def test_without_numbers_the_balances_tell():
    assert gaps(statement(2, 0, 100), statement(4, 70, 90)) == {
        "S4": "it opens with 70.00, the statement before it, S2, closed with 100.00"
    }


def test_numbers_begin_anew_with_the_year():
    new_year = {"covered_from": date(2027, 1, 2), "covered_to": date(2027, 1, 2)}
    assert gaps(WEEK[3], statement(6, 90, 95, 1, **new_year)) == {}


def test_each_account_has_its_own_series():
    other = {"payee_account": "50501055"}
    assert gaps(WEEK[0], WEEK[1], statement(3, 5, 6, 900, **other), statement(4, 6, 7, 901, **other)) == {}


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        ([(1, False), (2, True)], None),
        ([(1, False), (3, True)], "pages before page 3 are missing"),
        ([(2, True)], "pages before page 2 are missing"),
    ],
)
def test_pages_must_be_complete(pages, text):
    rows = [statement(3, None, None, 42, page, last) for page, last in pages]
    assert gaps(WEEK[0], *rows) == ({"S3": text} if text else {})


def test_a_last_page_that_never_came_is_told_at_the_next_statement():
    found = gaps(statement(2, None, None, 41, 1, last=False), WEEK[1])
    assert found == {"S3": "the last page of the statement before it, S2, is missing"}


@settings(max_examples=25, deadline=None)
@given(st.permutations(WEEK))
def test_the_order_in_which_statements_come_is_irrelevant(rows):
    assert gaps(*rows) == {}
    assert gaps(*(row for row in rows if row["sequence_no"] != 43)) == gaps(WEEK[0], WEEK[1], WEEK[3])
