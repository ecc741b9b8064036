"""Personal and company registration numbers, checked by the rule of their country.

Check digits and layouts are python-stdnum's. What depends on today (the century of a Swedish number, somebody who is
not born yet) is decided here by the date given, so that a request is judged alike whenever it is applied.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple, TypeAlias

import polars as pl
from stdnum import luhn
from stdnum.dk import cpr, cvr
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.fi import hetu, ytunnus
from stdnum.no import fodselsnummer
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr, personnummer
from stdnum.util import isdigits

_COORDINATION_DAYS = 60  # added to the day in a samordningsnummer (folkbokföringslagen 1991:481, 18 a §)
_FIRST_COMPANY_MONTH = 20  # the third digit of an organisationsnummer is at least 2
_FINNISH_CENTURIES = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}
_SHORT, _LONG = 10, 12  # digits of a Swedish number without and with its century


class PersonNumberError(ValueError):
    """A number does not fit its country's rule; the text never holds the number."""


class RegistrationNumber(NamedTuple):
    """A number in the one form it is kept in, and the birth date where it tells one."""

    canonical: str
    born_on: date | None


Rule: TypeAlias = Callable[[str, date], RegistrationNumber]


def checked_number(number: str, country_code: str, category: str, on: date) -> RegistrationNumber:
    """Check a customer's registration number; `on` is the day of the request.

    Private customers have a personal number, corporate ones a company's (or their owner's, of a sole trader), vip ones
    either. Swedish personal numbers, coordination numbers among them, become `YYYYMMDD-NNNN`, companies' `NNNNNN-NNNN`;
    others are as stdnum compacts them. Of countries without a rule here (all but SE, NO, DK and FI) the number is only
    stripped. Raises `PersonNumberError`, to be refused as BAD_PERSON_NO.
    """
    person, company = _RULES.get(country_code, (None, None))
    if person is None or company is None:
        return RegistrationNumber(number.strip(), None)
    if category == "private":
        return _first_that_fits(number, on, person)
    return _first_that_fits(number, on, company, person)


def comparable(registration_no: pl.Expr) -> pl.Expr:
    """Give the form in which numbers of different files are compared: letters and digits, without a Swedish century.

    The century, or the 16 before a company's number, is left out because not every file has it. Two people born a
    hundred years apart may then look alike.
    """
    bare = registration_no.str.to_uppercase().str.replace_all(r"[^0-9A-Z]+", "")
    return bare.str.replace(r"^(?:16|18|19|20)([0-9]{10})$", "${1}").replace("", None)


def _first_that_fits(number: str, on: date, *rules: Rule) -> RegistrationNumber:
    """Apply the first rule that fits. A wrong check digit says more than that another rule does not fit at all."""
    problems: list[ValidationError] = []
    for rule in rules:
        try:
            return rule(number, on)
        except ValidationError as error:
            problems.append(error)
    told = next((each for each in problems if isinstance(each, InvalidChecksum)), problems[0])
    raise PersonNumberError(_wording(told)) from None


def _wording(error: ValidationError) -> str:
    if isinstance(error, InvalidChecksum):
        return "the registration number does not fit its check digit; send it again as it stands on the document"
    if isinstance(error, InvalidLength):
        return "the registration number has too few or too many digits for its country and customer category"
    return "the registration number is not one of its country and customer category, or its date does not exist"


def _swedish_person(number: str, on: date) -> RegistrationNumber:
    text = personnummer.compact(number)
    if len(text) not in (_SHORT + 1, _LONG + 1):
        raise InvalidLength
    digits, sign = text[:-5] + text[-4:], text[-5]
    if sign not in "-+" or not isdigits(digits):
        raise InvalidFormat
    luhn.validate(digits[-_SHORT:])
    year = int(digits[:4]) if len(digits) == _LONG else _year_of(int(digits[:2]), sign, on)
    month, day = int(digits[-8:-6]), int(digits[-6:-4])
    born_on = _born(year, month, day - _COORDINATION_DAYS if day > _COORDINATION_DAYS else day, on)
    return RegistrationNumber(f"{year:04}{digits[-8:-4]}-{digits[-4:]}", born_on)


def _year_of(two_digits: int, sign: str, on: date) -> int:
    """Complete a year of two digits: the sign is + from the year a person turns 100 (folkbokföringslagen 18 §)."""
    year = on.year - (on.year - two_digits) % 100
    return year - 100 if sign == "+" else year


def _born(year: int, month: int, day: int, on: date) -> date:
    try:
        born_on = date(year, month, day)
    except ValueError:
        raise InvalidComponent from None
    return _not_after(born_on, on)


def _not_after(born_on: date, on: date) -> date:
    if born_on > on:
        raise InvalidComponent
    return born_on


def _swedish_company(number: str, _on: date) -> RegistrationNumber:
    digits = orgnr.compact(number)
    digits = digits[2:] if len(digits) == _LONG and digits.startswith("16") else digits
    digits = orgnr.validate(digits)
    if int(digits[2:4]) < _FIRST_COMPANY_MONTH:
        raise InvalidComponent
    return RegistrationNumber(orgnr.format(digits), None)


def _norwegian_person(number: str, on: date) -> RegistrationNumber:
    digits = fodselsnummer.compact(number)
    _require_digits(digits, 11)
    if digits[-2:] != fodselsnummer.calc_check_digit1(digits) + fodselsnummer.calc_check_digit2(digits):
        raise InvalidChecksum
    return RegistrationNumber(digits, _not_after(fodselsnummer.get_birth_date(digits), on))


def _danish_person(number: str, on: date) -> RegistrationNumber:
    """Check length and date only: since 2007 numbers are given that do not fit the check digit."""
    digits = cpr.compact(number)
    _require_digits(digits, _SHORT)
    return RegistrationNumber(cpr.format(digits), _not_after(cpr.get_birth_date(digits), on))


def _finnish_person(number: str, on: date) -> RegistrationNumber:
    text = hetu.validate(number)
    year = _FINNISH_CENTURIES[text[6]] + int(text[4:6])
    return RegistrationNumber(text, _born(year, int(text[2:4]), int(text[:2]), on))


def _company(validated: Callable[[str], str]) -> Rule:
    return lambda number, _on: RegistrationNumber(validated(number), None)


def _require_digits(text: str, count: int) -> None:
    if not isdigits(text):
        raise InvalidFormat
    if len(text) != count:
        raise InvalidLength


_RULES: dict[str, tuple[Rule, Rule]] = {
    "SE": (_swedish_person, _swedish_company),
    "NO": (_norwegian_person, _company(no_orgnr.validate)),
    "DK": (_danish_person, _company(cvr.validate)),
    "FI": (_finnish_person, _company(ytunnus.validate)),
}
