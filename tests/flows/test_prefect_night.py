"""Under Prefect the night is a flow with a task per stage, and its books are the same as without."""

import pytest
from small_operator import LATE_NIGHT, ask, books, differing, opened_lake, outbox, put

from pipelines.nightly_flow import BY_DAY, NIGHT
from pipelines.proof.prove_flow import ProofError
from pipelines.runs.home_lock import exclusive

# Prefect's own libraries warn of their own ways; what we do is not in those modules.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="session")
def prefect_server():
    from prefect.testing.utilities import prefect_test_harness  # noqa: PLC0415 (seconds that only this test pays)

    with prefect_test_harness(server_startup_timeout=120):
        yield


def recorded():
    """Return what Prefect's server recorded: flow runs by name with state, task names, and artifacts by key."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 (as above)

    with get_client(sync_client=True) as client:
        flows = {run.name: run for run in client.read_flow_runs()}
        tasks = client.read_task_runs()
        artifacts = client.read_artifacts()
    names = {
        name: sorted(t.name.split(" ")[0] for t in tasks if t.flow_run_id == run.id) for name, run in flows.items()
    }
    texts = {name: {a.key: a.data for a in artifacts if a.flow_run_id == run.id} for name, run in flows.items()}
    return {name: run.state_name for name, run in flows.items()}, names, texts


@pytest.mark.usefixtures("prefect_server")
def test_a_night_under_prefect_has_a_task_per_stage_artifacts_and_the_same_books(invoiced, late, copy_of):
    from pipelines.runs.prefect_night import nightly_flow  # noqa: PLC0415 (as above)

    good, (on, files) = copy_of(invoiced, "good"), LATE_NIGHT
    put(good, files)
    report = nightly_flow(str(good.root), str(on))
    broken = copy_of(invoiced, "broken")
    with opened_lake(broken, read_only=False) as store:
        store.execute("UPDATE receivable SET amount = amount + 1 WHERE invoice_no = 1000001")
    with pytest.raises(ProofError, match="claims_are_invoices_and_fees"):
        nightly_flow(str(broken.root), str(on))
    states, tasks, artifacts = recorded()

    assert (report.state, report.through) == ("completed", "prefect")
    assert differing(books(late), books(good)) == []
    assert outbox(good) == outbox(late)
    assert states == {f"nightly-{on}-good": "Completed", f"nightly-{on}-broken": "Failed"}
    assert tasks[f"nightly-{on}-good"] == sorted(stage.name for stage in NIGHT)
    assert "publish" not in tasks[f"nightly-{on}-broken"]
    assert "Night of 2026-10-27" in artifacts[f"nightly-{on}-good"]["run-report"]
    assert "BROKEN" not in artifacts[f"nightly-{on}-good"]["proof"]
    assert "BROKEN" in artifacts[f"nightly-{on}-broken"]["proof"]
    assert ask(broken, "SELECT run_state FROM run WHERE run_through = 'prefect'") == [("unproven",)]


@pytest.mark.usefixtures("prefect_server")
def test_a_run_by_day_under_prefect_has_a_task_per_stage_and_steps_aside_for_a_night(begun, copy_of):
    from pipelines.runs.prefect_night import intraday_flow  # noqa: PLC0415 (as above)

    home = copy_of(begun, "day")
    report = intraday_flow(str(home.root), "2026-09-21")
    with exclusive(home, "nightly"):
        aside = intraday_flow(str(home.root), "2026-09-22", return_state=True)
    states, tasks, _ = recorded()

    assert (report.state, report.through) == ("completed", "prefect")
    assert tasks["intraday-2026-09-21-day"] == sorted(stage.name for stage in BY_DAY)
    assert states["intraday-2026-09-22-day"] == "Stepped aside"
    assert aside.is_completed()
    assert "nightbill nightly (process " in aside.message
