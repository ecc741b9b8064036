"""Usage that no night can price waits until it is late, then it stays set aside for good; limits.late_days is 10."""

import re
from datetime import date

import polars as pl
import pytest
from small_operator import ask, books, calls, differing, put, sign_up, small_home

from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
STRANGER = "46701740650"
RATING = stages_named("configure", "ingest", "register", "rate", "prove")
FIRST, LAST, LATE, AFTER = (date(2026, 9, day) for day in (20, 27, 28, 29))
SET_ASIDE = "SELECT usage_id, reason_code, rejected_on FROM rejected ORDER BY 1"
WAITING = "SELECT usage_id FROM waiting_usage ORDER BY 1"


def night(home, on):
    run = conduct(home, on, stages=RATING)
    assert run.proof["holds"].all()
    return {stage.name: stage.report for stage in run.stages}["rate"]


@pytest.fixture(scope="session")
def waited(made_once):
    """A stranger called twice on 17 September, once unanswered with a fee for that, and once on the 25th."""

    def fill(root):
        home = small_home(root)
        policy = home.config / "policy.toml"
        text = re.sub(r"(?m)^late_days = \d+", "late_days = 10", policy.read_text(encoding="utf-8"))
        policy.write_text(re.sub(r'(?m)^unanswered = "\w+"', 'unanswered = "attempt_fee"', text), encoding="utf-8")
        old = calls(
            ("c1", "46701740699", "2026-09-17T10:00:00", "00:01:00", "answered", STRANGER),
            ("c2", "46701740699", "2026-09-17T11:00:00", "00:00:00", "no_answer", STRANGER),
        )
        new = calls(("c3", "46701740699", "2026-09-25T10:00:00", "00:01:00", "answered", STRANGER))
        put(home, {"old.csv": old})
        night(home, FIRST)
        put(home, {"new.csv": new})
        night(home, LAST)

    return made_once("waited", fill)


def test_usage_waits_while_it_is_not_late(waited):
    assert ask(waited, WAITING) == [("switch:c1",), ("switch:c2",), ("switch:c3",)]


def test_usage_that_is_late_waits_no_longer_and_stays_set_aside_and_the_proof_holds(waited, copy_of):
    home = copy_of(waited)
    report = night(home, LATE)
    assert ask(home, WAITING) == [("switch:c3",)]
    assert ask(home, SET_ASIDE) == [
        ("switch:c1", "LATE_RECORD", LATE),
        ("switch:c2", "LATE_RECORD", LATE),
        ("switch:c3", "UNKNOWN_A_NUMBER", LAST),
    ]
    assert (report.rows_in, report.rows_out, report.rows_rejected) == (3, 0, 3)
    assert "2 records waited until they were late" in report.summary


def test_the_exceptions_of_that_night_list_it(waited, copy_of):
    home = copy_of(waited)
    night(home, LATE)
    listed = pl.read_csv(home.reports / f"exceptions_{LATE}.csv")
    assert listed.select("file_name", "line_no", "reason_code").rows() == [
        ("old.csv", 2, "LATE_RECORD"), ("old.csv", 3, "LATE_RECORD")
    ]  # fmt: skip


def test_the_same_night_again_changes_nothing(waited, copy_of):
    home = copy_of(waited)
    night(home, LATE)
    before = books(home)
    night(home, LATE)
    assert differing(before, books(home)) == []


def test_when_the_cause_is_gone_only_what_still_waits_is_priced(waited, copy_of):
    """The stranger turns out to be a customer since 16 September; c1 and c2 are late by then."""
    home = copy_of(waited)
    night(home, LATE)
    put(home, {"a.jsonl": sign_up("r-anna", "Anna Ek", "mobile_small", [STRANGER])})
    night(home, AFTER)
    assert ask(home, "SELECT usage_id FROM rated_usage") == [("switch:c3",)]
    assert ask(home, WAITING) == []
    assert [row[:2] for row in ask(home, SET_ASIDE)] == [("switch:c1", "LATE_RECORD"), ("switch:c2", "LATE_RECORD")]
