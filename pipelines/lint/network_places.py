"""Services that are sold and that no network element carries: nothing is ordered for them."""

from __future__ import annotations

import polars as pl

from pipelines.configuration.fault import Fault
from pipelines.lint.findings import Frames, findings


def network_faults(frames: Frames, whole: set[str]) -> list[Fault]:
    """Warn of each service of plans.csv that network_elements.csv leaves out, once, at the first plan that has it."""
    elements = frames["network_element"]
    if elements.is_empty() or not whole.issuperset({"network_element", "plan"}):
        return []
    first = frames["plan"].sort("line").unique("service", keep="first", maintain_order=True)
    problem = "service {service} is not in network_elements.csv: nothing is ordered from the network for its plans"
    remedy = "add the service there, if a network element shall know of it"
    missing = first.filter(~pl.col("service").is_in(elements["service"].implode()))
    return findings(missing, "plans.csv", "service", problem, remedy, severity="warning")
