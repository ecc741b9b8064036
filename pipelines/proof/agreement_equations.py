"""Equations of payment agreements: nothing is agreed on that is not owed, and nothing twice."""

from __future__ import annotations

from pipelines.proof.equation import Equation

AGREEMENT_EQUATIONS = (
    Equation(
        "agreement_is_its_instalments",
        "amount + fee of an agreement = its claims, the fee's among them = its instalments",
        """
        WITH parts AS (
            SELECT agreement_id || ' claims' AS subject, amount + fee_amount AS l, 0 AS r FROM payment_agreement
            UNION ALL SELECT agreement_id || ' instalments', amount + fee_amount, 0 FROM payment_agreement
            UNION ALL SELECT agreement_id || ' claims', 0, amount FROM agreement_claim
            UNION ALL SELECT agreement_id || ' instalments', 0, amount FROM agreement_instalment
        ), sides AS (
            SELECT subject, sum(l) AS l, sum(r) AS r FROM parts GROUP BY subject
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM sides
        UNION ALL SELECT subject, l, r FROM sides WHERE l <> r
        """,
    ),
    Equation(
        "kept_agreements_were_paid",
        "agreements that ended as kept tonight, and of which something was written off while they stood = 0",
        """
        WITH wrong AS (
            SELECT DISTINCT agreement_id FROM payment_agreement p JOIN agreement_claim USING (agreement_id)
              JOIN allocation a USING (receivable_id)
             WHERE agreement_state = 'kept' AND ended_on = (SELECT max(run_on) FROM run) AND match_rule = 'write_off'
               AND allocation_kind = 'receivable' AND allocated_on BETWEEN agreed_on AND ended_on
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM wrong
        UNION ALL SELECT agreement_id, 1, 0 FROM wrong
        """,
    ),
    Equation(
        "claim_is_under_one_agreement",
        "claims under several agreements that stand, or of another account or for more than they are = 0",
        """
        WITH standing AS (
            SELECT agreement_id FROM payment_agreement WHERE agreement_state = 'standing'
        ), wrong AS (
            SELECT receivable_id FROM agreement_claim SEMI JOIN standing USING (agreement_id)
             GROUP BY receivable_id HAVING count(*) > 1
            UNION SELECT c.receivable_id FROM agreement_claim c JOIN payment_agreement p USING (agreement_id)
              LEFT JOIN receivable r USING (receivable_id)
             WHERE r.account_id IS DISTINCT FROM p.account_id OR r.currency <> p.currency OR c.amount > r.amount
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM wrong
        UNION ALL SELECT receivable_id, 1, 0 FROM wrong
        """,
    ),
)
