"""A home is worked on by one run at a time, and a stage that met a busy catalog is tried again."""

import duckdb
import pytest
from small_operator import small_home

from pipelines.home import HomeError
from pipelines.lake.store import is_transient
from pipelines.night import Stage, StageReport
from pipelines.nightly_flow import call_directly
from pipelines.runs.home_lock import exclusive

BUSY = duckdb.IOException("IO Error: database is locked")
BROKEN = duckdb.BinderException("Binder Error: column not found")
DONE = StageReport(1, 1, 0, "done")


def stage_that_meets(*errors):
    left = list(errors)

    def run(_night):
        if left:
            raise left.pop(0)
        return DONE

    return Stage("try", run)


def test_a_second_run_is_refused_with_code_5_and_names_the_holder(tmp_path, nightbill):
    home = small_home(tmp_path / "home")
    with exclusive(home, "nightly"):
        code, _, errors = nightbill("nightly", "--home", home.root, "--direct")
    assert code == 5
    assert "holds this home" in errors
    assert "nightbill nightly (process " in errors


def test_the_holder_is_still_named_after_a_second_run_was_refused(tmp_path):
    home = small_home(tmp_path / "home")
    with exclusive(home, "nightly"):
        for _ in range(2):
            with pytest.raises(HomeError, match="process"), exclusive(home, "nightly"):
                pass


def test_a_home_is_free_again_when_its_run_has_ended_however_it_ended(tmp_path):
    home = small_home(tmp_path / "home")
    with pytest.raises(ZeroDivisionError), exclusive(home, "nightly"):
        raise ZeroDivisionError
    with exclusive(home, "nightly"):
        assert "process" in (home.lake / "home.lock").read_text(encoding="utf-8")


def test_a_stage_that_met_a_busy_catalog_twice_is_tried_a_third_time():
    assert call_directly(stage_that_meets(BUSY, BUSY), None) == DONE


def test_a_catalog_that_stays_busy_ends_the_run():
    with pytest.raises(duckdb.IOException):
        call_directly(stage_that_meets(BUSY, BUSY, BUSY), None)


def test_a_fault_that_trying_again_cannot_mend_is_raised_at_once():
    with pytest.raises(duckdb.BinderException):
        call_directly(stage_that_meets(BROKEN), None)


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (BUSY, True),
        (duckdb.TransactionException("Transaction conflict: write-write"), True),
        (OSError("connection reset by peer"), True),
        (BROKEN, False),
        (OSError("No space left on device"), False),
        (ValueError("database is locked"), False),
    ],
)
def test_only_a_busy_or_unreachable_store_counts_as_transient(error, transient):
    assert is_transient(error) is transient
