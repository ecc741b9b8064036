"""The time zones that this machine knows."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def known_time_zones() -> frozenset[str]:
    """Return their IANA names. To list them looks at hundreds of files, so it is done once."""
    return frozenset(available_timezones())
