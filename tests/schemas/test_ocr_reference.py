"""OCR references as Bankgirot reads them; the examples were worked by hand and by public code."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from schemas.ocr_reference import (
    has_valid_check_digit,
    has_valid_finnish_digit,
    has_valid_modulus_11,
    luhn_digit,
    numbers_in,
    ocr_reference,
    ocr_references,
    rf_references,
    without_rf,
)


@pytest.mark.parametrize(
    ("number", "reference"),
    [(1000234, "100023498"), (12345678, "1234567806"), (1, "133"), (1000001, "100000199")],
)
def test_an_invoice_number_gets_its_length_digit_and_check_digit(number, reference):
    """10000019, from the right: 9 x 2 = 18 gives 9, 1 x 1 gives 1, five noughts, 1 x 1 gives 1: 11, so 9."""
    assert ocr_reference(number) == reference


def test_the_check_digit_without_length_digit():
    assert luhn_digit("1000234") == "3"


@pytest.mark.parametrize("number", ["9912346", "50501055", "3783511"])
def test_known_bankgiro_numbers_pass(number):
    assert has_valid_check_digit(number)


@pytest.mark.parametrize("reference", ["89853", "8988777", "1234567", "", "0", "12x", "100023499", "²2"])
def test_wrong_or_empty_references_fail(reference):
    assert not has_valid_check_digit(reference)


@given(number=st.integers(1, 10**22), place=st.integers(0, 30), change=st.integers(1, 9))
def test_any_one_changed_digit_is_noticed(number, place, change):
    reference = ocr_reference(number)
    assert has_valid_check_digit(reference)
    assert int(reference[-2]) == len(reference) % 10
    place %= len(reference)
    wrong = reference[:place] + str((int(reference[place]) + change) % 10) + reference[place + 1 :]
    assert not has_valid_check_digit(wrong)


@given(numbers=st.lists(st.integers(1, 10**14), min_size=1, max_size=9), length_digit=st.booleans())
def test_a_column_of_numbers_gets_the_references_of_its_numbers(numbers, length_digit):
    frame = pl.DataFrame({"n": numbers}, schema={"n": pl.Int64})
    made = frame.select(ocr_references(pl.col("n"), length_digit=length_digit)).to_series().to_list()
    assert made == [ocr_reference(number, length_digit=length_digit) for number in numbers]


@given(number=st.integers(1, 10**14))
def test_a_reference_for_abroad_is_valid_by_iso_11649_and_holds_the_same_digits(number):
    ocr = ocr_reference(number)
    made = pl.DataFrame({"ocr": [ocr]}).select(rf=rf_references(pl.col("ocr")))["rf"].item()
    assert iso11649.is_valid(made)
    assert made[4:] == ocr


@pytest.mark.parametrize("given", ["RF10100000199", "rf10 1000 0019 9", " RF10 100000199"])
def test_a_payer_may_give_either_form(given):
    left = pl.DataFrame({"given": [given]}).select(without_rf(pl.col("given"))).item()
    assert left.replace(" ", "") == "100000199"


def test_a_reference_may_stand_for_a_number_with_and_without_length_digit():
    assert sorted(numbers_in(pl.Series(["100023498", "", "7"]))) == [1000234, 10002349]


@pytest.mark.parametrize(
    ("reference", "fits"),
    [("1232", True), ("00001232", True), ("1233", False), ("12345672", True), ("1", False), ("12a2", False)],
)
def test_a_finnish_reference_has_a_check_digit_of_weights_7_3_1(reference, fits):
    """123: 3 x 7 + 2 x 3 + 1 x 1 = 28, so 2."""
    assert has_valid_finnish_digit(reference) is fits


@pytest.mark.parametrize(("kid", "fits"), [("1236", True), ("1237", False), ("6-", True), ("-", False), ("", False)])
def test_a_kid_may_have_a_check_digit_of_mod11(kid, fits):
    """123: 3 x 2 + 2 x 3 + 1 x 4 = 16, 11 - 5 = 6. 6: 6 x 2 = 12, 11 - 1 = 10."""
    assert has_valid_modulus_11(kid) is fits
