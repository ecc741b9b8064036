"""A fault in the configuration, with all that is needed to mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Where a fault stands, the value found, what is wrong with it and what to do."""

    file: str
    line: int | None
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return one line, as compilers write them."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        found = f" (found {self.value!r})" if self.value else ""
        return f"{place}: {self.problem}{found}. Remedy: {self.remedy}."
