"""Usage records, as switches wrote them, become USAGE rows: numbers in one form, each record once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from rating.numbering import international
from schemas.checked import Checked, first_reason, split_on_reason
from schemas.policy import Limits, Operator
from schemas.record_identity import sort_out

_CONTENT = ["service", "a_number", "b_number", "started_at", "duration_s", "outcome"]


class UsageIntake(NamedTuple):
    """Records in = accepted + duplicates + rejected."""

    accepted: pl.DataFrame
    duplicates: int
    rejected: pl.DataFrame


def normalise_usage(records: pl.DataFrame, operator: Operator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Bring numbers to international form and name each record by its source and id.

    Returns (usable records with `usage_id`, records rejected as BAD_NUMBER with their reason).
    """
    forms = operator.country_calling_code, operator.national_prefix, operator.international_prefix
    normal = records.with_columns(
        international(pl.col("a_number").fill_null(""), *forms).alias("_a"),
        international(pl.col("b_number").fill_null(""), *forms).alias("_b"),
        pl.format("{}:{}", "source_system", "record_id").alias("usage_id"),
    ).with_columns(
        first_reason(
            (pl.col("_a").is_null(), "BAD_NUMBER", "the calling number holds something other than 1 to 20 digits"),
            (pl.col("_b").is_null(), "BAD_NUMBER", "the called number holds something other than 1 to 20 digits"),
        )
    )
    usable, rejected = split_on_reason(normal)
    renamed = usable.with_columns(pl.col("_a").alias("a_number"), pl.col("_b").alias("b_number"))
    return renamed.drop("_a", "_b"), rejected.drop("_a", "_b")


def refuse_implausible(records: pl.DataFrame, limits: Limits, on: date) -> Checked:
    """Set aside what is likelier a slip of the switch than a call, before it is priced and invoiced.

    BAD_TIME: begun more than a day after the night `on`, or more than `usage_days_back` days before it.
    BAD_DURATION: longer than `longest_call_hours`.
    """
    begun = pl.col("started_at").dt.date()
    earliest, latest = on - timedelta(days=limits.usage_days_back), on + timedelta(days=1)
    longest_s = limits.longest_call_hours * 3600
    return split_on_reason(
        records.with_columns(
            first_reason(
                ((begun < pl.lit(earliest)) | (begun > pl.lit(latest)), "BAD_TIME",
                 pl.format("begun {}, believed from {} to {}; mend the switch's clock, or limits.usage_days_back",
                           begun, pl.lit(earliest), pl.lit(latest))),
                (pl.col("duration_s") > longest_s, "BAD_DURATION",
                 pl.format("{} s, believed up to {} s; mend the record, or limits.longest_call_hours",
                           "duration_s", pl.lit(longest_s))),
            )
        )
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
