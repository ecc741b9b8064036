"""Equations of the proof about direct debits, refunds, and the files they stand in."""

from __future__ import annotations

from pipelines.proof.equation import Equation

DIRECT_DEBIT_EQUATIONS = (
    Equation(
        "direct_debits_are_announced",
        "direct debits = those whose invoice says so, of the same mandate",
        """
        WITH parts AS (
            SELECT d.direct_debit_id AS subject, d.mandate_id = n.mandate_id AS is_announced
              FROM direct_debit d LEFT JOIN direct_debit_notice n USING (invoice_no)
        )
        SELECT 'all' AS subject, count(*) AS left_side, count(*) FILTER (is_announced) AS right_side FROM parts
        UNION ALL SELECT subject, 1, 0 FROM parts WHERE is_announced IS DISTINCT FROM true
        """,
    ),
    Equation(
        "attempts_without_gap",
        "last attempt to collect an invoice = its direct debits",
        """
        WITH parts AS (
            SELECT invoice_no::VARCHAR AS subject, max(attempt_no) AS l, count(*) AS r FROM direct_debit
             GROUP BY invoice_no
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    # What is ordered tonight is filed after the proof, so only what a file has passed over is missed.
    Equation(
        "direct_debits_in_one_file",
        "direct debits ordered before the last file of their scheme, or in one = their places in files",
        """
        WITH filed AS (
            SELECT direct_debit_id AS subject, count(*) AS r FROM filed_direct_debit GROUP BY direct_debit_id
        ), last AS (
            SELECT scheme, max(ordered_on) AS filed_on FROM direct_debit_file GROUP BY scheme
        ), ordered AS (
            SELECT direct_debit_id AS subject, ordered_on < filed_on AS is_late
              FROM direct_debit LEFT JOIN last USING (scheme)
        ), parts AS (
            SELECT subject, (o.subject IS NOT NULL)::BIGINT AS l, coalesce(r, 0) AS r
              FROM ordered o FULL JOIN filed USING (subject) WHERE is_late OR r IS NOT NULL
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "direct_debit_files_are_their_orders",
        "amounts of files of direct debits = their requests; each counts those and its changes of mandates right",
        """
        WITH debits AS (
            SELECT f.scheme, f.file_no, sum(amount) AS amount, count(*) AS n
              FROM filed_direct_debit f JOIN direct_debit USING (direct_debit_id) GROUP BY ALL
        ), mandates AS (
            SELECT scheme, file_no, count(*) AS n FROM filed_mandate_order GROUP BY ALL
        ), parts AS (
            SELECT f.scheme || ' ' || f.file_no AS subject, f.amount, coalesce(d.amount, 0) AS found,
                   debit_count + mandate_count AS counted, coalesce(d.n, 0) + coalesce(m.n, 0) AS n
              FROM direct_debit_file f LEFT JOIN debits d USING (scheme, file_no)
              LEFT JOIN mandates m USING (scheme, file_no)
        )
        SELECT 'all' AS subject, coalesce(sum(amount), 0) AS left_side, coalesce(sum(found), 0) AS right_side FROM parts
        UNION ALL SELECT subject, amount, found FROM parts WHERE amount <> found
        UNION ALL SELECT subject, counted, n FROM parts WHERE counted <> n
        """,
    ),
    Equation(
        "direct_debit_files_without_gap",
        "last number of a series of files of direct debits = its files",
        """
        WITH parts AS (
            SELECT scheme AS subject, max(file_no) AS l, count(*) AS r FROM direct_debit_file GROUP BY scheme
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
)

REFUND_EQUATIONS = (
    # What is ordered tonight is filed after the proof; refunds are numbered in the order they are ordered.
    Equation(
        "refunds_in_one_file",
        "refunds up to the last one in a file, but those undone before = their places in files",
        """
        WITH filed AS (
            SELECT refund_no AS subject, count(*) AS r FROM filed_refund GROUP BY refund_no
        ), undone AS (
            SELECT request_id FROM allocation WHERE allocation_kind = 'refund' GROUP BY ALL HAVING sum(paid_amount) = 0
        ), ordered AS (
            SELECT refund_no FROM refund ANTI JOIN undone USING (request_id)
            UNION SELECT refund_no FROM refund SEMI JOIN filed_refund USING (refund_no)
        ), parts AS (
            SELECT subject, (o.refund_no IS NOT NULL)::BIGINT AS l, coalesce(r, 0) AS r
              FROM (SELECT refund_no, refund_no AS subject FROM ordered) o FULL JOIN filed USING (subject)
             WHERE subject <= (SELECT max(subject) FROM filed)
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject::VARCHAR, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "refund_files_are_their_refunds",
        "amounts of files of refunds = their refunds, and each counts them right",
        """
        WITH refunds AS (
            SELECT file_no, sum(amount) AS amount, count(*) AS n FROM filed_refund JOIN refund USING (refund_no)
             GROUP BY ALL
        ), parts AS (
            SELECT file_no::VARCHAR AS subject, f.amount, coalesce(r.amount, 0) AS found, order_count,
                   coalesce(n, 0) AS n
              FROM refund_file f LEFT JOIN refunds r USING (file_no)
        )
        SELECT 'all' AS subject, coalesce(sum(amount), 0) AS left_side, coalesce(sum(found), 0) AS right_side FROM parts
        UNION ALL SELECT subject, amount, found FROM parts WHERE amount <> found
        UNION ALL SELECT subject, order_count, n FROM parts WHERE order_count <> n
        """,
    ),
    Equation(
        "refund_is_credit_again_once",
        "refunds of which more is credit again, rejected or come back, than was ordered = 0",
        """
        WITH undone AS (
            SELECT refund_no, -sum(paid_amount) FILTER (paid_amount < 0) AS amount
              FROM refund JOIN allocation USING (request_id) WHERE allocation_kind = 'refund' GROUP BY ALL
        ), returned AS (
            SELECT p.end_to_end_id, sum(paid_amount) AS amount FROM payment p JOIN allocation USING (payment_id)
             WHERE payment_kind = 'received' AND match_rule = 'end_to_end_id'
               AND allocation_kind IN ('credit', 'suspense') GROUP BY ALL
        ), wrong AS (
            SELECT refund_id, coalesce(u.amount, 0) + coalesce(b.amount, 0) AS again, r.amount
              FROM refund r LEFT JOIN undone u USING (refund_no)
              LEFT JOIN returned b ON b.end_to_end_id = 'R' || refund_no
             WHERE again > r.amount
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM wrong
        UNION ALL SELECT refund_id, again, amount FROM wrong
        """,
    ),
    Equation(
        "settled_refunds_leave_nothing",
        "what refunds that are out, undone or back again still are in the books = 0",
        """
        WITH parts AS (
            SELECT refund_id AS subject, paid_amount, home_amount FROM refund
              JOIN (FROM allocation WHERE allocation_kind = 'refund') USING (request_id)
            UNION ALL
            SELECT refund_id, paid_amount, a.home_amount
              FROM refund JOIN payment p ON p.end_to_end_id = 'R' || refund_no
              JOIN (FROM allocation WHERE allocation_kind = 'refund' AND match_rule <> 'refund') a
                   ON a.payment_id = p.payment_id
        ), settled AS (
            SELECT subject, sum(home_amount) AS left_side FROM parts GROUP BY subject HAVING sum(paid_amount) = 0
        )
        SELECT 'all' AS subject, coalesce(sum(left_side), 0) AS left_side, 0 AS right_side FROM settled
        UNION ALL SELECT subject, left_side, 0 FROM settled WHERE left_side <> 0
        """,
    ),
    Equation(
        "refund_files_without_gap",
        "last number of a file of refunds = files of refunds",
        """
        SELECT 'all' AS subject, coalesce(max(file_no), 0) AS left_side, count(*) AS right_side FROM refund_file
        """,
    ),
)
