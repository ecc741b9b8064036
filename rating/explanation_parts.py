"""The parts of a record: which units were laid from when, at which price, in which increments, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction as Exact
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from rating.local_calendar import MICROSECONDS
from rating.price_steps import steps_at
from rating.tariff import Tariff
from rating.usage_parts import Laid
from schemas.money import MICRO

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """Units `[units_from, units_to)` of a record, laid from `begins_at` on the operator's clock.

    `price` is for `price_unit` units. `first_increment` is null where the part goes on with increments of `increment`;
    `increments` counts them all. `paid_units` are left when the fee's and the included units are off; `cost` is theirs.
    """

    units_from: int
    units_to: int
    begins_at: datetime
    time_band: str
    price_list: str
    price: Exact
    price_unit: int
    first_increment: int | None
    increment: int
    increments: int
    paid_units: int
    cost: Exact


def parts_of(located: pl.DataFrame, laid: Laid, tariff: Tariff, zone: ZoneInfo, unpaid: int) -> tuple[Part, ...]:
    """Spell out the parts of one record; its first `unpaid` units cost nothing.

    `located` is what `lay_increments` was given, `laid` what it found.
    """
    begins_us, is_call = located.select("begins_us", "is_call").row(0)
    start = laid.priced.row(0, named=True)
    whole = {"units_from": 0, "units": start["billed_units"], **start}
    rows = laid.parts.rows(named=True) or [whole]
    rule = str(tariff.book.rows["crossing_rule"][start["row_no"]])
    parts: list[Part] = []
    position, before = 0, None
    for row in rows:
        restarts = rule == "each_part_rounded" and before is not None and before != row["row_no"]
        if restarts:
            border_us = tariff.calendar.bands["begins_us"][row["band_at"]]
            position = -((begins_us - border_us) // MICROSECONDS)
        begins = _EPOCH + timedelta(microseconds=begins_us + (position * MICROSECONDS if is_call else 0))
        cut = rule == "rounded_then_cut" and is_call and len(rows) > 1
        grid = (1, 1) if cut else _grid(row, position, tariff, fresh=restarts or before is None)
        parts.append(_part(row, begins.astimezone(zone), grid, tariff, unpaid))
        position, before = position + row["units"], row["row_no"]
    return tuple(parts)


def _grid(row: dict[str, Any], position: int, tariff: Tariff, *, fresh: bool) -> tuple[int | None, int]:
    """Return the first increment, null where it is laid already, and the increment in force at a position."""
    first, increment, stepped = tariff.book.rows.select("first_increment", "increment", "has_steps").row(row["row_no"])
    if stepped:
        at = steps_at(tariff.book.steps, pl.Series([row["row_no"]]), pl.Series([position]))
        increment = at["step_increment"][0]
    return (first if fresh else None), increment


def _part(row: dict[str, Any], begins_at: datetime, grid: tuple[int | None, int], tariff: Tariff, unpaid: int) -> Part:
    book, (first, increment) = tariff.book, grid
    price_list, price_unit = book.rows.select("price_list", "price_unit").row(row["row_no"])
    unit_cost = Exact(int(row["unit_cost"]), book.base * MICRO)
    units_to = row["units_from"] + row["units"]
    paid = max(units_to - max(row["units_from"], unpaid), 0)
    rest = row["units"] - (first or 0)
    increments = -(-rest // increment) + (first is not None)
    band = tariff.calendar.bands["time_band"][row["band_at"]]
    return Part(
        row["units_from"], units_to, begins_at, band, price_list, unit_cost * price_unit, price_unit, first, increment,
        increments, paid, unit_cost * paid,
    )  # fmt: skip
