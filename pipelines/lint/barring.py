"""Checks of what bars calls: the black list and the operator's spend limits."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings
from rating.block_list import emergency_numbers


def barring_faults(frames: Frames) -> list[Fault]:
    """Find emergency numbers on the black list, and spend limits that name what they bar but no amount."""
    emergency = emergency_numbers(frames["special_number"])
    listed = frames["black_list"].filter(pl.col("listed_kind") == "number")
    never = listed.join(emergency, left_on="listed_value", right_on="a_number", how="semi")
    no_amount = pl.col("day_limit").is_null() & pl.col("month_limit").is_null()
    idle = frames["spend_limit"].filter(pl.col("barred").is_not_null() & no_amount)
    return [
        *findings(
            never, "black_list.csv", "listed_value", "this is an emergency number, and those are never blocked",
            "delete the row",
        ),
        *findings(
            idle, "spend_limits.csv", "barred", "nothing is ever barred: the row has no limit",
            "give day_limit or month_limit", severity="warning",
        ),
    ]  # fmt: skip
