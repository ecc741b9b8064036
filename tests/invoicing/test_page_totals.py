"""What a message says of itself must be what all its pages hold, whichever files these came in."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.page_totals import notification_totals, statement_totals
from schemas import tables

DAY = date(2026, 11, 2)


def page(number, count, amount, stated=None, *, last=False):
    """A page of notification N1 with so many entries of so much in all; `stated`: what it says of all pages."""
    told = stated or (None, None)
    return {
        "notification_id": f"9912346:N1:page {number}", "payee_account": "9912346", "notification_no": "N1",
        "page_no": number, "is_last_page": last, "reported_on": DAY, "stated_count": told[0],
        "stated_amount": None if told[1] is None else Decimal(told[1]), "held_count": count,
        "held_amount": Decimal(amount),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([page(1, 2, 300, (3, 400)), page(2, 1, 100, last=True)], []),
        ([page(2, 1, 100, (3, 400), last=True), page(1, 2, 300, (3, 400))], []),
        ([page(1, 2, 300, (4, 400)), page(2, 1, 100, last=True)], ["its 2 pages hold 3 entries, it says 4"]),
        ([page(1, 2, 300, (3, 450)), page(2, 1, 100, last=True)], ["its 2 pages hold 400.00 in all, it says 450.00"]),
        ([page(1, 2, 300, (4, 450)), page(3, 1, 100, last=True)], []),
        ([page(1, 2, 300, (4, 450))], []),
        ([page(1, 2, 300), page(2, 1, 100, last=True)], []),
        ([page(1, 2, 300, (2, 300)), page(2, 1, 100, (1, 100), last=True)], []),
    ],
    ids=[
        "they agree",
        "said twice",
        "another count",
        "another sum",
        "a page is missing",
        "no last page",
        "says nothing",
        "each of itself",
    ],
)
def test_a_notification_is_held_against_all_its_pages_once_they_have_come(pages, told):
    found = notification_totals(pl.DataFrame(pages, schema=tables.BANK_NOTIFICATION.schema))
    assert found["gap_text"].to_list() == told


def stated(number, opening, closing, *, last=False):
    return {
        "statement_id": f"S1:{number}", "payee_account": "9912346", "statement_no": "S1", "page_no": number,
        "is_last_page": last, "covered_to": DAY, "opening_amount": opening and Decimal(opening),
        "closing_amount": closing and Decimal(closing),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("closing", "told"),
    [("150", []), ("160", ["it opens with 100.00, its 2 pages hold 50.00, and it closes with 160.00"])],
)
def test_a_statement_without_balances_between_its_pages_leads_from_the_first_to_the_last(closing, told):
    """Page 1 opens with 100 and has 70, page 2 has -20 and closes the statement."""
    pages = [stated(1, "100", None), stated(2, None, closing, last=True)]
    entries = [{"statement_id": "S1:1", "amount": Decimal(70)}, {"statement_id": "S1:2", "amount": Decimal(-20)}]
    found = statement_totals(
        pl.DataFrame(pages, schema=tables.BANK_STATEMENT.schema), pl.DataFrame(entries, schema=tables.BANK_ENTRY.schema)
    )
    assert found["gap_text"].to_list() == told
