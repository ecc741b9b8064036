"""What a payment is worth in the books: the rate of the day it was booked, rounded once."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from invoicing.payment_amounts import in_books
from schemas import tables
from schemas.money import AMOUNT

RATES = pl.DataFrame(
    [("EUR", date(2026, 11, 1), Decimal("11.2535")), ("EUR", date(2026, 11, 10), Decimal("11.30"))],
    schema={name: tables.EXCHANGE_RATE.schema[name] for name in ("currency", "rate_from", "exchange_rate")},
    orient="row",
)


def worth(currency, amount, day):
    schema = {"currency": pl.String, "amount": AMOUNT, "booked_on": pl.Date}
    rows = pl.DataFrame([(currency, Decimal(amount), date(2026, 11, day))], schema=schema, orient="row")
    return in_books(rows, RATES, "SEK").select("exchange_rate", "home_amount").row(0)


@pytest.mark.parametrize(
    ("currency", "amount", "day", "found"),
    [
        ("SEK", "33.33", 5, ("1", "33.33")),
        ("EUR", "10.01", 5, ("11.2535", "112.65")),  # 112.647535
        ("EUR", "-10.01", 9, ("11.2535", "-112.65")),
        ("EUR", "10.00", 10, ("11.30", "113.00")),
    ],
)
def test_the_rate_of_the_booking_day_counts(currency, amount, day, found):
    assert worth(currency, amount, day) == tuple(map(Decimal, found))
