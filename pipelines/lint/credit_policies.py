"""Credit policies: limits that contradict each other, and terms that can have no effect."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings

_FILE = "credit_policies.csv"


def credit_policy_faults(frames: Frames, whole: set[str]) -> list[Fault]:
    """Find steps given twice and ceilings below the first limit; warn of steps, bases and services without effect."""
    rows = frames["credit_policy"]
    makes_bases = pl.col("basis_release") != "none"
    steps = pl.col("limit_step").is_not_null() | pl.col("limit_step_percent").is_not_null()
    return [
        *findings(
            rows.filter(pl.col("limit_step").is_not_null() & pl.col("limit_step_percent").is_not_null()),
            _FILE, "limit_step", "the limit rises by an amount and by a percentage", "leave one of them empty",
        ),
        *findings(
            rows.filter(pl.col("limit_ceiling") < pl.col("first_limit")),
            _FILE, "limit_ceiling", "the ceiling is below the first limit of {first_limit}",
            "raise it or leave it empty",
        ),
        *findings(
            rows.filter(~makes_bases & steps), _FILE, "basis_release",
            "the limit never rises: it does when an invoice of a basis is paid, and there are no bases",
            "make bases manual or automatic, or leave the step empty", severity="warning",
        ),
        *findings(
            rows.filter(makes_bases & (pl.col("first_limit") == 0)), _FILE, "first_limit",
            "with a limit of 0 every call makes a basis of its own", "give a limit, or basis_release none",
            severity="warning",
        ),
        *(_services(rows, frames["plan"]) if "plan" in whole else ()),
    ]  # fmt: skip


def _services(rows: pl.DataFrame, plans: pl.DataFrame) -> list[Fault]:
    unsold = rows.filter(pl.col("service") != "*").join(plans, on="service", how="anti")
    problem, remedy = (
        "no plan has service {service}: the row holds for nobody",
        "correct the service, or take the row out",
    )
    return findings(unsold, _FILE, "service", problem, remedy, severity="warning")
