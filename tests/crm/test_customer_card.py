"""The customer card: every section, in reading order, as the same text for the same content."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.customer_card import CARD_SECTIONS, card_json, customer_cards

CUSTOMERS = pl.DataFrame(
    {"customer_id": [12, 3], "customer_name": ["Bo Ek", "Åsa <b>Öst</b>"], "customer_from": [date(2026, 11, 1)] * 2}
)
EMPTY = pl.DataFrame(schema={"customer_id": pl.Int64, "x": pl.String})


def cards(**sections):
    return list(customer_cards(CUSTOMERS, dict.fromkeys(CARD_SECTIONS, EMPTY) | sections))


def test_there_is_a_card_for_each_customer_in_order_of_number():
    assert [card["customer"]["customer_id"] for card in cards()] == [3, 12]


def test_a_card_has_the_customer_and_every_section_in_order():
    assert list(cards()[0]) == [
        "customer",
        "cases",
        "accounts",
        "subscriptions",
        "contracts",
        "allowances",
        "usage_by_month",
        "invoices",
        "payments",
        "reminders",
        "agreements",
        "blocks",
        "notices",
        "states",
        "history",
    ]


def test_a_section_without_rows_is_an_empty_list():
    assert all(card[name] == [] for card in cards() for name in CARD_SECTIONS)


def test_rows_keep_their_order_and_go_to_their_customer_only():
    invoices = pl.DataFrame({"customer_id": [12, 3, 12], "invoice_no": [9, 5, 2]})
    assert [card["invoices"] for card in cards(invoices=invoices)] == [
        [{"invoice_no": 5}],
        [{"invoice_no": 9}, {"invoice_no": 2}],
    ]


def test_amounts_dates_and_moments_are_text_and_numbers_stay_numbers():
    rows = pl.DataFrame(
        {
            "customer_id": [3],
            "amount": pl.Series([Decimal("60.00")], dtype=pl.Decimal(18, 2)),
            "due_on": [date(2026, 11, 21)],
            "requested_at": pl.Series([datetime(2026, 11, 1, 8, 30, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")),
            "calls": [7],
            "paid_on": pl.Series([None], dtype=pl.Date),
            "numbers": [["46701740605"]],
        }
    )
    assert cards(payments=rows)[0]["payments"] == [
        {
            "amount": "60.00",
            "due_on": "2026-11-21",
            "requested_at": "2026-11-01 08:30",
            "calls": 7,
            "paid_on": None,
            "numbers": ["46701740605"],
        }
    ]


def test_the_json_of_a_card_reads_back_as_the_card():
    card = cards(accounts=pl.DataFrame({"customer_id": [3], "account_id": [20]}))[0]
    assert json.loads(card_json(card)) == card
    assert "Åsa <b>Öst</b>" in card_json(card)


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_json_is_the_same_whatever_the_order_of_customers_and_columns(random):
    rows = pl.DataFrame({"customer_id": [3, 12], "a": [1, 2], "b": ["x", "y"]})
    sections = dict.fromkeys(CARD_SECTIONS, EMPTY) | {"blocks": rows.select(random.sample(rows.columns, 3))}
    shuffled = CUSTOMERS.sample(fraction=1, shuffle=True, seed=random.randrange(9)).select(
        random.sample(CUSTOMERS.columns, 3)
    )
    assert [card_json(card) for card in customer_cards(shuffled, sections)] == [
        card_json(c) for c in cards(blocks=rows)
    ]
