"""States: what began, was blocked, freed or ended since the last night is written as transitions of subscriptions."""

from __future__ import annotations

from crm.subscription_states import state_changes
from pipelines.credit.unpaid_flow import suspended_for_non_payment
from pipelines.night import Night, StageReport
from schemas import tables

_LATEST = """
    SELECT * FROM subscription_state
   QUALIFY transition_no = max(transition_no) OVER (PARTITION BY subscription_id)
"""
# A block that names no subscription is for whoever held the number when it was set.
_BLOCKS = """
    SELECT b.* REPLACE (coalesce(b.subscription_id, n.subscription_id) AS subscription_id)
      FROM block b LEFT JOIN number_assignment n ON b.subscription_id IS NULL AND n.a_number = b.a_number
       AND n.owned_from <= b.blocked_at AND (n.owned_to IS NULL OR n.owned_to > b.blocked_at)
     WHERE b.barred = 'all' OR b.block_cause = 'unpaid'
"""


def states(night: Night) -> StageReport:
    """Append the transitions of every subscription whose state is another than the last one written."""
    store = night.store
    held = store.read(tables.SUBSCRIPTION)
    latest = store.select(tables.SUBSCRIPTION_STATE, _LATEST)
    blocks = store.select(tables.BLOCK, _BLOCKS)
    changes = state_changes(held, blocks, suspended_for_non_payment(night), latest, night.on)
    if changes.height:
        with store.transaction("states"):
            store.append(tables.SUBSCRIPTION_STATE, changes)
    reached = changes["subscription_state"].value_counts().sort("subscription_state").rows()
    summary = ", ".join(f"{count} {state}" for state, count in reached) or "no subscription changed its state"
    return StageReport(held["subscription_id"].n_unique(), changes.height, 0, summary)
