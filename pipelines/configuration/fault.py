"""A fault in the configuration, with all that is needed to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fault", "warning"]


@dataclass(frozen=True)
class Fault:
    """Where a fault stands, the value found, what is wrong with it and what to do.

    A `fault` stops a night; a `warning` is only told: what it tells of may be meant.
    """

    file: str
    line: int | None
    value: str
    problem: str
    remedy: str
    severity: Severity = "fault"

    @property
    def is_warning(self) -> bool:
        """Whether a night may start all the same."""
        return self.severity == "warning"

    def __str__(self) -> str:
        """Return one line, as compilers write them."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        kind = "warning: " if self.is_warning else ""
        found = f" (found {self.value!r})" if self.value else ""
        return f"{place}: {kind}{self.problem}{found}. Remedy: {self.remedy}."
