"""Rounding is half away from zero, symmetric, and happens once."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import money
from schemas.codes import ROUNDING_MODES
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


# Fractions of kronor, rounded as a price list says
MODES = ("up", "down", "half_up", "half_even", "half_away_from_zero")
# exact amount, decimals -> up, down, half_up, half_even, half_away_from_zero
FRACTIONS = [
    ("1.234565", 5, ("1.23457", "1.23456", "1.23457", "1.23456", "1.23457")),
    ("1.234575", 5, ("1.23458", "1.23457", "1.23458", "1.23458", "1.23458")),
    ("1.2345", 3, ("1.235", "1.234", "1.235", "1.234", "1.235")),
    ("1.234501", 3, ("1.235", "1.234", "1.235", "1.235", "1.235")),
    ("1.234499", 3, ("1.235", "1.234", "1.234", "1.234", "1.234")),
    ("2.345", 2, ("2.35", "2.34", "2.35", "2.34", "2.35")),
    ("2.25", 1, ("2.3", "2.2", "2.3", "2.2", "2.3")),
    ("0.5", 0, ("1", "0", "1", "0", "1")),
    ("1.5", 0, ("2", "1", "2", "2", "2")),
    ("0.000001", 0, ("1", "0", "0", "0", "0")),
    ("7", 0, ("7", "7", "7", "7", "7")),
    ("0", 2, ("0", "0", "0", "0", "0")),
    ("1.075", 4, ("1.075", "1.075", "1.075", "1.075", "1.075")),
]
# the same, of thirds and sevenths of a millionth: what lies beyond the sixth decimal decides too
PARTS_OF_A_MILLIONTH = [
    (1, 2, 6, (1, 0, 1, 0, 1)),
    (3, 2, 6, (2, 1, 2, 2, 2)),
    (5, 2, 6, (3, 2, 3, 2, 3)),
    (1, 3, 6, (1, 0, 0, 0, 0)),
    (2, 3, 6, (1, 0, 1, 1, 1)),
    (6, 7, 6, (1, 0, 1, 1, 1)),
    (15, 1, 5, (20, 10, 20, 20, 20)),
    (25, 1, 5, (30, 20, 30, 20, 30)),
    (25 * 7 + 1, 7, 5, (30, 20, 30, 30, 30)),  # a seventh of a millionth above the half
    (25 * 7 - 1, 7, 5, (30, 20, 20, 20, 20)),
]


def rounded(numerator, denominator, mode, decimals, *, width=pl.Int128):
    """Round by literals and by columns, which must agree, and return millionths."""
    columns = {"n": (numerator, width), "d": (denominator, width), "m": (mode, pl.String), "k": (decimals, pl.Int64)}
    ways = {
        one(money.round_fraction(pl.col("n"), by, how, digits), **columns)
        for by in (denominator, pl.col("d"))
        for how in (mode, pl.col("m"))
        for digits in (decimals, pl.col("k"))
    }
    assert len(ways) == 1, ways
    return ways.pop()


@pytest.mark.parametrize(("exact", "digits", "expected"), FRACTIONS)
def test_an_amount_is_rounded_by_each_mode_to_each_number_of_decimals_and_negative_ones_mirror_it(
    exact, digits, expected
):
    micro = int(Decimal(exact) * MICRO)
    for mode, amount in zip(MODES, expected, strict=True):
        assert rounded(micro, 1, mode, digits) == int(Decimal(amount) * MICRO), mode
        assert rounded(-micro, 1, mode, digits) == -int(Decimal(amount) * MICRO), mode


@pytest.mark.parametrize(("numerator", "denominator", "digits", "expected"), PARTS_OF_A_MILLIONTH)
def test_what_lies_beyond_the_sixth_decimal_decides_too(numerator, denominator, digits, expected):
    for mode, micro in zip(MODES, expected, strict=True):
        assert rounded(numerator, denominator, mode, digits) == micro, mode
        assert rounded(-numerator, denominator, mode, digits) == -micro, mode


ROUNDING_OF_MODE = {
    "up": ROUND_UP,
    "down": ROUND_DOWN,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "half_away_from_zero": ROUND_HALF_UP,  # of magnitudes, so away from zero
}


@pytest.mark.parametrize("digits", range(7))
@pytest.mark.parametrize("mode", ROUNDING_MODES)
def test_every_mode_to_every_number_of_decimals_equals_decimal_arithmetic(mode, digits):
    """Halves of the last decimal and their neighbours, positive and negative, at once."""
    half = 10 ** (6 - digits) // 2
    micro = [
        sign * (whole * 2 * half + half + near) for sign in (1, -1) for whole in (0, 1, 2, 7) for near in (-1, 0, 1)
    ]
    frame = pl.DataFrame({"n": micro}, schema={"n": pl.Int64})
    got = frame.select(money.round_fraction(pl.col("n"), 1, mode, digits)).to_series().to_list()
    expected = [
        int(Decimal(each).scaleb(-6).quantize(Decimal(1).scaleb(-digits), rounding=ROUNDING_OF_MODE[mode]) * MICRO)
        for each in micro
    ]
    assert got == expected


@settings(max_examples=150, deadline=None)
@given(
    numerator=st.integers(-(10**30), 10**30),
    denominator=st.integers(10**13, 10**16),
    mode=st.sampled_from(ROUNDING_MODES),
    digits=st.integers(0, 6),
)
def test_a_fraction_of_128_bits_equals_exact_arithmetic(numerator, denominator, mode, digits):
    unit = 10 ** (6 - digits)
    magnitude = Fraction(abs(numerator), denominator * unit)
    whole, rest = divmod(magnitude, 1)
    half = Fraction(1, 2)
    up = {
        "up": rest > 0,
        "down": False,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
    }.get(mode, rest >= half)
    expected = (whole + up) * unit * (1 if numerator >= 0 else -1)
    assert rounded(numerator, denominator, mode, digits) == expected


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


def test_sums_are_exact_and_keep_their_type():
    frame = pl.DataFrame({"c": pl.Series(["0.1"] * 10, dtype=pl.String).cast(CHARGE)})
    summed = frame.select(money.sum_charges(pl.col("c")), money.sum_amounts(pl.col("c").cast(AMOUNT)).alias("a"))
    assert summed.schema == {"c": CHARGE, "a": AMOUNT}
    assert [str(value) for value in summed.row(0)] == ["1.000000", "1.00"]


@pytest.mark.parametrize(("value", "amount"), [("2.345", "2.35"), ("-2.345", "-2.35"), (7, "7.00"), ("1.005", "1.01")])
def test_a_single_value_is_rounded_alike(value, amount):
    assert str(money.to_amount(value)) == amount
