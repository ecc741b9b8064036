"""Telephone numbers that reach nobody.

PTS, the Swedish Post and Telecom Authority, reserves a few hundred numbers for books and films
(2020). When they are used up, four digits are added to a reserved number: no Swedish number is that long, and a network
that ignores surplus digits ends at the reserved one.
"""

from __future__ import annotations

from typing import Literal

NumberKind = Literal["mobile", "fixed"]

_RESERVED = {
    "mobile": tuple(str(n) for n in range(46701740605, 46701740700)),  # 070-174 06 05 to 99
    "fixed": (
        *(str(n) for n in range(46846500400, 46846500500)),  # Stockholm 08-465 004 00 to 99
        *(str(n) for n in range(46313900600, 46313900700)),  # Göteborg 031-390 06 00 to 99
        *(str(n) for n in range(46406280400, 46406280500)),  # Malmö 040-628 04 00 to 99
        *(str(n) for n in range(46980319200, 46980319300)),  # Kiruna 0980-319 200 to 299
    ),
}
_LONGEST_SUFFIX = 9998
_KEPT = "9999"  # behind the last reserved number for one that nobody holds, behind the others for the cast of stories


def reserved(kind: NumberKind) -> tuple[str, ...]:
    """List the numbers PTS reserves, international digits."""
    return _RESERVED[kind]


def invented_number(kind: NumberKind, ordinal: int) -> str:
    """Return the number with this ordinal, from 0. Raises `ValueError` when the series ends."""
    turn, place = divmod(ordinal, len(_RESERVED[kind]))
    if turn > _LONGEST_SUFFIX:
        message = f"no {kind} number {ordinal}: the series ends at {len(_RESERVED[kind]) * (_LONGEST_SUFFIX + 1)}"
        raise ValueError(message)
    return _RESERVED[kind][place] + (f"{turn:04d}" if turn else "")


def unheld_number(kind: NumberKind) -> str:
    """Return a number that no customer is ever given."""
    return _RESERVED[kind][-1] + _KEPT


def story_number(kind: NumberKind, ordinal: int) -> str:
    """Return a number that no customer of the population is ever given; ordinals from 0 to 93."""
    return _RESERVED[kind][:-1][ordinal] + _KEPT
