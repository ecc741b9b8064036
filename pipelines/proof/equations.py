"""The proof: equations over the whole lake that must hold to the last decimal, every night.

Each equation gives `subject`, `left_side` and `right_side`: by a query, or computed in polars where money is multiplied
(`pipelines/proof/computed_equations.py`). An equation over many subjects (invoices, payments, vouchers) names only those that
break it; its row for `all` always stands.
"""

from __future__ import annotations

from pipelines.charging.charge_names import USAGE_CHARGE_ID
from pipelines.proof.agreement_equations import AGREEMENT_EQUATIONS
from pipelines.proof.allocation_equations import ALLOCATION_EQUATIONS
from pipelines.proof.computed_equations import COMMISSION_EQUATIONS, TAX_EQUATIONS
from pipelines.proof.document_equations import DOCUMENT_EQUATIONS, posted_equations
from pipelines.proof.equation import Equation, Proven
from pipelines.proof.ledger_equations import ledger_equations
from pipelines.proof.money_out_equations import DIRECT_DEBIT_EQUATIONS, REFUND_EQUATIONS
from rating.charges import BOOKED_AS_ONE
from schemas.codes import TERM_KINDS
from schemas.policy import Ledger


def equations(ledger: Ledger) -> tuple[Proven, ...]:
    """Return every equation, in the order the data flows."""
    return (
        *_FLOW,
        *DOCUMENT_EQUATIONS,
        *TAX_EQUATIONS,
        *COMMISSION_EQUATIONS,
        *DIRECT_DEBIT_EQUATIONS,
        *REFUND_EQUATIONS,
        *posted_equations(ledger),
        *ledger_equations(ledger),
    )


_BILLABLE = (
    "(outcome = 'answered' AND "
    "CASE usage_kind WHEN 'call' THEN duration_s WHEN 'data' THEN volume_bytes ELSE event_count END > 0)"
)

# What the usage that this date's batches priced has included, and what it drew on allowances, for each of its records.
# Left out: a record that a re-rating found in an invoice, which draws anew but keeps its row, and what drew on an allowance
# that has left the configuration since. What rolled over names a grant in place of a record.
_INCLUDED = """
        WITH batches AS (
            SELECT rated_batch, batch_kind FROM rating_batch WHERE rated_on = (SELECT max(run_on) FROM run)
        ), priced AS (
            SELECT usage_id, rated_batch, included_units, included_amount FROM rated_usage
             WHERE rated_on = (SELECT max(run_on) FROM run)
        ), rolled AS (
            SELECT grant_id AS usage_id FROM allowance_grant WHERE rolled_from IS NOT NULL
        ), asked AS (
            SELECT usage_id FROM priced WHERE included_units <> 0 OR included_amount <> 0
            UNION SELECT usage_id FROM allowance_use SEMI JOIN (FROM batches WHERE batch_kind = 'night') USING (rated_batch)
             ANTI JOIN rolled USING (usage_id)
        ), drawn AS (
            SELECT usage_id, max(u.rated_batch) AS last_batch, sum(used_quantity) FILTER (allowance_unit = 'money') AS money,
                   sum(used_quantity) FILTER (allowance_unit = 'call') AS calls,
                   sum(used_quantity) FILTER (allowance_unit NOT IN ('call', 'money')) AS units,
                   count(*) = count(allowance_unit) AS is_known
              FROM allowance_use u SEMI JOIN asked USING (usage_id)
              JOIN allowance_grant USING (grant_id) LEFT JOIN allowance USING (allowance_code) GROUP BY usage_id
        ), records AS (
            SELECT usage_id AS subject, coalesce(included_units, 0) AS included_units, coalesce(units, 0) AS units,
                   coalesce(included_amount, 0) AS included_amount, coalesce(money, 0) AS money, coalesce(calls, 0) AS calls
              FROM asked LEFT JOIN priced USING (usage_id) LEFT JOIN drawn USING (usage_id)
             WHERE coalesce(last_batch <= rated_batch, true) AND coalesce(is_known, true)
        )
"""


def _included(name: str, meaning: str, parts: str) -> Equation:
    """Compare two columns of `_INCLUDED`, which `parts` calls `l` and `r`."""
    return Equation(
        name,
        meaning,
        f"""{_INCLUDED}
        , parts AS ({parts})
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    )


# What changes by hand make of the adjustments of lines that they changed: adjustments count it, but where a charge of
# its own does, because the change came after the adjustment.
_CHANGES_WITHIN = """
        FROM basis_change WHERE starts_with(charge_id, 'adjustment:')
         AND NOT EXISTS (FROM charge c WHERE c.charge_id = concat('basis_change:', request_id, ':', basis_change.charge_id))
"""

_FLOW = (
    Equation(
        "file_rows",
        "rows read = rated + charged with zero + accepted (payments, entries, requests, answers) + duplicate + rejected",
        f"""
        WITH late AS (
            SELECT usage_id FROM rejected WHERE stage = 'rate' AND reason_code = 'LATE_RECORD'
        ), counted AS (
            SELECT file_sha256, count(*) AS n FROM usage WHERE NOT {_BILLABLE} GROUP BY ALL
            UNION ALL SELECT file_sha256, -count(*) FROM usage SEMI JOIN late USING (usage_id)
             WHERE NOT {_BILLABLE} GROUP BY ALL
            UNION ALL SELECT file_sha256, -count(*) FROM rated_usage WHERE NOT {_BILLABLE} GROUP BY ALL
            UNION ALL SELECT file_sha256, -count(*) FROM waiting_usage WHERE NOT {_BILLABLE} GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM rated_usage GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM request WHERE file_sha256 IS NOT NULL GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM payment_record
             WHERE file_format NOT IN ('camt053', 'autogiro') GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM bank_entry GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM direct_debit_answer
             WHERE answer_id NOT LIKE 'payment:%' GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM provisioning_answer GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM collection_answer GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM ledger_export_event WHERE file_sha256 IS NOT NULL GROUP BY ALL
            UNION ALL SELECT file_sha256, count(*) FROM rejected GROUP BY ALL
            UNION ALL SELECT file_sha256, rows_duplicate FROM source_file
        ), per_file AS (
            SELECT f.file_name AS subject, f.rows_read AS l, (SELECT coalesce(sum(n), 0) FROM counted c
              WHERE c.file_sha256 = f.file_sha256) AS r FROM source_file f
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM per_file
        UNION ALL SELECT subject, l, r FROM per_file WHERE l <> r
        """,
    ),
    Equation(
        "states_follow_one_another",
        "transitions of subscriptions that do not begin in the state, or on the day, the one before led to = 0",
        """
        WITH steps AS (
            SELECT *, lag(subscription_state) OVER life AS state_before, lag(state_from) OVER life AS day_before,
                   row_number() OVER life AS place
              FROM subscription_state WINDOW life AS (PARTITION BY subscription_id ORDER BY transition_no)
        ), broken AS (
            SELECT DISTINCT subscription_id FROM steps
             WHERE from_state IS DISTINCT FROM state_before OR state_from < day_before OR transition_no <> place
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM broken
        UNION ALL SELECT subscription_id::VARCHAR, 1, 0 FROM broken
        """,
    ),
    Equation(
        "usage_charged",
        "priced usage + differences of re-rating + what changes by hand make of them = usage charges + adjustments",
        f"""
        WITH together AS (
            SELECT {", ".join(BOOKED_AS_ONE)}, sum(amount_ex_vat) AS amount FROM rated_usage GROUP BY ALL
        ), priced AS (
            SELECT {USAGE_CHARGE_ID} AS charge_id, amount FROM together
            UNION ALL SELECT charge_id, difference_amount FROM rerated_usage
            UNION ALL SELECT charge_id, difference_amount FROM ({_CHANGES_WITHIN})
        ), charged AS (
            SELECT charge_id, amount_ex_vat AS amount FROM charge WHERE charge_kind IN ('usage', 'adjustment')
        )
        SELECT 'all' AS subject, (SELECT sum(amount) FROM priced) AS left_side, (SELECT sum(amount) FROM charged) AS right_side
        UNION ALL
        SELECT c.charge_id, c.amount, sum(p.amount) FROM charged c LEFT JOIN priced p USING (charge_id)
         GROUP BY ALL HAVING c.amount IS DISTINCT FROM sum(p.amount)
        """,
    ),
    Equation(
        "allowances_within_their_grants",
        "grants drawn beyond what they held = 0",
        """
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM (
            SELECT grant_id FROM allowance_grant g JOIN allowance_use u USING (grant_id)
             GROUP BY grant_id, g.granted_quantity HAVING sum(u.used_quantity) NOT BETWEEN 0 AND g.granted_quantity
        )
        """,
    ),
    _included(
        "included_units_are_drawn",
        "units included in usage priced on this date = units it drew on allowances (but for calls taken whole)",
        "SELECT subject, included_units AS l, units AS r FROM records WHERE calls = 0",
    ),
    _included(
        "included_amount_is_drawn",
        "amount included in usage priced on this date = money it drew on allowances",
        "SELECT subject, included_amount AS l, money AS r FROM records",
    ),
    Equation(
        "tier_units_not_negative",
        "periods whose tier units add up to less than 0 = 0",
        """
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM (
            SELECT tier_key FROM tier_use GROUP BY tier_key, period_from HAVING sum(tier_units) < 0
        )
        """,
    ),
    Equation(
        "goodwill_that_stands_over_adds_up",
        "what credit notes do not draw of goodwill + what later invoices give of it = 0, request by request",
        """
        WITH parts AS (
            SELECT regexp_extract(charge_id, '^one_off:(.*):goodwill(_over)?_[0-9]{8}$', 1) AS subject,
                   regexp_extract(charge_id, '_([0-9]{8})$', 1) AS day, amount_ex_vat
              FROM charge WHERE charge_kind = 'one_off' AND regexp_matches(charge_id, ':goodwill(_over)?_[0-9]{8}$')
        ), sides AS (
            SELECT subject || ' ' || day AS subject, coalesce(sum(amount_ex_vat) FILTER (amount_ex_vat > 0), 0) AS l,
                   -coalesce(sum(amount_ex_vat) FILTER (amount_ex_vat < 0), 0) AS r FROM parts GROUP BY ALL
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM sides
        UNION ALL SELECT subject, l, r FROM sides WHERE l <> r
        """,
    ),
    Equation(
        "one_off_charges_have_their_cause",
        "one-off charges = those of requests that were applied",
        r"""
        WITH one_off AS (
            SELECT charge_id, regexp_extract(charge_id, '^one_off:(.*):[a-z_0-9]+$', 1) AS request_id
              FROM charge WHERE charge_kind = 'one_off'
        ), caused AS (
            SELECT charge_id FROM one_off SEMI JOIN (FROM request_outcome WHERE request_state = 'applied') USING (request_id)
        )
        SELECT 'all' AS subject, (SELECT count(*) FROM one_off) AS left_side, (SELECT count(*) FROM caused) AS right_side
        UNION ALL SELECT charge_id, 1, 0 FROM one_off ANTI JOIN caused USING (charge_id)
        """,
    ),
    Equation(
        "fees_are_not_negative",
        "fees, the charges of a line key added up, that are less than 0 = 0",
        """
        WITH fees AS (
            SELECT line_key, sum(amount_ex_vat) AS amount FROM charge
             WHERE charge_kind = 'recurring' AND line_key IS NOT NULL GROUP BY line_key HAVING sum(amount_ex_vat) < 0
        )
        SELECT 'all' AS subject, (SELECT count(*) FROM fees) AS left_side, 0 AS right_side
        UNION ALL SELECT line_key, amount, 0 FROM fees
        """,
    ),
    Equation(
        "terms_stand_on_invoices",
        "what coupons took off invoices = their charges on them; and terms charged without an invoice, and coupons used too "
        "often = 0",
        f"""
        WITH made AS (
            SELECT charge_id, charge_kind, c.amount_ex_vat, invoice_no FROM charge c LEFT JOIN billed_charge b USING (charge_id)
             WHERE charge_kind IN {TERM_KINDS}
        ), used AS (
            SELECT redemption_id FROM coupon_use JOIN coupon_redemption USING (redemption_id)
             GROUP BY redemption_id, coupon_periods HAVING count(*) > coupon_periods
        )
        SELECT 'all' AS subject, (SELECT coalesce(sum(used_amount), 0) FROM coupon_use) AS left_side,
               (SELECT coalesce(-sum(amount_ex_vat), 0) FROM made WHERE charge_kind = 'coupon') AS right_side
        UNION ALL SELECT charge_id, 1, 0 FROM made WHERE invoice_no IS NULL
        UNION ALL SELECT redemption_id, 1, 0 FROM used
        """,
    ),
    Equation(
        "charged_is_invoiced_or_not_due",
        "charges = charges on invoices + charges of invoices that are held or wait + charges not yet due",
        """
        WITH sides AS (
            SELECT CASE WHEN b.charge_id IS NOT NULL AND c.amount_ex_vat IS DISTINCT FROM b.amount_ex_vat THEN b.charge_id
                   END AS broken, sum(c.amount_ex_vat) AS charged, sum(b.amount_ex_vat) AS billed,
                   sum(c.amount_ex_vat) FILTER (b.charge_id IS NULL) AS unbilled
              FROM charge c FULL JOIN billed_charge b ON b.charge_id = c.charge_id GROUP BY broken
        )
        SELECT 'all' AS subject, (SELECT sum(amount_ex_vat) FROM charge) AS left_side,
               (SELECT coalesce(sum(billed), 0) + coalesce(sum(unbilled), 0) FROM sides) AS right_side
        UNION ALL SELECT broken, charged, billed FROM sides WHERE broken IS NOT NULL
        """,
    ),
    Equation(
        "nothing_due_is_left_behind",
        "charges that were due when their account's last monthly invoice was made, and are on none and in no basis = 0",
        """
        WITH monthly AS (
            SELECT account_id, max(billing_date) AS billing_date, max(invoiced_on) AS invoiced_on FROM invoice
              ANTI JOIN (SELECT invoice_no FROM invoice_basis WHERE invoice_no IS NOT NULL) USING (invoice_no)
             WHERE document_kind = 'invoice' GROUP BY account_id
        ), behind AS (
            SELECT charge_id, c.amount_ex_vat FROM charge c JOIN monthly USING (account_id)
              ANTI JOIN billed_charge b ON b.charge_id = c.charge_id ANTI JOIN basis_charge m ON m.charge_id = c.charge_id
             WHERE c.charged_on < invoiced_on AND (c.service_from < billing_date
                   OR (c.service_from = billing_date AND charge_kind IN ('recurring', 'one_off')))
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM behind
        UNION ALL SELECT charge_id, amount_ex_vat, 0 FROM behind
        """,
    ),
    Equation(
        "drafts_have_a_reason_or_an_invoice",
        "invoices that wait or waited = held + waiting or released, each with its reason + numbered",
        """
        SELECT 'all' AS subject, (SELECT count(*) FROM invoice_draft) AS left_side,
               (SELECT count(*) FROM invoice_draft WHERE draft_state <> 'finalised'
                   AND (draft_reasons <> '' OR draft_state = 'released'))
             + (SELECT count(*) FROM invoice_draft d SEMI JOIN invoice USING (invoice_no, account_id)
                 WHERE d.draft_state = 'finalised') AS right_side
        """,
    ),
    Equation(
        "basis_changes_are_charged",
        "differences of basis changes = charges of that kind + what adjustments count of them; nothing is below 0",
        f"""
        WITH changed AS (
            SELECT 'basis_change:' || request_id || ':' || charge_id AS charge_id, difference_amount
              FROM (FROM basis_change ANTI JOIN ({_CHANGES_WITHIN}) USING (request_id, charge_id))
        ), charged AS (
            SELECT charge_id, amount_ex_vat FROM charge WHERE charge_kind = 'basis_change'
        ), by_hand AS (
            SELECT * FROM basis_change WHERE NOT starts_with(charge_id, 'adjustment:')
        ), below AS (
            SELECT c.charge_id, c.amount_ex_vat + sum(b.difference_amount) AS amount
              FROM by_hand b JOIN charge c USING (charge_id) GROUP BY c.charge_id, c.amount_ex_vat
            HAVING c.amount_ex_vat + sum(b.difference_amount) < 0
        ), lines AS (
            SELECT DISTINCT basis_id, charge_id FROM by_hand
        ), records AS (
            SELECT usage_id, {USAGE_CHARGE_ID} AS charge_id FROM rated_usage WHERE account_id IN
             (SELECT account_id FROM invoice_basis SEMI JOIN by_hand USING (basis_id))
        ), after_re_rating AS (
            SELECT basis_id, amount_ex_vat AS amount FROM lines JOIN charge USING (charge_id)
            UNION ALL SELECT basis_id, difference_amount FROM basis_change
            UNION ALL SELECT basis_id, difference_amount FROM rerated_usage JOIN records USING (usage_id)
              JOIN lines ON lines.charge_id = records.charge_id
        )
        SELECT 'all' AS subject, (SELECT coalesce(sum(difference_amount), 0) FROM changed) AS left_side,
               (SELECT coalesce(sum(amount_ex_vat), 0) FROM charged) AS right_side
        UNION ALL
        SELECT charge_id, c.amount_ex_vat, d.difference_amount FROM charged c FULL JOIN changed d USING (charge_id)
         WHERE c.amount_ex_vat IS DISTINCT FROM d.difference_amount
        UNION ALL SELECT charge_id, amount, 0 FROM below
        UNION ALL SELECT basis_id, sum(amount), 0 FROM after_re_rating GROUP BY basis_id HAVING sum(amount) < 0
        """,
    ),
    Equation(
        "basis_is_its_invoice",
        "charges of invoiced bases = the invoices of these bases; nothing of an open basis is invoiced",
        """
        WITH held AS (
            SELECT i.basis_id, i.basis_state, i.invoice_no, sum(c.amount_ex_vat) AS amount
              FROM invoice_basis i JOIN basis_charge USING (basis_id) LEFT JOIN charge c USING (charge_id) GROUP BY ALL
        ), billed AS (
            SELECT basis_id, sum(amount_ex_vat) AS amount FROM basis_charge JOIN billed_charge USING (charge_id) GROUP BY ALL
        ), invoiced AS (
            SELECT invoice_no, sum(amount_ex_vat) AS amount FROM billed_charge
             SEMI JOIN (SELECT invoice_no FROM invoice_basis) USING (invoice_no) GROUP BY ALL
        ), parts AS (
            SELECT basis_id AS subject, h.amount AS l, coalesce(v.amount, 0) AS r
              FROM held h LEFT JOIN invoiced v USING (invoice_no) WHERE h.invoice_no IS NOT NULL
            UNION ALL SELECT basis_id, 0, coalesce(b.amount, 0) FROM held h LEFT JOIN billed b USING (basis_id)
             WHERE h.basis_state = 'open'
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "one_open_basis_at_most",
        "accounts with several open bases = 0",
        """
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM (
            SELECT account_id FROM invoice_basis WHERE basis_state = 'open' GROUP BY account_id HAVING count(*) > 1
        )
        """,
    ),
    Equation(
        "line_is_its_charges",
        "amount of an invoice line = its charges, and its rounded amount is no more than half a hundredth from it",
        """
        WITH lines AS (
            SELECT l.invoice_no || '/' || l.entry_no AS subject, l.amount_ex_vat AS l, coalesce(sum(b.amount_ex_vat), 0) AS r
              FROM invoice_line l LEFT JOIN billed_charge b USING (invoice_no, entry_no) GROUP BY ALL
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM lines
        UNION ALL SELECT subject, l, r FROM lines WHERE l <> r
        UNION ALL SELECT invoice_no || '/' || entry_no, net_amount, amount_ex_vat FROM invoice_line
         WHERE abs(net_amount - amount_ex_vat) > 0.005
        """,
    ),
    Equation(
        "invoice_is_its_lines",
        "invoice total = lines + VAT per class + rounding",
        """
        WITH parts AS (
            SELECT invoice_no::VARCHAR AS subject, total_amount AS l, rounding_amount
                 + (SELECT coalesce(sum(net_amount), 0) FROM invoice_line x WHERE x.invoice_no = i.invoice_no)
                 + (SELECT coalesce(sum(vat_amount), 0) FROM invoice_vat x WHERE x.invoice_no = i.invoice_no) AS r
              FROM invoice i
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "charges_stand_with_their_payer",
        "charges on invoices of accounts that are neither their own nor pay for them on that day = 0",
        """
        WITH elsewhere AS (
            SELECT c.charge_id, c.account_id, c.service_from, i.account_id AS invoiced_to
              FROM billed_charge b JOIN invoice i USING (invoice_no) JOIN charge c USING (charge_id)
             WHERE c.account_id <> i.account_id
        ), rightly AS (
            SELECT charge_id FROM elsewhere e JOIN payer p USING (account_id)
             WHERE p.payer_account_id = e.invoiced_to AND p.valid_from <= e.service_from
        ), wrong AS (
            FROM elsewhere ANTI JOIN rightly USING (charge_id)
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM wrong
        UNION ALL SELECT charge_id, 1, 0 FROM wrong
        """,
    ),
    Equation(
        "section_is_part_of_its_line",
        "lines of consolidated invoices = what their users had of them",
        """
        WITH parts AS (
            SELECT l.invoice_no || '/' || l.entry_no AS subject, l.net_amount AS l, sum(s.net_amount) AS r
              FROM invoice_section s LEFT JOIN invoice_line l USING (invoice_no, entry_no) GROUP BY ALL
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l IS DISTINCT FROM r
        """,
    ),
    Equation(
        "stated_allowances_add_up",
        "granted by allowances on invoices = used + moved into the next period + left",
        """
        SELECT 'all' AS subject, coalesce(sum(granted_quantity), 0) AS left_side,
               coalesce(sum(used_quantity + rolled_over_quantity + left_quantity), 0) AS right_side FROM invoice_allowance
        """,
    ),
    Equation(
        "invoice_numbers_without_gap",
        "last number - first + 1 = documents, in the series of invoices and in that of credit notes",
        """
        WITH series AS (
            SELECT document_kind AS subject, max(invoice_no) - min(invoice_no) + 1 AS l, count(*) AS r FROM invoice
             GROUP BY document_kind
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM series
        UNION ALL SELECT subject, l, r FROM series WHERE l <> r
        """,
    ),
    Equation(
        "to_pay_is_total_less_credit",
        "invoice total = to pay + credit drawn when it was made, all of it allocated to the invoice",
        """
        WITH drawn AS (
            SELECT r.invoice_no, sum(a.amount) AS amount FROM receivable r JOIN allocation a USING (receivable_id)
             WHERE a.match_rule = 'account_credit' AND r.receivable_kind = 'invoice' GROUP BY r.invoice_no
        ), parts AS (
            SELECT i.invoice_no::VARCHAR AS subject, total_amount AS l,
                   to_pay_amount + least(credit_drawn_amount, coalesce(d.amount, 0)) AS r
              FROM invoice i LEFT JOIN drawn d USING (invoice_no) WHERE i.document_kind = 'invoice'
        )
        SELECT 'all' AS subject, sum(l) AS left_side, sum(r) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        """,
    ),
    Equation(
        "claims_are_invoices_and_fees",
        "claims = invoice totals + fees of reminders, agreements and reversals; claims and payments of another account = 0",
        """
        SELECT 'all' AS subject, (SELECT sum(amount) FROM receivable) AS left_side,
               (SELECT coalesce(sum(total_amount), 0) FROM invoice)
             + (SELECT coalesce(sum(fee_amount), 0) FROM reminder)
             + (SELECT coalesce(sum(fee_amount), 0) FROM payment_agreement)
             + (SELECT coalesce(sum(r.amount), 0) FROM receivable r
                  JOIN payment p ON r.receivable_id = 'return_fee:' || r.invoice_no || ':' || p.payment_id
                 WHERE p.payment_kind = 'reversal') AS right_side
        UNION ALL
        SELECT receivable_id, r.amount, i.total_amount FROM receivable r JOIN invoice i USING (invoice_no)
         WHERE receivable_kind IN ('invoice', 'credit_note') AND r.amount <> i.total_amount
        UNION ALL
        SELECT receivable_id, 1, 0 FROM receivable r JOIN invoice i USING (invoice_no) WHERE r.account_id <> i.account_id
        UNION ALL
        SELECT allocation_id, 1, 0 FROM allocation a JOIN receivable r USING (receivable_id) WHERE a.account_id <> r.account_id
        """,
    ),
    *AGREEMENT_EQUATIONS,
    *ALLOCATION_EQUATIONS,
    Equation(
        "network_orders_without_gap",
        "last order number of a network element = its orders = orders in its files",
        """
        WITH parts AS (
            SELECT network_element AS subject, max(element_order_no) AS last, count(*) AS orders,
                   (SELECT coalesce(sum(order_count), 0) FROM provisioning_file f
                     WHERE f.network_element = o.network_element) AS in_files
              FROM provisioning_order o GROUP BY ALL
        ), sides AS (
            SELECT subject, greatest(last, orders, in_files) AS l, least(last, orders, in_files) AS r FROM parts
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM sides
        UNION ALL SELECT subject, l, r FROM sides WHERE l <> r
        """,
    ),
)
