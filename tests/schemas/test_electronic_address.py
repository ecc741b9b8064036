"""Addresses of e-invoices."""

import pytest

from schemas.electronic_address import electronic_address, organisation_digits


@pytest.mark.parametrize(
    ("text", "scheme", "identifier"),
    [
        ("0007:5560000167", "0007", "5560000167"),
        ("0088:7300010000001", "0088", "7300010000001"),
        ("0216:003721291126", "0216", "003721291126"),
        ("9930:DE123456789", "9930", "DE123456789"),
        ("0192:923609016", "0192", "923609016"),
    ],
)
def test_an_address_is_a_scheme_and_an_identifier(text, scheme, identifier):
    assert electronic_address(text) == (scheme, identifier)


@pytest.mark.parametrize("text", ["", "5560000167", "7:5560000167", "0007:", "8007:1", "0088: 1", "0088:1"])
def test_anything_else_is_told_how_it_should_look(text):
    with pytest.raises(ValueError, match="write scheme:identifier"):
        electronic_address(text)


@pytest.mark.parametrize("text", ["0007:5560000168", "0007:556000016", "0007:6408233234"])
def test_the_swedish_scheme_takes_organisation_numbers_only(text):
    with pytest.raises(ValueError, match="ten digits"):
        electronic_address(text)


@pytest.mark.parametrize("number", ["556000-0167", "5560000167"])
def test_an_organisation_number_is_its_ten_digits(number):
    assert organisation_digits(number) == "5560000167"


@pytest.mark.parametrize("number", [None, "", "19640823-3234", "640823-3234", "556000-0168", "DE123456789"])
def test_any_other_number_is_none(number):
    assert organisation_digits(number) is None
