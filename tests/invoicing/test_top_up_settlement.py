"""Top-ups: what was paid becomes a payment of its own payee, whole credit on its account."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.payment_amounts import in_books
from invoicing.settlement import credit_left, draw_credit, open_items
from invoicing.top_up_settlement import allocate_top_ups, top_up_payments
from schemas import tables

DAY = date(2026, 11, 20)
TOP_UPS = pl.DataFrame(
    [
        ("20001:1", 20001, "automatic", Decimal("200.00"), "SEK", date(2026, 11, 18), date(2026, 11, 19), None),
        ("20001:2", 20001, "automatic", Decimal("200.00"), "SEK", DAY, None, None),
        ("r-7", 20002, "paid", Decimal("99.50"), "SEK", DAY, DAY, "r-7"),
    ],
    schema=tables.TOP_UP.schema,
    orient="row",
)


RATES = pl.DataFrame(
    {"currency": ["EUR"], "rate_from": [date(2026, 11, 1)], "exchange_rate": [Decimal("11.50")]},
    schema_overrides={"exchange_rate": tables.EXCHANGE_RATE.schema["exchange_rate"]},
)


def allocated(top_ups=TOP_UPS):
    payments = in_books(top_up_payments(top_ups, DAY), RATES, "SEK")
    return tables.ALLOCATION.conform(
        allocate_top_ups(top_ups, payments).with_columns(pl.lit(DAY).alias("allocated_on"))
    )


def test_a_top_up_is_a_payment_once_its_money_came_booked_on_that_day():
    payments = tables.PAYMENT.conform(in_books(top_up_payments(TOP_UPS, DAY), tables.EXCHANGE_RATE.empty(), "SEK"))
    assert payments.select("payment_id", "payee_account", "booked_on", "amount").rows() == [
        ("top_up:20001:1", "top_up", date(2026, 11, 19), Decimal("200.00")),
        ("top_up:r-7", "top_up", DAY, Decimal("99.50")),
    ]


def test_it_is_credit_on_its_account_to_the_oere():
    assert credit_left(allocated()).sort("account_id").rows() == [
        (20001, "top_up:20001:1", Decimal("200.00"), Decimal("200.00")),
        (20002, "top_up:r-7", Decimal("99.50"), Decimal("99.50")),
    ]


def test_its_credit_pays_an_invoice_and_the_rest_stays():
    """99.50 - 60.25 = 39.25"""
    claim = ("invoice:7", "invoice", 20002, 7, Decimal("60.25"), "SEK", Decimal("60.25"), DAY, DAY)
    owed = pl.DataFrame([claim], schema=tables.RECEIVABLE.schema, orient="row")
    drawn = draw_credit(credit_left(allocated()).with_columns(currency=pl.lit("SEK")), open_items(owed, allocated()))
    settled = pl.concat([allocated().drop("allocated_on", "request_id"), drawn])
    assert open_items(owed, settled).is_empty()
    assert credit_left(settled).filter(pl.col("account_id") == 20002)["amount"].to_list() == [Decimal("39.25")]


def test_in_another_currency_it_is_worth_in_the_books_what_its_payment_is():
    """99.50 EUR at 11.50 are 1,144.25 kronor."""
    euro = TOP_UPS.filter(top_up_id="r-7").with_columns(currency=pl.lit("EUR"))
    row = allocated(euro).select("allocation_id", "voucher_id", "amount", "home_amount", "paid_home_amount").row(0)
    home = Decimal("1144.25")
    assert row == ("top_up:r-7>credit", "T:r-7", Decimal("99.50"), home, home)
