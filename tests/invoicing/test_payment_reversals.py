"""A reversal finds the payment it takes back, or leaves it to a person."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.payment_reversals import with_reversed_payment
from schemas import tables


def record(name, kind="received", amount="100", day=10, **more):
    return {
        "payment_id": name,
        "payment_record_id": name,
        "payment_kind": kind,
        "payee_account": "9912346",
        "booked_on": date(2026, 11, day),
        "amount": Decimal(amount),
        "currency": "SEK",
        **more,
    }


def frame(rows):
    return pl.DataFrame(list(rows), schema=tables.PAYMENT_RECORD.schema)


def taken_back(reversals, received):
    found = with_reversed_payment(frame(reversals), frame(received))
    return dict(found.select("payment_id", "reverses_payment_id").iter_rows())


@pytest.mark.parametrize(
    ("reversal", "received"),
    [
        ({"original_reference": "T1", "amount": "-100"}, {"bank_reference": "T1"}),
        ({"bank_reference": "T1", "amount": "-40"}, {"bank_reference": "T1"}),
        ({"end_to_end_id": "1000064-1", "amount": "-100"}, {"end_to_end_id": "1000064-1"}),
        ({"reference_text": "OCR 000901", "amount": "-100"}, {"reference_text": "901"}),
    ],
)
def test_it_is_found_by_the_banks_reference_the_orders_id_or_the_reference_repeated(reversal, received):
    assert taken_back([record("r", "reversal", day=12, **reversal)], [record("p", **received)]) == {"r": "p"}


@pytest.mark.parametrize(
    ("reversal", "received"),
    [
        ({"reference_text": "901", "amount": "-99"}, {"reference_text": "901"}),
        ({"reference_text": None, "amount": "-100"}, {"reference_text": None}),
        ({"reference_text": "901", "amount": "-100", "day": 9}, {"reference_text": "901"}),
        ({"reference_text": "901", "amount": "-100", "payee_account": "1"}, {"reference_text": "901"}),
    ],
)
def test_another_amount_a_later_day_another_payee_or_no_reference_finds_none(reversal, received):
    assert taken_back([record("r", "reversal", **reversal)], [record("p", **received)]) == {"r": None}


def test_of_equal_payments_the_latest_is_taken_back_and_each_once():
    received = [record("p1", day=3, reference_text="901"), record("p2", day=5, reference_text="901")]
    reversals = [record(f"r{n}", "reversal", "-100", 12, reference_text="901") for n in (1, 2, 3)]
    assert taken_back(reversals, received) == {"r1": "p2", "r2": "p1", "r3": None}


def test_money_received_takes_nothing_back():
    assert taken_back([record("q", reference_text="901")], [record("p", reference_text="901")]) == {"q": None}


def test_what_was_paid_in_another_currency_is_not_what_was_taken_back():
    """100 EUR is not the 100 SEK that bear the same reference of the bank."""
    back = record("r", "reversal", "-100", currency="EUR", original_reference="T1", end_to_end_id="E")
    assert taken_back([back], [record("p", bank_reference="T1", end_to_end_id="E")]) == {"r": None}
