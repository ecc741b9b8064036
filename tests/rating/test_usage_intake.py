"""Each usage record counts once, with its numbers in one form."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.formats.layout import USAGE_RECORDS
from rating.usage_intake import accept_usage, normalise_usage, refuse_implausible
from schemas import tables
from schemas.policy import Limits, Operator

POLICY = Path(__file__).resolve().parents[2] / "data" / "demo" / "config" / "policy.toml"
OPERATOR = Operator.model_validate(tomllib.loads(POLICY.read_text(encoding="utf-8"))["operator"])
RECORD = {
    "record": "as it stood",
    "source_system": "switch",
    "record_id": "a",
    "service": "voice",
    "a_number": "0701740605",
    "b_number": "+46 8-123 45",
    "started_at": datetime(2026, 9, 16, 12, tzinfo=UTC),
    "duration_s": 60,
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
    "changed", [{"a_number": "anonymous"}, {"b_number": ""}, {"a_number": None}, {"b_number": "*21#"}]
)
def test_a_number_that_is_none_is_rejected_and_the_row_kept_as_it_stood(changed):
    usable, rejected = normalise_usage(records({}, changed), OPERATOR)
    assert usable["record_no"].to_list() == [1]
    assert rejected.select("record_no", "record", "reason_code").row(0) == (2, "as it stood", "BAD_NUMBER")
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
        ({"started_at": datetime(2025, 9, 15, tzinfo=UTC)}, None),  # 366 days before the night
        ({"started_at": datetime(2025, 9, 14, 23, 59, tzinfo=UTC)}, "BAD_TIME"),
        ({"started_at": datetime(2026, 9, 17, 23, 59, tzinfo=UTC)}, None),  # a clock ahead by less than a day or two
        ({"started_at": datetime(2036, 9, 16, tzinfo=UTC)}, "BAD_TIME"),
        ({"duration_s": 24 * 3600}, None),
        ({"duration_s": 24 * 3600 + 1}, "BAD_DURATION"),
    ],
)
def test_a_call_that_is_likelier_a_slip_is_set_aside_before_it_is_priced(changed, reason):
    believed, set_aside = refuse_implausible(records(changed), Limits(), date(2026, 9, 16))
    assert believed.height + set_aside.height == 1
    assert set_aside["reason_code"].to_list() == ([reason] if reason else [])
