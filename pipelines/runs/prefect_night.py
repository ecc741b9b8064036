"""The night as a Prefect flow: the same conductor, each stage a task.

Prefect shows and schedules; our own run tables in the lake are the record. No frame travels between tasks: a task is
given the night, whose tables lie in the lake.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import Flow, flow, serve, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.deployments.runner import RunnerDeployment
from prefect.runtime import flow_run
from prefect.schedules import Cron
from prefect.states import Completed

from pipelines.home import Home
from pipelines.lake.store import is_transient
from pipelines.night import Night, Stage, StageReport
from pipelines.nightly_flow import conduct, intraday
from pipelines.runs.home_lock import HomeHeldError
from pipelines.runs.run_record import RunReport
from pipelines.runs.run_report import proof_markdown, report_markdown
from schemas.policy import Schedule

_RETRIES = 2
_RETRY_SECONDS = 1


async def _worth_trying_again(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Retry when the catalog was busy or a file out of reach; a rule that was broken stays broken."""
    error = await state.aresult(raise_on_failure=False)
    return isinstance(error, BaseException) and is_transient(error)


def _call_as_task(stage: Stage, night: Night) -> StageReport:
    """Run one stage as a task; side effects are its purpose, so its result is never taken from a cache."""

    @task(
        name=stage.name,
        task_run_name=f"{stage.name} {night.on}",
        retries=_RETRIES,
        retry_delay_seconds=_RETRY_SECONDS,
        retry_condition_fn=_worth_trying_again,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    def run() -> StageReport:
        return stage.run(night)

    return run()


def _run_name() -> str:
    parameters = flow_run.parameters
    command = parameters.get("command", flow_run.flow_name)
    return f"{command}-{parameters.get('on') or 'today'}-{Path(parameters['home']).name}"


@flow(name="nightly", flow_run_name=_run_name, persist_result=False)
def nightly_flow(home: str, on: str | None = None, command: str = "nightly") -> RunReport:
    """Run the night of one business date (ISO date; today on the operator's clock when none is given)."""
    day = date.fromisoformat(on) if on else None
    place = Home(Path(home))
    return conduct(place, day, command=command, call=_call_as_task, through="prefect", ended=_attach_artifacts)


def _attach_artifacts(run: RunReport) -> None:
    """Attach report and proof to the flow run, whether the night held or broke."""
    create_markdown_artifact(markdown=report_markdown(run), key="run-report", description=f"Night of {run.on}")
    create_markdown_artifact(markdown=proof_markdown(run), key="proof", description=f"Proof of {run.on}")


@flow(name="intraday", flow_run_name=_run_name, persist_result=False)
def intraday_flow(home: str, on: str | None = None) -> RunReport | State[None]:
    """Run by day; where another run holds the home the flow run ends as `Stepped aside`."""
    try:
        return intraday(Home(Path(home)), date.fromisoformat(on) if on else None, call=_call_as_task, through="prefect")
    except HomeHeldError as held:
        return Completed(name="Stepped aside", message=str(held.holder))


def serve_nights(home: Home, schedule: Schedule, time_zone: str) -> None:
    """Serve the night of a home on its schedule, and runs by day if they have one, until the process is ended."""
    flows: list[tuple[Flow[..., Any], str]] = [(nightly_flow, schedule.cron), (intraday_flow, schedule.intraday)]
    served = [
        RunnerDeployment.from_flow(
            each, home.root.name, parameters={"home": str(home.root)}, schedules=[Cron(cron, timezone=time_zone)]
        )
        for each, cron in flows
        if cron
    ]
    # A run by day must find the night at work and step aside, not queue behind it.
    serve(*served, limit=len(served), print_starting_message=False)
