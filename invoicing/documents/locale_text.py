"""Figures, dates, talk time and volumes as readers of a language write them; their patterns are Unicode's, by Babel.

Exact, but for volumes: two decimals are shown. Groups and units are held together by NO-BREAK SPACE (U+00A0);
negative figures begin with MINUS (U+2212).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, get_territory_currencies

from invoicing.documents.document_error import DocumentError
from schemas.money import to_amount

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
DateLength = Literal["short", "medium", "long"]

_HUNDREDTH = Decimal("0.01")
_VOLUME_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


class LocaleText:
    """The figures of one locale, such as `sv_SE`; a date is written in one of Unicode's lengths.

    Raises DocumentError for a locale or length that does not exist.
    """

    def __init__(self, locale: str, date_length: str) -> None:
        try:
            self._locale = Locale.parse(locale)
        except (UnknownLocaleError, ValueError) as error:
            message = f"[format] locale = {locale!r} is not known; write one such as sv_SE or en_GB"
            raise DocumentError(message) from error
        if date_length not in {"short", "medium", "long"}:
            message = f"[format] date = {date_length!r} is no length; write short, medium or long"
            raise DocumentError(message)
        self._date_length = date_length
        self._money_patterns: dict[str, str] = {}

    def count(self, count: int) -> str:
        """Write a whole number with its thousands apart: `12 345`."""
        return self._figure(Decimal(count), "#,##0")

    def amount(self, amount: Decimal) -> str:
        """Write an amount with 2 decimals: `1 234,50`.

        Raises ValueError for a figure with more decimals, which would have to be rounded first (`schemas.money`).
        """
        return self._figure(_exact_amount(amount), "#,##0.00")

    def charge(self, charge: Decimal, decimals: int = 2) -> str:
        """Write a charge with at least `decimals` decimals and never fewer than it has: `0,2345`."""
        if not isinstance(charge, Decimal):
            message = f"{type(charge).__name__} is no amount of money, give a Decimal"
            raise TypeError(message)
        return self._figure(charge, f"#,##0.{'0' * max(decimals, decimals_of(charge))}")

    def money(self, amount: Decimal, currency: str) -> str:
        """Write an amount with its currency: `1 234,50 kr`, `1 234,50 SEK`, `€1,234.50`.

        A currency has its sign in its own country, the euro everywhere; others have their ISO 4217 code.
        """
        if currency not in self._money_patterns:
            self._money_patterns[currency] = self._money_pattern(currency)
        sign = MINUS if _exact_amount(amount) < 0 else ""
        return sign + self._money_patterns[currency].format(self.amount(abs(amount)))

    def percent(self, percent: Decimal) -> str:
        """Write a percentage without idle decimals: `25 %`, `12,5 %`, `25%`."""
        gap = NO_BREAK_SPACE if NO_BREAK_SPACE in self._locale.percent_formats[None].pattern else ""
        return f"{self._figure(percent, '#,##0.####')}{gap}%"

    def country(self, country_code: str) -> str:
        """Name a country by its code (ISO 3166): `Tyskland`."""
        return str(self._locale.territories.get(country_code, country_code))

    def day(self, day: date) -> str:
        """Write a date: `2026-10-01`, `1 Oct 2026`, `01.10.2026`."""
        return format_date(day, self._date_length, locale=self._locale)

    def month(self, month: date) -> str:
        """Write a month and year in short: `okt. 2026`."""
        return str(format_skeleton("yMMM", month, locale=self._locale))

    def period(self, first: date, end: date) -> str:
        """Write a half-open period `[first, end)` by its first and last day; a single day stands alone."""
        last = end - timedelta(days=1)
        if last <= first:
            return self.day(first)
        return f"{self.day(first)}{NO_BREAK_SPACE}{EN_DASH} {self.day(last)}"

    def talk_time(self, duration_s: int) -> str:
        """Write seconds as on a call meter: `12:05` minutes and seconds, `3:05:10` from an hour on."""
        minutes, seconds = divmod(duration_s, 60)
        hours, minutes = divmod(minutes, 60)
        if hours:
            return f"{self.count(hours)}:{minutes:02d}:{seconds:02d}"
        return f"{minutes}:{seconds:02d}"

    def volume(self, volume_bytes: int) -> str:
        """Write bytes in the largest decimal unit they fill, rounded half up to two decimals: `1,25 GB`, `500 MB`."""
        size, name = next((unit for unit in _VOLUME_UNITS if abs(volume_bytes) >= unit[0]), (1, "B"))
        hundredths = (200 * abs(volume_bytes) + size) // (2 * size)
        sign = MINUS if volume_bytes < 0 else ""
        return f"{sign}{self._figure(hundredths * _HUNDREDTH, '#,##0.##')}{NO_BREAK_SPACE}{name}"

    def units(self, units: int, usage_kind: str) -> str:
        """Write units of a kind of usage: talk time for calls, a volume for data, a count for messages and events."""
        if usage_kind == "call":
            return self.talk_time(units)
        return self.volume(units) if usage_kind == "data" else self.count(units)

    def quantity(self, quantity: Decimal | str, unit: str, currency: str) -> str:
        """Write a quantity of an allowance; `unit` is one of `schemas.codes.ALLOWANCE_UNITS`.

        Seconds become whole minutes: one that is begun is not promised.
        """
        if unit == "money":
            return self.money(to_amount(quantity), currency)
        if unit == "byte":
            return self.volume(int(Decimal(quantity)))
        return self.count(int(Decimal(quantity)) // (60 if unit == "s" else 1))

    def part(self, left: Decimal | str, granted: Decimal | str, unit: str, currency: str) -> tuple[str, str]:
        """Write what is left of an allowance and what was granted, in figures of one kind (`quantity`)."""
        part = self.amount(to_amount(left)) if unit == "money" else self.quantity(left, unit, currency)
        return part, self.quantity(granted, unit, currency)

    @cached_property
    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters of templates, by name."""
        names = (
            "amount", "charge", "count", "country", "day", "money", "month", "part", "percent", "period", "quantity",
            "talk_time", "units", "volume",
        )  # fmt: skip
        return {**{name: getattr(self, name) for name in names}, "rounded": to_amount}

    def _figure(self, figure: Decimal, pattern: str) -> str:
        text = format_decimal(abs(figure), pattern, locale=self._locale)
        return (MINUS if figure < 0 else "") + text

    def _money_pattern(self, currency: str) -> str:
        """Return where an amount stands beside its currency's sign or code, as a text to format."""
        own = get_territory_currencies(self._locale.territory) if self._locale.territory else []
        known = currency in own or currency == "EUR"
        sign = self._locale.currency_symbols.get(currency, currency) if known else currency
        pattern = self._locale.currency_formats["standard"].pattern.split(";")[0]
        if pattern.startswith("¤"):
            return f"{sign}{{}}" if known else f"{sign}{NO_BREAK_SPACE}{{}}"
        return f"{{}}{NO_BREAK_SPACE}{sign}"


def decimals_of(charge: Decimal) -> int:
    """Count the decimals that a figure needs: 2 for 0.2500 is 0.25."""
    exponent = charge.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _exact_amount(amount: Decimal) -> Decimal:
    if not isinstance(amount, Decimal):
        message = f"{type(amount).__name__} is no amount of money, give a Decimal"
        raise TypeError(message)
    if amount % _HUNDREDTH != 0:
        message = f"{amount} has more than 2 decimals: round it with schemas.money before it is shown"
        raise ValueError(message)
    return amount
