"""Usage records, as switches wrote them, become USAGE rows: numbers in one form, each record once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import polars as pl

from rating.numbering import international_numbers, network_prefixes
from schemas.checked import Checked
from schemas.columns import TIMESTAMP
from schemas.policy import Limits, Operator, Rating
from schemas.record_identity import sort_out
from schemas.set_aside import Fault, set_aside

_CONTENT = [
    "service",
    "usage_kind",
    "a_number",
    "b_number",
    "origin_number",
    "started_at",
    "duration_s",
    "volume_bytes",
    "event_count",
    "outcome",
]
_NOT_DIGITS = "holds something other than 1 to 20 digits"
NO_NUMBER = "0"  # called number of data that called none

_MOST_EVENTS = 1_000_000


class UsageIntake(NamedTuple):
    """Records in = accepted + duplicates + rejected."""

    accepted: pl.DataFrame
    duplicates: int
    rejected: pl.DataFrame


def normalise_usage(records: pl.DataFrame, operator: Operator) -> Checked:
    """Bring numbers to international form and name each record by its source and id.

    Data that calls no number, but nothing or an access point by name, has the called number `0`. Returns usable
    records with `usage_id`, and records rejected as BAD_NUMBER as they stood.
    """
    forms = operator.country_calling_code, operator.national_prefix, operator.international_prefix
    uncalled = pl.when(pl.col("usage_kind") == "data").then(pl.lit(NO_NUMBER))
    normal = records.with_columns(
        international_numbers(records["a_number"], *forms).alias("_a_number"),
        international_numbers(records["b_number"], *forms).alias("_b_number"),
        network_prefixes(records["origin_number"], forms[2]).alias("_origin_number"),
        pl.concat_str("source_system", "record_id", separator=":").alias("usage_id"),
    ).with_columns(pl.col("_b_number").fill_null(uncalled))
    visited = pl.col("origin_number").is_not_null() & pl.col("_origin_number").is_null()
    usable, rejected = set_aside(
        normal,
        (pl.col("_a_number").is_null(), "BAD_NUMBER", f"the calling number {_NOT_DIGITS}"),
        (pl.col("_b_number").is_null(), "BAD_NUMBER", f"the called number {_NOT_DIGITS}"),
        (visited, "BAD_NUMBER", f"the number of the visited network {_NOT_DIGITS}"),
    )
    written = ["_a_number", "_b_number", "_origin_number"]
    renamed = usable.with_columns(pl.col(name).alias(name.removeprefix("_")) for name in written)
    return Checked(renamed.drop(written), rejected.drop(written))


def refuse_implausible(records: pl.DataFrame, limits: Limits, on: date) -> Checked:
    """Set aside what is likelier a slip of the switch than usage, before it is priced and invoiced.

    BAD_TIME: begun more than a day after the night `on`, or more than `usage_days_back` days before it.
    LATE_RECORD: begun more than `late_days` before it. BAD_DURATION: a call longer than `longest_call_hours`, a volume
    over `largest_volume_gb`, more than a million messages or events.
    """
    started_at, begun = pl.col("started_at"), pl.col("started_at").dt.date()
    earliest, latest = on - timedelta(days=limits.usage_days_back), on + timedelta(days=1)
    late = on - timedelta(days=limits.late_days)
    longest_s = limits.longest_call_hours * 3600
    largest = limits.largest_volume_gb * 10**9
    return set_aside(
        records,
        ((started_at < _midnight(earliest)) | (started_at >= _midnight(latest + timedelta(days=1))), "BAD_TIME",
         pl.format("begun {}, believed from {} to {}; mend the switch's clock, or limits.usage_days_back",
                   begun, pl.lit(earliest), pl.lit(latest))),
        (started_at < _midnight(late), "LATE_RECORD",
         pl.format("begun {}, late before {}; on the list of exceptions: to price it, raise limits.late_days and "
                   "send it again", begun, pl.lit(late))),
        ((pl.col("usage_kind") == "call") & (pl.col("duration_s") > longest_s), "BAD_DURATION",
         pl.format("{} s, believed up to {} s; mend the record, or limits.longest_call_hours",
                   "duration_s", pl.lit(longest_s))),
        (pl.col("volume_bytes") > largest, "BAD_DURATION",
         pl.format("{} bytes, believed up to {}; mend the record, or limits.largest_volume_gb",
                   "volume_bytes", pl.lit(largest))),
        (pl.col("event_count") > _MOST_EVENTS, "BAD_DURATION",
         pl.format("{} messages or events in one record, believed up to {}; mend the record",
                   "event_count", pl.lit(_MOST_EVENTS))),
    )  # fmt: skip


def _midnight(on: date) -> pl.Expr:
    return pl.lit(datetime(on.year, on.month, on.day, tzinfo=UTC), TIMESTAMP)


def refuse_unchargeable(records: pl.DataFrame, rating: Rating) -> Checked:
    """Set aside as NOT_CHARGEABLE what the policy rejects; what it treats otherwise is accepted.

    First that fits: the outcomes failed and unanswered, a quantity below zero, a quantity of zero.
    """
    outcome, quantity = pl.col("outcome"), quantity_of_kind()
    treated = (
        ("failed", outcome == "failed", "it failed"),
        ("unanswered", outcome == "unanswered", "it was not answered"),
        ("negative", quantity < 0, "its quantity is below zero"),
        ("zero_quantity", quantity == 0, "its quantity is zero"),
    )
    faults: list[Fault] = []
    earlier = pl.lit(value=False)
    for name, fits, what in treated:
        if getattr(rating, name) == "rejected":
            text = f"{what}, and rating.{name} is rejected; make it free or attempt_fee and send the record again"
            faults.append((fits & ~earlier, "NOT_CHARGEABLE", text))
        earlier |= fits
    return set_aside(records, *faults)


def quantity_of_kind() -> pl.Expr:
    """Return a record's quantity in the unit of its kind: seconds, bytes, messages or events."""
    kind = pl.col("usage_kind")
    return (
        pl.when(kind == "call")
        .then("duration_s")
        .when(kind == "data")
        .then("volume_bytes")
        .otherwise("event_count")
    )  # fmt: skip


def accept_usage(usable: pl.DataFrame, seen: pl.DataFrame) -> UsageIntake:
    """Accept each record once; `seen` holds the USAGE rows with the same ids received before.

    A record that comes again is a duplicate; one that comes again with other content is rejected as RECORD_DIFFERS.
    """
    new, duplicates, differing = sort_out(usable, seen, "usage_id", _CONTENT)
    reasons = [
        pl.lit("RECORD_DIFFERS").alias("reason_code"),
        pl.format("record {} was received before with other content; the first one counts", "usage_id").alias(
            "reason_text"
        ),
    ]
    return UsageIntake(new, duplicates, differing.with_columns(reasons))
