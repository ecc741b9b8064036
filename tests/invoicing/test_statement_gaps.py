"""Missing bank statements are seen from those that came, and seen no more when they come."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.statement_gaps import notification_gaps, page_gaps, statement_gaps
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


@pytest.mark.parametrize(
    ("pages", "text"),
    [
        (["page 1", "page 2 (last)"], None),
        (["page 2 (last)"], "1 of the first 2 pages are missing"),
        (["page 1"], "the pages after page 1 are missing"),
        (["page 3"], "2 of the first 3 pages are missing; the pages after page 3 are missing"),
    ],
)
def test_pages_of_a_message_are_missing_until_all_have_come(pages, text):
    rows = {"bank_file_id": [f"camt054:M1:{page}" for page in pages], "received_on": [date(2026, 11, 2)] * len(pages)}
    found = page_gaps(pl.DataFrame(rows))
    assert found.select("message", "gap_text").rows() == ([("camt054:M1", text)] if text else [])


def numbered(day, number, month=11, year=2026, account="9912346"):
    return {"payee_account": account, "notification_no": f"N{day}", "sequence_no": number, "page_no": 1,
            "reported_on": date(year, month, day)}  # fmt: skip


@pytest.mark.parametrize(
    ("notifications", "told"),
    [
        ([numbered(2, 7), numbered(3, 8)], {}),
        ([numbered(2, 7), numbered(4, 10)], {"N4": "2 notifications are missing before number 10"}),
        ([numbered(4, 10), numbered(3, 9), numbered(2, 8)], {}),
        ([numbered(2, None), numbered(3, None)], {}),
        ([numbered(30, 400, 12), numbered(2, 1, 1, 2027)], {}),
        ([numbered(30, 400, 12), numbered(2, 402, 1, 2027)], {"N2": "1 notifications are missing before number 402"}),
        ([numbered(2, 7), numbered(3, 99, account="50501055")], {}),
    ],
    ids=["in order", "a gap", "any order", "no numbers", "a new year", "no new year", "two accounts"],
)
def test_notifications_that_are_missing_are_seen_by_the_banks_numbers(notifications, told):
    found = notification_gaps(pl.DataFrame(notifications, schema=tables.BANK_NOTIFICATION.schema))
    assert dict(found.select("notification_no", "gap_text").iter_rows()) == told
