"""Rounding is half away from zero, symmetric, and happens once."""

from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import money
from schemas.money import AMOUNT, CHARGE, MICRO, PERCENT


def one(expression, **columns):
    """Work an expression out on one row of the given (value, type) columns."""
    frame = pl.DataFrame({n: pl.Series([v]).cast(t) for n, (v, t) in columns.items()})
    return frame.select(expression).item()


def decimals(value, dtype):
    return Decimal(value), dtype


ROUNDED = [
    ("2.345", "2.35"),
    ("2.344999", "2.34"),
    ("-2.345", "-2.35"),
    ("-2.344999", "-2.34"),
    ("0.005", "0.01"),
    ("-0.005", "-0.01"),
    ("0.004999", "0.00"),
    ("0.015", "0.02"),
    ("0.025", "0.03"),
    ("999999999999.995", "1000000000000.00"),
]


@pytest.mark.parametrize(("charge", "amount"), ROUNDED)
def test_half_an_oere_is_rounded_away_from_zero(charge, amount):
    got = one(money.round_to_amount(pl.col("charge")), charge=decimals(charge, CHARGE))
    assert str(got) == amount


PERCENTAGES = [
    # amount, percent -> rounded product
    ("1.01", "25", "0.25"),
    ("1.02", "25", "0.26"),  # 0.255
    ("-1.02", "25", "-0.26"),
    ("0.02", "25", "0.01"),  # 0.005
    ("0.10", "5", "0.01"),  # 0.005
    ("100.50", "8.25", "8.29"),  # 8.29125
    ("33.33", "7.5", "2.50"),  # 2.49975
    ("0.01", "49.9999", "0.00"),
    ("0.01", "50", "0.01"),
    ("1234567890.12", "25", "308641972.53"),
    ("9999999999999999.99", "100", "9999999999999999.99"),
]


@pytest.mark.parametrize(("amount", "percent", "share"), PERCENTAGES)
def test_a_percentage_is_exact_until_it_is_rounded_once(amount, percent, share):
    columns = {"amount": decimals(amount, AMOUNT), "percent": decimals(percent, PERCENT)}
    assert str(one(money.percent_of(pl.col("amount"), pl.col("percent")), **columns)) == share


def test_a_percentage_of_a_charge_is_widened_before_it_is_multiplied():
    """1.005 x 25 % = 0.25125, which is 0.25; 1.0200 x 24.5098 % = 0.24999996, which is 0.25."""
    share = money.percent_of(pl.col("charge"), pl.col("percent"))
    assert str(one(share, charge=decimals("1.005", CHARGE), percent=decimals("25", PERCENT))) == "0.25"
    assert str(one(share, charge=decimals("1.02", CHARGE), percent=decimals("24.5098", PERCENT))) == "0.25"


@settings(max_examples=100, deadline=None)
@given(minor=st.integers(-(10**14), 10**14), percent=st.integers(0, 10**6))
def test_a_percentage_equals_decimal_arithmetic(minor, percent):
    amount, rate = Decimal(minor).scaleb(-2), Decimal(percent).scaleb(-4)
    expected = (amount * rate / 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    columns = {"amount": (amount, AMOUNT), "percent": (rate, PERCENT)}
    assert one(money.percent_of(pl.col("amount"), pl.col("percent")), **columns) == expected


KRONOR = [
    ("100.49", "-0.49"),
    ("100.50", "0.50"),
    ("100.99", "0.01"),
    ("100.00", "0.00"),
    ("0.49", "-0.49"),
    ("-100.49", "0.49"),
    ("-100.50", "-0.50"),
    ("9999999999.50", "0.50"),
]


@pytest.mark.parametrize(("total", "added"), KRONOR)
def test_a_total_is_brought_to_whole_kronor(total, added):
    assert str(one(money.krona_rounding(pl.col("total")), total=decimals(total, AMOUNT))) == added


DIVISIONS = [(3, 2, 2), (-3, 2, -2), (1, 2, 1), (-1, 2, -1), (1, 3, 0), (2, 3, 1), (-2, 3, -1), (0, 7, 0), (7, 7, 1)]


@pytest.mark.parametrize(("numerator", "denominator", "quotient"), DIVISIONS)
def test_a_quotient_is_rounded_half_away_from_zero(numerator, denominator, quotient):
    assert one(money.divide_half_away(pl.col("n"), denominator), n=(numerator, pl.Int64)) == quotient
    columns = {"n": (numerator, pl.Int64), "d": (denominator, pl.Int64)}
    assert one(money.divide_half_away(pl.col("n"), pl.col("d")), **columns) == quotient


@pytest.mark.parametrize("charge", ["0.000001", "-0.000001", "0.290000", "999999999999.999999", "-999999999999.999999"])
def test_millionths_are_whole_and_lose_nothing(charge):
    micro = one(money.to_micro(pl.col("charge")), charge=decimals(charge, CHARGE))
    assert micro == int(Decimal(charge) * MICRO)
    back = one(money.from_micro(pl.col("micro")), micro=(micro, pl.Int64))
    assert str(back) == charge


@pytest.mark.parametrize("amount", ["0.01", "-0.01", "12.30", "90000000000000.01"])
def test_oere_are_whole_and_lose_nothing(amount):
    minor = one(money.to_minor(pl.col("amount")), amount=decimals(amount, AMOUNT))
    assert minor == int(Decimal(amount) * 100)
    assert str(one(money.from_minor(pl.col("minor")), minor=(minor, pl.Int64))) == amount


SHARES = [
    # fee, used days, days of the period -> share
    ("99", 22, 31, "70.258065"),  # 70.2580645...
    ("149", 1, 3, "49.666667"),
    ("149", 2, 3, "99.333333"),
    ("0.000001", 1, 2, "0.000001"),
    ("99", 31, 31, "99.000000"),
    ("-99", 1, 31, "-3.193548"),
]


@pytest.mark.parametrize(("fee", "used", "full", "share"), SHARES)
def test_a_share_by_days_is_rounded_once_to_six_decimals(fee, used, full, share):
    columns = {"fee": decimals(fee, CHARGE), "used": (used, pl.Int64), "full": (full, pl.Int64)}
    assert str(one(money.share_of_charge(pl.col("fee"), pl.col("used"), pl.col("full")), **columns)) == share


def test_sums_are_exact_and_keep_their_type():
    frame = pl.DataFrame({"c": pl.Series(["0.1"] * 10, dtype=pl.String).cast(CHARGE)})
    summed = frame.select(money.sum_charges(pl.col("c")), money.sum_amounts(pl.col("c").cast(AMOUNT)).alias("a"))
    assert summed.schema == {"c": CHARGE, "a": AMOUNT}
    assert [str(value) for value in summed.row(0)] == ["1.000000", "1.00"]


@pytest.mark.parametrize(("value", "amount"), [("2.345", "2.35"), ("-2.345", "-2.35"), (7, "7.00"), ("1.005", "1.01")])
def test_a_single_value_is_rounded_alike(value, amount):
    assert str(money.to_amount(value)) == amount
