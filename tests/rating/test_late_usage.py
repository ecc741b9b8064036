"""Waiting usage becomes late: limits.late_days is 10, the night is 28 September; the 18th is the last day not late."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from rating.late_usage import given_up
from schemas import tables
from schemas.policy import Limits

NIGHT, FIRST_NIGHT = date(2026, 9, 28), date(2026, 9, 20)
SHA = "0" * 64
RECORD = {
    "usage_id": "s:1", "source_system": "s", "service": "mobile", "usage_kind": "call", "a_number": "46701740650",
    "b_number": "46701740699", "origin_number": None, "duration_s": 60, "volume_bytes": 0, "event_count": 0,
    "outcome": "answered", "file_sha256": SHA, "record_no": 4, "line_no": 5, "received_on": FIRST_NIGHT,
}  # fmt: skip
REASON = {
    "stage": "rate", "file_sha256": SHA, "record_no": 4, "line_no": 5, "file_name": "calls.csv", "usage_id": "s:1",
    "reason_code": "NO_ZONE", "reason_text": "no prefix of zones.csv begins 46701...; add one", "record": None,
    "rejected_on": FIRST_NIGHT,
}  # fmt: skip


def late(started_at):
    waiting = pl.DataFrame([RECORD | {"started_at": started_at}], schema=tables.USAGE.schema)
    set_aside = pl.DataFrame([REASON], schema=tables.REJECTED.schema)
    return given_up(waiting, set_aside, Limits(late_days=10), NIGHT)


MOMENTS = [
    # begun -> given up
    (datetime(2026, 9, 17, 23, 59, 59, tzinfo=UTC), True),
    (datetime(2026, 9, 18, tzinfo=UTC), False),
    (datetime(2026, 9, 27, tzinfo=UTC), False),
]


@pytest.mark.parametrize(("started_at", "expected"), MOMENTS)
def test_usage_waits_for_so_many_days_and_no_longer(started_at, expected):
    assert late(started_at).height == expected


def test_what_is_given_up_tells_what_it_waited_for_and_since_when():
    (row,) = late(datetime(2026, 9, 17, tzinfo=UTC)).to_dicts()
    assert row == REASON | {
        "reason_code": "LATE_RECORD",
        "reason_text": "waited from 2026-09-20 as NO_ZONE (no prefix of zones.csv begins 46701...; add one); begun "
        "2026-09-17, late before 2026-09-18; on the list of exceptions: to price it, mend the cause, raise "
        "limits.late_days and send it under a new record id",
        "rejected_on": NIGHT,
    }
