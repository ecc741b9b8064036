"""Figures, dates, durations and volumes as Swedish readers write them. Exact, but for volumes: two decimals are shown.

Groups and units are held together by NO-BREAK SPACE (U+00A0); negative figures begin with MINUS (U+2212).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from schemas.money import to_amount

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"

_HUNDREDTH = Decimal("0.01")
_VOLUME_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def count_text(count: int) -> str:
    """Write a whole number with its thousands apart: `12 345`."""
    grouped = f"{abs(count):,}".replace(",", NO_BREAK_SPACE)
    return MINUS + grouped if count < 0 else grouped


def amount_text(amount: Decimal) -> str:
    """Write an amount with 2 decimals: `1 234,50`.

    Raises ValueError for a figure with more decimals, which would have to be rounded first (`schemas.money`).
    """
    if not isinstance(amount, Decimal):
        message = f"{type(amount).__name__} is no amount of money, give a Decimal"
        raise TypeError(message)
    if amount % _HUNDREDTH != 0:
        message = f"{amount} has more than 2 decimals: round it with schemas.money before it is shown"
        raise ValueError(message)
    grouped = f"{abs(amount):,.2f}".translate({ord(","): NO_BREAK_SPACE, ord("."): ","})
    return MINUS + grouped if amount < 0 else grouped


def money_text(amount: Decimal, currency: str) -> str:
    """Write an amount with its currency: `1 234,50 kr`, `1 234,50 EUR`."""
    unit = "kr" if currency == "SEK" else currency
    return f"{amount_text(amount)}{NO_BREAK_SPACE}{unit}"


def percent_text(percent: Decimal) -> str:
    """Write a percentage without idle decimals: `25 %`, `12,5 %`."""
    plain = f"{percent:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.replace("-", MINUS).replace(".", ",") + f"{NO_BREAK_SPACE}%"


def date_text(day: date) -> str:
    """Write a date as ISO 8601: `2026-10-01`."""
    return day.isoformat()


def period_text(first: date, end: date) -> str:
    """Write a half-open period `[first, end)` by its first and last day; a single day stands alone."""
    last = end - timedelta(days=1)
    if last <= first:
        return date_text(first)
    return f"{date_text(first)}{NO_BREAK_SPACE}{EN_DASH} {date_text(last)}"


def talk_time_text(duration_s: int) -> str:
    """Write seconds as on a call meter: `12:05` minutes and seconds, `3:05:10` from an hour on."""
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{count_text(hours)}:{minutes:02d}:{seconds:02d}"
    return f"{minutes}:{seconds:02d}"


def duration_text(duration_s: int) -> str:
    """Write seconds in words: `3 tim 05 min`, `12 min 05 s`, `45 s`; seconds only where there are any."""
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(f"{count_text(hours)} tim")
    if minutes or hours:
        parts.append(f"{minutes:02d} min" if hours else f"{minutes} min")
    if seconds or not parts:
        parts.append(f"{seconds:02d} s" if parts else f"{seconds} s")
    return " ".join(parts).replace(" ", NO_BREAK_SPACE)


def volume_text(volume_bytes: int) -> str:
    """Write bytes in the largest decimal unit they fill, rounded half up to two decimals: `1,25 GB`, `500 MB`."""
    size, name = next((unit for unit in _VOLUME_UNITS if abs(volume_bytes) >= unit[0]), (1, "B"))
    whole, hundredths = divmod((200 * abs(volume_bytes) + size) // (2 * size), 100)
    decimals = f",{hundredths:02d}".rstrip("0").rstrip(",")
    sign = MINUS if volume_bytes < 0 else ""
    return f"{sign}{count_text(whole)}{decimals}{NO_BREAK_SPACE}{name}"


def units_text(units: int, usage_kind: str) -> str:
    """Write units of a kind of usage: talk time for calls, a volume for data, a count for messages and events."""
    if usage_kind == "call":
        return talk_time_text(units)
    return volume_text(units) if usage_kind == "data" else count_text(units)


def part_text(left: Decimal | str, granted: Decimal | str, unit: str, currency: str) -> tuple[str, str]:
    """Write what is left of an allowance and what was granted, in figures of one kind.

    `unit` is one of `schemas.codes.ALLOWANCE_UNITS`. Seconds become whole minutes: one that is begun is not promised.
    """
    if unit == "money":
        return amount_text(to_amount(left)), money_text(to_amount(granted), currency)
    if unit == "byte":
        return volume_text(int(Decimal(left))), volume_text(int(Decimal(granted)))
    size = 60 if unit == "s" else 1
    return count_text(int(Decimal(left)) // size), count_text(int(Decimal(granted)) // size)
