"""What people see of the books: their months."""

from __future__ import annotations

import polars as pl

from pipelines.home import Home
from pipelines.night import opened_lake

_PERIODS = """
    WITH booked AS (
        SELECT date_trunc('month', posted_on)::DATE AS period_from, count(DISTINCT voucher_id)::BIGINT AS vouchers,
               sum(debit_credit) FILTER (debit_credit > 0)::DECIMAL(18,2) AS debit
          FROM ledger_entry GROUP BY ALL
    ), late AS (
        SELECT date_trunc('month', posted_on)::DATE AS period_from, count(*)::BIGINT AS of_closed_months
          FROM voucher WHERE posted_on <> event_on GROUP BY ALL
    ), last_change AS (
        FROM ledger_period QUALIFY row_number() OVER (PARTITION BY period_from ORDER BY period_change_no DESC) = 1
    )
    SELECT strftime(coalesce(b.period_from, c.period_from), '%Y-%m') AS period,
           coalesce(c.period_state, 'open') AS state,
           coalesce(vouchers, 0) AS vouchers, coalesce(debit, 0)::DECIMAL(18,2) AS debit,
           coalesce(of_closed_months, 0) AS of_closed_months, c.changed_on, c.decided_by, c.decision_text
      FROM booked b FULL JOIN last_change c USING (period_from) LEFT JOIN late USING (period_from) ORDER BY period
"""


def list_periods(home: Home) -> pl.DataFrame:
    """List the months of the books with their state, oldest first; the last change of each says who and why."""
    with opened_lake(home) as store:
        return store.query(_PERIODS)
