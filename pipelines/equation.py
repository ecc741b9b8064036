"""An equation of the proof: what it says, and the query that gives its two sides."""

from __future__ import annotations

from typing import NamedTuple


class Equation(NamedTuple):
    """A name, what it says, and its query."""

    name: str
    meaning: str
    sql: str
