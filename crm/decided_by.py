"""Who decided something by a request, and why: the two columns that every decision keeps."""

from __future__ import annotations

from crm.working_table import Row


def decider(request: Row) -> str:
    """Return who decided: the person that the request names, else the channel that it came by."""
    return str(request["actor"] or request["channel"])


def decision(request: Row, why: str) -> Row:
    """Return `decided_by` and `decision_text` of a row that a request decides."""
    return {"decided_by": decider(request), "decision_text": why}
