"""A run as it goes: its stages, its state and its proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from pipelines import clock
from pipelines.night import StageReport
from pipelines.payments.statement_report import StatementReport
from schemas import tables


@dataclass(frozen=True)
class StageRun:
    """A stage that ended: when, and what it reported."""

    name: str
    begun_at: datetime
    ended_at: datetime
    report: StageReport


@dataclass
class RunReport:
    """A run as it goes: the stages that ended, and how it ended itself."""

    run_id: str
    on: date
    command: str
    through: str
    begun_at: datetime
    ended_at: datetime | None = None
    state: str = "running"
    summary: str = ""
    stages: list[StageRun] = field(default_factory=list)
    proof: pl.DataFrame = field(default_factory=tables.CONTROL_TOTAL.empty)
    refused: pl.DataFrame = field(default_factory=pl.DataFrame)
    bank: StatementReport | None = None

    @property
    def stage_seconds(self) -> float:
        """Seconds spent inside stages; the rest of the run is the conductor's and Prefect's own."""
        return sum((s.ended_at - s.begun_at).total_seconds() for s in self.stages)

    @property
    def seconds(self) -> float:
        """Seconds of the whole run."""
        return ((self.ended_at or clock.now()) - self.begun_at).total_seconds()
