"""Whom the demo's customers call: invented B-numbers in every zone of the configuration, and how often each zone."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.demo.number_series import reserved

USUAL, HEAVY = 0, 1
SLOTS = 1000
NO_ZONE_NUMBERS = tuple(f"9790001{n:04d}" for n in range(4))  # +979, international premium rate: no zone has it
_PER_PREFIX = 4

# Calls per thousand that go to each zone, for usual callers and for heavy ones who soon meet their credit limit.
_MIX: dict[int, dict[str, int]] = {
    USUAL: {
        "se_mobile": 480, "se_fixed": 340, "se_free": 45, "se_shared": 20, "se_premium": 8, "nordic": 32,
        "nordic_mobile": 18, "europe": 27, "europe_mobile": 15, "world_1": 9, "world_2": 3, "world_3": 1,
        "satellite": 1, "": 1,
    },
    HEAVY: {"se_mobile": 350, "se_fixed": 150, "se_premium": 100, "europe_mobile": 200, "world_2": 150, "world_3": 50},
}  # fmt: skip


@dataclass(frozen=True)
class Destinations:
    """B-numbers by position, and for each of `SLOTS` slots of each habit the positions of its zone.

    `numbers`: `position`, `b_number`. `slots`: `slot` (habit * SLOTS + 0..SLOTS-1), `first`, `count`.
    """

    numbers: pl.DataFrame
    slots: pl.DataFrame


def destinations(zones: pl.DataFrame) -> Destinations:
    """Invent the numbers of every zone that calls go to, from `prefix`, `zone_code` and `numbering_plan`.

    Data calls no number, and the plans of carriers and of messages are other views of the same numbers.
    """
    called_zones = {zone for mix in _MIX.values() for zone in mix}
    zones = zones.filter(pl.col("numbering_plan").is_null(), pl.col("zone_code").is_in(list(called_zones)))
    by_zone: dict[str, list[str]] = {"": list(NO_ZONE_NUMBERS)}
    for prefix, zone in zones.select("prefix", "zone_code").sort("prefix").iter_rows():
        by_zone.setdefault(zone, []).extend(_numbers_under(prefix, zone))
    by_zone |= {"se_mobile": list(reserved("mobile")), "se_fixed": list(reserved("fixed"))}
    first, numbers = {}, list[str]()
    for zone, called in by_zone.items():
        first[zone] = len(numbers)
        numbers += called
    slots = [
        (habit * SLOTS + place, first[zone], len(by_zone[zone]))
        for habit, mix in _MIX.items()
        for place, zone in enumerate(zone for zone, share in mix.items() for _ in range(share))
    ]
    return Destinations(
        numbers=pl.DataFrame(
            {"position": range(len(numbers)), "b_number": numbers}, schema_overrides={"position": pl.Int64}
        ),
        slots=pl.DataFrame(slots, schema={"slot": pl.Int64, "first": pl.Int64, "count": pl.Int64}, orient="row"),
    )


def _numbers_under(prefix: str, zone: str) -> list[str]:
    """Three zeros after the prefix: no country gives out subscriber numbers that begin so."""
    return [] if zone in {"se_mobile", "se_fixed"} else [f"{prefix}000{7 * n + 1:04d}" for n in range(_PER_PREFIX)]
