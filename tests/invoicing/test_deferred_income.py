"""Deferred income: fees by days over months, what is at once, what waits, and what a credit note takes back."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.deferred_income import deferred_income, last_month_over
from invoicing.ledger_postings import with_dimensions
from schemas import tables

OCT20 = date(2026, 10, 20)


def shares(*lines, on=OCT20, rate="1"):
    """Deferred shares of lines (net, from, to) of an invoice of a day: (entry, month, amount)."""
    rows = [
        dict.fromkeys(tables.INVOICE_LINE.names)
        | {"invoice_no": 7, "entry_no": n, "net_amount": Decimal(net), "service_from": since, "service_to": until,
           "article_no": "2004", "revenue_account": "3045"}
        for n, (net, since, until) in enumerate(lines, 1)
    ]  # fmt: skip
    head = dict.fromkeys(tables.INVOICE.names) | {
        "invoice_no": 7, "account_id": 1, "invoiced_on": on, "exchange_rate": Decimal(rate),
    }  # fmt: skip
    made = deferred_income(
        with_dimensions(pl.DataFrame(rows, schema=tables.INVOICE_LINE.schema, orient="row")),
        pl.DataFrame([head], schema=tables.INVOICE.schema, orient="row"),
    )
    return [(n, f"{month:%Y-%m}", str(x)) for n, month, x in
            made.select("entry_no", "release_month", "deferred_amount").rows()]  # fmt: skip


def test_a_month_that_begins_on_the_20th_is_shared_by_its_days():
    """31 days: 12 of October at once, 19 of November. 319.20 x 19 / 31 = 195.64."""
    assert shares(("319.20", OCT20, date(2026, 11, 20))) == [(1, "2026-11", "195.64")]


def test_a_fee_of_the_document_s_own_month_does_not_wait():
    assert shares(("99.00", date(2026, 10, 1), date(2026, 11, 1)), on=date(2026, 10, 1)) == []


def test_a_fee_of_the_past_does_not_wait():
    assert shares(("99.00", date(2026, 8, 1), date(2026, 9, 15))) == []


def test_a_quarter_that_begins_next_month_waits_whole_and_adds_up():
    """33.695, 32.608 and 33.695, cut off; the two oere left go to the largest rest, then to the first month."""
    found = shares(("100.00", date(2026, 11, 1), date(2027, 2, 1)))
    assert found == [(1, "2026-11", "32.61"), (1, "2026-12", "33.70"), (1, "2027-01", "33.69")]


def test_each_line_is_shared_by_itself():
    found = shares(("10.00", OCT20, date(2026, 11, 20)), ("20.00", OCT20, date(2026, 11, 20)))
    assert found == [(1, "2026-11", "6.13"), (2, "2026-11", "12.26")]


def test_a_fee_in_another_currency_waits_in_the_books_own():
    """10.00 EUR at 11.30 are 113.00; 113.00 x 19 / 31 = 69.26."""
    assert shares(("10.00", OCT20, date(2026, 11, 20)), rate="11.30") == [(1, "2026-11", "69.26")]


def test_a_credit_of_the_fee_is_the_same_with_the_sign_turned():
    assert shares(("-319.20", OCT20, date(2026, 11, 20))) == [(1, "2026-11", "-195.64")]


def test_a_month_is_over_on_its_last_day():
    days = (date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2027, 1, 1))
    assert [f"{last_month_over(on):%Y-%m}" for on in days] == ["2026-09", "2026-10", "2026-10", "2026-12"]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**8), st.integers(0, 400), st.integers(1, 800))
def test_shares_of_all_months_add_up_to_the_fee(oere, begins, days):
    """Invoiced in the month before its service begins, all of a fee waits."""
    since = date.fromordinal(date(2026, 11, 1).toordinal() + begins)
    net = Decimal(oere) / 100
    found = shares((str(net), since, date.fromordinal(since.toordinal() + days)))
    assert sum(Decimal(amount) for *_, amount in found) == net
    assert shares((str(-net), since, date.fromordinal(since.toordinal() + days))) == [
        (n, month, f"-{amount}") for n, month, amount in found
    ]
