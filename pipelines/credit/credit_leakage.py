"""Leakage: usage that came although its number was blocked, or after its account had reached its limit.

`over_limit`: begun after the order with which the limit was reached, before the switch was told. `blocked`: begun while
the switch should have refused it. Both are priced and charged as any other usage, in the next basis or invoice.
"""

from __future__ import annotations

from pipelines.charging.charge_names import USAGE_CHARGE_ID
from pipelines.night import Night


def leakage(condition: str = "true") -> str:
    """Return the query for leakage among the rows of `rated_usage` that fulfil a condition."""
    # Moments are the clock's, dates the business's: nights that are made up for later have the right days all the same.
    usage = f"(SELECT * FROM rated_usage WHERE {condition})"  # noqa: S608 (our own words)
    blocked = (
        "SELECT u.usage_id, 'blocked' AS leakage_kind, min(b.block_id) AS block_id "  # noqa: S608 (our own words)
        f"FROM {usage} u JOIN block b ON b.a_number = u.a_number AND u.started_at >= b.blocked_at "
        "AND (b.unblocked_at IS NULL OR u.started_at < b.unblocked_at) "
        "WHERE b.barred = 'all' AND u.started_on >= b.blocked_on GROUP BY u.usage_id"
    )
    # The block that stood in the night of the basis ends the time in which nobody had told the switch.
    limits = (
        "SELECT i.basis_id, i.account_id, i.reached_at, b.block_id, b.a_number, b.blocked_at, b.unblocked_on "
        "FROM invoice_basis i JOIN block b ON b.account_id = i.account_id AND b.block_cause = 'credit_limit' "
        "AND b.blocked_on <= i.made_on AND (b.unblocked_on IS NULL OR b.unblocked_on > i.made_on)"
    )
    over = (
        "SELECT u.usage_id, 'over_limit' AS leakage_kind, min(i.block_id) AS block_id "  # noqa: S608 (our own words)
        f"FROM ({limits}) i JOIN (SELECT *, {USAGE_CHARGE_ID} AS charge_id FROM {usage}) u "
        "ON u.account_id = i.account_id AND u.a_number = i.a_number AND u.started_at >= i.reached_at "
        "AND u.started_at < i.blocked_at "
        "AND (i.unblocked_on IS NULL OR u.started_on <= i.unblocked_on) "
        "LEFT JOIN basis_charge m ON m.charge_id = u.charge_id "
        "WHERE m.basis_id IS DISTINCT FROM i.basis_id GROUP BY u.usage_id"
    )
    return (
        "SELECT l.usage_id, l.leakage_kind, l.block_id, b.block_cause, b.blocked_at, u.account_id, a.customer_id, "  # noqa: S608
        "u.subscription_id, u.a_number, u.b_number, u.service, u.usage_kind, u.started_at, u.started_on, u.duration_s, "
        f"u.amount_ex_vat, u.currency, u.rated_on FROM ({blocked} UNION ALL {over}) l JOIN {usage} u USING (usage_id) "
        "JOIN block b USING (block_id) JOIN account a ON a.account_id = u.account_id"
    )


def leakage_summary(night: Night) -> str:
    """Say what of tonight's usage came although it was blocked or over its limit; nothing when nothing did."""
    tonight = leakage(f"rated_on = DATE '{night.on}'")
    sql = f"SELECT count(*)::BIGINT AS n, sum(amount_ex_vat)::VARCHAR AS amount FROM ({tonight})"  # noqa: S608 (ours)
    count, amount = night.store.query(sql).row(0)
    return f"; {count} records came although blocked, {amount} ex VAT" if count else ""
