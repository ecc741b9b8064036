"""Currencies: the rate in force, what cannot be invoiced, and amounts turned into the operator's currency."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.exchange import currency_faults, rates_of_currencies
from schemas import tables
from schemas.money import AMOUNT, RATE, in_home_currency

ON = date(2026, 11, 1)
RATES = pl.DataFrame(
    [("EUR", date(2026, 10, 1), Decimal("11.20")), ("EUR", date(2026, 11, 1), Decimal("11.3012")),
     ("EUR", date(2026, 11, 2), Decimal("11.5")), ("NOK", date(2026, 12, 1), Decimal("0.98"))],
    schema=tables.EXCHANGE_RATE.schema, orient="row",
)  # fmt: skip


def test_the_last_rate_that_began_holds_and_the_own_currency_is_one():
    assert rates_of_currencies(RATES, "SEK", ON).rows() == [("SEK", Decimal(1)), ("EUR", Decimal("11.3012"))]


def test_a_charge_in_another_currency_and_a_currency_without_rate_are_told_per_account():
    accounts = pl.DataFrame({"account_id": [1, 2, 3, 4], "currency": ["SEK", "EUR", "NOK", "NOK"]})
    due = pl.DataFrame({"account_id": [1, 2, 2, 3], "currency": ["SEK", "EUR", "SEK", "NOK"]})
    faults = currency_faults(due, accounts, rates_of_currencies(RATES, "SEK", ON))
    assert faults.rows() == [(2, "MIXED_CURRENCY"), (3, "NO_EXCHANGE_RATE")]


@settings(max_examples=200, deadline=None)
@given(
    st.decimals("-99999999.99", "99999999.99", places=2, allow_nan=False),
    st.decimals("0.00000001", "99999.99999999", places=8, allow_nan=False),
)
def test_an_amount_times_a_rate_is_rounded_once_half_away_from_zero(amount, rate):
    frame = pl.DataFrame({"a": [amount], "r": [rate]}, schema={"a": AMOUNT, "r": RATE})
    exact = amount * rate
    assert frame.select(in_home_currency(pl.col("a"), pl.col("r"))).item() == exact.quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
