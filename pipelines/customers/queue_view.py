"""The manual queue as people see it: the cases that wait, and one of them with all that is known."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from pipelines.home import Home
from pipelines.night import opened_lake

_CASES = """
    SELECT c.request_id, c.case_state AS state, c.waits_for, c.opened_on, c.case_text AS found
      FROM approval_case c
"""
_ONE = """
    SELECT c.*, r.request_type, r.channel, r.reseller_code, r.requested_at, r.effective_on, r.payload
      FROM approval_case c JOIN request r USING (request_id) WHERE c.request_id = ?
"""


def list_cases(home: Home, *, every: bool = False) -> pl.DataFrame:
    """List the cases that wait, oldest first; with `every` those decided, too. `show_case` tells the rest."""
    waits = "" if every else " WHERE c.case_state = 'waiting'"
    with opened_lake(home) as store:
        return store.query(f"{_CASES}{waits} ORDER BY c.opened_on, c.request_id")


def show_case(home: Home, request_id: str) -> dict[str, Any] | None:
    """Return all that is known of a case, None when there is none: case, request, documents that prove who asks."""
    with opened_lake(home) as store:
        cases = store.query(_ONE, [request_id]).to_dicts()
        if not cases:
            return None
        documents = store.query(
            "SELECT identity_kind, issuer, valid_until, identity_state, checked_by FROM identity_document "
            "WHERE sign_up_id = ?",
            [request_id],
        ).to_dicts()
    payload = json.loads(cases[0].pop("payload"))
    return {**cases[0], "asked_for": payload, "documents": documents}
