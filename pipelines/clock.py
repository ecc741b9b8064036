"""The only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """Return today's date on the operator's clock: the business date when none is given."""
    return datetime.now(zone).date()
