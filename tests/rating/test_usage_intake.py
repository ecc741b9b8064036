"""Each usage record counts once, with its numbers in one form."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.formats.layout import USAGE_RECORDS
from rating.usage_intake import accept_usage, normalise_usage, refuse_implausible, refuse_unchargeable
from schemas import tables
from schemas.policy import Limits, Operator, Rating

POLICY = Path(__file__).resolve().parents[2] / "data" / "demo" / "config" / "policy.toml"
OPERATOR = Operator.model_validate(tomllib.loads(POLICY.read_text(encoding="utf-8"))["operator"])
RECORD = {
    "source_system": "switch",
    "record_id": "a",
    "service": "voice",
    "usage_kind": "call",
    "a_number": "0701740605",
    "b_number": "+46 8-123 45",
    "origin_number": None,
    "started_at": datetime(2026, 9, 16, 12, tzinfo=UTC),
    "duration_s": 60,
    "volume_bytes": 0,
    "event_count": 0,
    "outcome": "answered",
}


def records(*changes):
    rows = [{"record_no": n, "line_no": n} | RECORD | changed for n, changed in enumerate(changes, 1)]
    return pl.DataFrame(rows, schema=USAGE_RECORDS, orient="row")


def take_in(*changes, seen=None):
    usable, rejected = normalise_usage(records(*changes), OPERATOR)
    assert usable.height + rejected.height == len(changes)
    return accept_usage(usable, tables.USAGE.empty() if seen is None else seen)


def test_numbers_are_brought_to_international_form_and_the_record_is_named():
    row = take_in({}).accepted.row(0, named=True)
    assert (row["usage_id"], row["a_number"], row["b_number"]) == ("switch:a", "46701740605", "46812345")


@pytest.mark.parametrize(
    "changed",
    [
        {"a_number": "anonymous"},
        {"b_number": ""},
        {"a_number": None},
        {"b_number": "*21#"},
        {"usage_kind": "message", "b_number": None},
        {"origin_number": "NOR"},
    ],
)
def test_a_number_that_is_none_is_rejected_and_the_row_kept_as_it_stood(changed):
    usable, rejected = normalise_usage(records({}, changed), OPERATOR)
    assert usable["record_no"].to_list() == [1]
    assert rejected.select("record_no", "reason_code").row(0) == (2, "BAD_NUMBER")
    assert rejected.select(list(changed)).row(0) == tuple(changed.values())


def test_the_same_number_written_otherwise_is_the_same_record():
    got = take_in({}, {"a_number": "+46701740605", "b_number": "0812345"})
    assert (got.accepted.height, got.duplicates, got.rejected.height) == (1, 1, 0)


@pytest.mark.parametrize(
    "changed",
    [
        {"duration_s": 61},
        {"b_number": "0812346"},
        {"a_number": "0701740606"},
        {"started_at": datetime(2026, 9, 16, 12, 0, 1, tzinfo=UTC)},
        {"outcome": "failed"},
        {"service": "mobile"},
        {"usage_kind": "data"},
        {"origin_number": "47"},
        {"volume_bytes": 1},
        {"event_count": 1},
    ],
)
def test_a_record_that_comes_again_with_other_content_is_rejected(changed):
    got = take_in({}, changed)
    assert (got.accepted["record_no"].to_list(), got.duplicates) == ([1], 0)
    assert got.rejected.select("record_no", "reason_code").rows() == [(2, "RECORD_DIFFERS")]


def test_a_record_received_on_an_earlier_night_is_a_duplicate():
    seen = take_in({}).accepted
    got = take_in({}, {"record_id": "b"}, {"duration_s": 1}, seen=seen)
    assert got.accepted["usage_id"].to_list() == ["switch:b"]
    assert (got.duplicates, got.rejected["record_no"].to_list()) == (1, [3])


def test_records_of_two_switches_with_one_id_are_two():
    assert take_in({}, {"source_system": "other"}).accepted["usage_id"].to_list() == ["switch:a", "other:a"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"started_at": datetime(2025, 11, 20, tzinfo=UTC)}, None),  # 300 days before the night
        ({"started_at": datetime(2025, 11, 19, 23, 59, tzinfo=UTC)}, "LATE_RECORD"),
        ({"started_at": datetime(2025, 9, 15, tzinfo=UTC)}, "LATE_RECORD"),  # 366 days before the night
        ({"started_at": datetime(2025, 9, 14, 23, 59, tzinfo=UTC)}, "BAD_TIME"),
        ({"started_at": datetime(2026, 9, 17, 23, 59, tzinfo=UTC)}, None),  # a clock ahead by less than a day or two
        ({"started_at": datetime(2036, 9, 16, tzinfo=UTC)}, "BAD_TIME"),
        ({"duration_s": 24 * 3600}, None),
        ({"duration_s": 24 * 3600 + 1}, "BAD_DURATION"),
        ({"usage_kind": "data", "duration_s": 24 * 3600 + 1}, None),
        ({"usage_kind": "data", "volume_bytes": 10**12}, None),
        ({"usage_kind": "data", "volume_bytes": 10**12 + 1}, "BAD_DURATION"),
        ({"usage_kind": "message", "event_count": 1_000_001}, "BAD_DURATION"),
    ],
)
def test_a_call_that_is_likelier_a_slip_is_set_aside_before_it_is_priced(changed, reason):
    believed, set_aside = refuse_implausible(records(changed), Limits(), date(2026, 9, 16))
    assert believed.height + set_aside.height == 1
    assert set_aside["reason_code"].to_list() == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("started_at", "reason"),
    [
        (datetime(2026, 9, 6, tzinfo=UTC), None),  # 10 days before the night
        (datetime(2026, 9, 5, 23, 59, tzinfo=UTC), "LATE_RECORD"),
        (datetime(2026, 8, 17, tzinfo=UTC), "LATE_RECORD"),  # 30 days before it
        (datetime(2026, 8, 16, 23, 59, tzinfo=UTC), "BAD_TIME"),
    ],
)
def test_a_late_record_is_an_exception_and_a_very_old_one_is_not_believed(started_at, reason):
    limits = Limits(late_days=10, usage_days_back=30)
    _, set_aside = refuse_implausible(records({"started_at": started_at}), limits, date(2026, 9, 16))
    assert set_aside["reason_code"].to_list() == ([reason] if reason else [])


def test_a_late_record_is_told_what_to_do():
    _, late = refuse_implausible(
        records({"started_at": datetime(2026, 9, 1, tzinfo=UTC)}), Limits(late_days=10), date(2026, 9, 16)
    )
    assert late["reason_text"][0] == (
        "begun 2026-09-01, late before 2026-09-06; on the list of exceptions: to price it, raise limits.late_days and "
        "send it again"
    )


@pytest.mark.parametrize(
    ("kind", "written", "number"),
    [("data", None, "0"), ("data", "0", "0"), ("data", "internet.operator", "0"), ("data", "4670", "464670"),
     ("data", "+46701740605", "46701740605"), ("call", "112", "46112")],
)  # fmt: skip
def test_data_that_calls_no_number_has_the_number_0(kind, written, number):
    row = take_in({"usage_kind": kind, "b_number": written}).accepted.row(0, named=True)
    assert row["b_number"] == number


def test_the_visited_network_is_brought_to_international_digits():
    assert take_in({"origin_number": "+47"}).accepted["origin_number"].to_list() == ["47"]


REJECTING = Rating(failed="rejected", unanswered="rejected", negative="rejected", zero_quantity="rejected")
KEEPING = Rating(failed="free", unanswered="attempt_fee", negative="free", zero_quantity="free")
UNCHARGEABLE = [
    # what the record says, the setting that treats it
    ({"outcome": "failed", "duration_s": -1}, "failed"),
    ({"outcome": "unanswered", "duration_s": 0}, "unanswered"),
    ({"duration_s": -1}, "negative"),
    ({"duration_s": 0}, "zero_quantity"),
    ({"usage_kind": "data", "volume_bytes": 0}, "zero_quantity"),
    ({"usage_kind": "message", "event_count": -1}, "negative"),
]


@pytest.mark.parametrize(("changed", "setting"), UNCHARGEABLE)
def test_what_the_policy_rejects_is_set_aside_and_told_by_which_setting(changed, setting):
    accepted, rejected = refuse_unchargeable(records({}, changed), REJECTING)
    assert accepted["record_no"].to_list() == [1]
    assert rejected.select("record_no", "reason_code").rows() == [(2, "NOT_CHARGEABLE")]
    assert f"rating.{setting} is rejected" in rejected["reason_text"][0]


@pytest.mark.parametrize("changed", [changed for changed, _ in UNCHARGEABLE])
def test_what_the_policy_treats_otherwise_is_accepted(changed):
    accepted, rejected = refuse_unchargeable(records({}, changed), KEEPING)
    assert (accepted.height, rejected.height) == (2, 0)


def test_the_first_treatment_that_fits_decides():
    """An unanswered call of negative length is treated as unanswered."""
    policy = Rating(unanswered="free", negative="rejected")
    assert refuse_unchargeable(records({"outcome": "unanswered", "duration_s": -1}), policy).rejected.is_empty()
