"""Equations of allocations: a payment is where its money is, and nothing is taken from where nothing is left."""

from __future__ import annotations

from pipelines.proof.equation import Equation

ALLOCATION_EQUATIONS = (
    Equation(
        "payment_is_its_allocations",
        "payment = what was allocated of it, in its currency and in the books; of credit notes and write-offs 0",
        """
        WITH allocated AS (
            SELECT payment_id, sum(paid_amount) AS paid, sum(paid_home_amount) AS home FROM allocation GROUP BY ALL
        ), known AS (
            SELECT coalesce(p.payment_id, a.payment_id) AS payment_id, coalesce(p.amount, 0) AS amount,
                   coalesce(p.home_amount, 0) AS home_amount, coalesce(paid, 0) AS paid, coalesce(home, 0) AS home
              FROM payment p FULL JOIN allocated a USING (payment_id)
        ), parts AS (
            SELECT payment_id AS subject, amount AS l, paid AS r FROM known
            UNION ALL SELECT payment_id || ' in the books', home_amount, home FROM known
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "nothing_overpaid",
        "claims paid beyond their amount = 0",
        """
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM (
            SELECT receivable_id FROM receivable r
              JOIN (FROM allocation WHERE allocation_kind = 'receivable') a USING (receivable_id)
             GROUP BY receivable_id, r.amount HAVING sum(a.amount) > r.amount
        )
        """,
    ),
    Equation(
        "nothing_is_taken_twice",
        "places where a payment holds less than nothing (credit, claims), and claims recovered beyond their loss = 0",
        """
        WITH held AS (
            SELECT concat_ws(' ', payment_id, allocation_kind, coalesce(receivable_id, account_id::VARCHAR)) AS subject,
                   sum(paid_amount) AS amount
              FROM allocation SEMI JOIN payment USING (payment_id)
             WHERE allocation_kind IN ('credit', 'receivable', 'recovered') GROUP BY ALL
        ), lost AS (
            SELECT receivable_id AS subject, sum(amount) AS amount FROM allocation
             WHERE allocation_kind IN ('loss', 'recovered') GROUP BY ALL
        ), broken AS (
            SELECT subject, amount FROM held WHERE amount < 0
            UNION ALL SELECT subject, amount FROM lost WHERE amount > 0
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM broken
        UNION ALL SELECT subject, amount, 0 FROM broken
        """,
    ),
)
