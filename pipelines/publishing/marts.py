"""The published marts: a star of documented tables that open with plain DuckDB, for analysts and customer service."""

from __future__ import annotations

from pipelines.billing.invoice_facts import INVOICES_WITH_STATE
from pipelines.charging.charge_names import USAGE_CHARGE_ID
from pipelines.credit.credit_leakage import leakage
from pipelines.publishing.finance_marts import FINANCE_MARTS
from pipelines.publishing.ledger_marts import LEDGER_MARTS
from pipelines.publishing.mart import Mart

_OPEN = "(SELECT receivable_id, sum(amount) AS paid FROM allocation WHERE allocation_kind = 'receivable' GROUP BY receivable_id)"
# Every zone that usage can lie in, under the name it has in the operator's own numbering plan.
_ZONES = (
    "SELECT zone_code, coalesce(min(zone_name) FILTER (coalesce(numbering_plan, 'main') = 'main'), min(zone_name), "
    "zone_code) AS zone_name FROM (SELECT zone_code, zone_name, numbering_plan FROM zone_prefix "
    "UNION ALL SELECT zone_code, NULL, NULL FROM special_number UNION ALL SELECT zone_code, NULL, NULL FROM price) "
    "GROUP BY zone_code"
)
# What moved into another grant is not used: it is counted apart.
ALLOWANCE_BALANCES = (
    "SELECT g.grant_id, g.allowance_code, w.allowance_name, w.allowance_unit, w.allowance_scope, g.account_id, "
    "a.customer_id, g.subscription_id, g.period_from, g.period_to, g.granted_quantity, "
    "coalesce(u.used, 0)::DECIMAL(18,6) AS used_quantity, coalesce(u.rolled, 0)::DECIMAL(18,6) AS rolled_quantity, "
    "(g.granted_quantity - coalesce(u.used, 0) - coalesce(u.rolled, 0))::DECIMAL(18,6) AS left_quantity, g.rolled_from, "
    "a.currency FROM allowance_grant g JOIN account a USING (account_id) LEFT JOIN allowance w USING (allowance_code) "
    "LEFT JOIN (SELECT d.grant_id, sum(d.used_quantity) FILTER (m.grant_id IS NULL) AS used, "
    "sum(d.used_quantity) FILTER (m.grant_id IS NOT NULL) AS rolled FROM allowance_use d "
    "LEFT JOIN allowance_grant m ON m.grant_id = d.usage_id AND m.rolled_from = d.grant_id GROUP BY d.grant_id) u "
    "USING (grant_id)"
)
USAGE_BY_MONTH = (
    "SELECT a.customer_id, date_trunc('month', u.started_on)::DATE AS month, u.usage_kind, u.article_no, t.article_name, "
    "count(*)::BIGINT AS quantity, coalesce(sum(u.billed_units) FILTER (u.usage_kind = 'call'), 0)::BIGINT AS duration_s, "
    "sum(u.billed_units)::BIGINT AS billed_units, sum(u.included_units)::BIGINT AS included_units, "
    "sum(u.list_amount)::DECIMAL(18,6) AS list_amount, sum(u.amount_ex_vat)::DECIMAL(18,6) AS amount_ex_vat "
    "FROM rated_usage u JOIN account a USING (account_id) LEFT JOIN article t USING (article_no) GROUP BY ALL"
)
_MONTH = {
    "month": "First day of the month",
    "quantity": "Number of records",
    "duration_s": "Billed seconds, of calls only",
}
_BILLED = {"duration_s": "Billed seconds, of calls only", "volume_bytes": "Billed bytes, of data only"}
_BALANCE = {
    "rolled_quantity": "Quantity that moved into the next period, in the allowance's unit",
    "left_quantity": "Quantity that is neither used nor moved, in the allowance's unit",
}

MARTS = (
    Mart(
        "dim_customer", "One row per customer.",
        "SELECT customer_id, customer_name, customer_category, registration_no, street, postcode, city, country_code, "
        "email, language, customer_from FROM customer",
    ),
    Mart(
        "dim_account", "One row per account, with its reseller.",
        "SELECT a.account_id, a.customer_id, a.billing_day, a.currency, a.credit_limit, b.blocked_on, i.basis_id, "
        "a.delivery_channel, a.reseller_code, r.reseller_name, a.account_from "
        "FROM account a LEFT JOIN reseller r USING (reseller_code) LEFT JOIN (SELECT account_id, min(blocked_on) AS blocked_on "
        "FROM block WHERE block_cause = 'credit_limit' AND unblocked_on IS NULL GROUP BY account_id) b USING (account_id) "
        "LEFT JOIN (SELECT account_id, max_by(basis_id, made_on) AS basis_id FROM invoice_basis WHERE paid_on IS NULL "
        "GROUP BY account_id) i USING (account_id)",
        {
            "blocked_on": "Business date from which a number of the account is blocked for its credit limit, null when none is",
            "basis_id": "Invoice basis that is not paid yet, null when there is none",
        },
    ),
    Mart(
        "dim_subscription", "One row per version of a subscription.",
        "SELECT s.subscription_id, s.account_id, a.customer_id, s.plan_code, p.plan_name, p.service, p.price_list, "
        "s.service_from, s.service_to FROM subscription s JOIN account a USING (account_id) LEFT JOIN plan p USING (plan_code)",
    ),
    Mart(
        "dim_number", "Which subscription held a number, and when.",
        "SELECT a_number, subscription_id, owned_from, owned_to FROM number_assignment",
    ),
    Mart(
        "dim_contract", "One row per contract of a subscription: what it was sold with.",
        "SELECT c.subscription_id, s.account_id, a.customer_id, c.contract_from, c.plan_code, c.binding_to, c.change_from, "
        "c.notice_days, c.change_in_binding, c.fee_basis, c.termination_fee, c.upgrade_when, c.downgrade_when, c.guaranteed_to "
        "FROM contract c JOIN (SELECT DISTINCT subscription_id, account_id FROM subscription) s USING (subscription_id) "
        "JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_subscription_state", "One row per transition of a subscription, with its day and cause.",
        "SELECT t.subscription_id, s.account_id, a.customer_id, t.transition_no, t.from_state, t.subscription_state, "
        "t.state_from, t.state_cause, t.request_id FROM subscription_state t "
        "JOIN (SELECT DISTINCT subscription_id, account_id FROM subscription) s USING (subscription_id) "
        "JOIN account a USING (account_id)",
    ),
    Mart("dim_article", "What is sold.", "SELECT article_no, article_name, vat_class, revenue_account FROM article"),
    Mart("dim_zone", "Destination zones.", _ZONES),
    Mart(
        "fact_usage", "One row per priced record, with how its price came about; the margin where its cost is known.",
        f"SELECT u.usage_id, {USAGE_CHARGE_ID} AS charge_id, u.account_id, a.customer_id, u.subscription_id, u.service, u.usage_kind, u.a_number, "
        "u.b_number, u.origin_zone, u.zone_code, u.started_at, u.started_on, u.outcome, u.duration_s, u.volume_bytes, "
        "u.event_count, u.billed_units, u.time_band, u.price_list, u.price_from, u.article_no, u.connect_fee, u.list_amount, "
        "u.included_units, u.included_amount, u.discount_amount, u.amount_ex_vat, u.cost_amount, "
        "(u.amount_ex_vat - u.cost_amount)::DECIMAL(18,6) AS margin_amount, u.currency, u.rated_batch, b.invoice_no "
        "FROM rated_usage u JOIN account a USING (account_id) "
        f"LEFT JOIN billed_charge b ON b.charge_id = {USAGE_CHARGE_ID}",
        {"margin_amount": "Amount excluding VAT less cost, null where the cost is unknown"},
    ),
    Mart(
        "fact_adjustment", "One row per record that was priced anew after it was invoiced; the difference is charged.",
        "SELECT r.usage_id, r.rated_batch, r.charge_id, r.account_id, a.customer_id, r.subscription_id, r.started_on, "
        "r.zone_code, r.time_band, r.price_list, r.price_from, r.article_no, r.billed_units, r.included_units, r.old_amount, "
        "r.new_amount, r.difference_amount, r.currency, r.rated_on, b.invoice_no "
        "FROM rerated_usage r JOIN account a USING (account_id) LEFT JOIN billed_charge b USING (charge_id)",
    ),
    Mart(
        "fact_allowance", "One row per grant of an allowance: granted, used, moved into the next period, and left.",
        ALLOWANCE_BALANCES, _BALANCE,
    ),
    Mart(
        "fact_resale", "The same records priced a second time, at wholesale or for the reseller, with the margin.",
        "SELECT usage_id, resale_role, price_list, zone_code, article_no, started_on, amount_ex_vat, resale_amount, "
        "margin_amount, currency, rated_batch FROM resale_usage",
    ),
    Mart(
        "fact_spend_event", "Spend at list price that passed a limit.",
        "SELECT s.subscription_id, s.account_id, a.customer_id, s.spend_period, s.period_from, s.limit_amount, s.list_amount, "
        "s.raised_on FROM spend_event s JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_charge", "One row per charge, with the invoice it stands on.",
        "SELECT c.charge_id, c.charge_kind, c.account_id, a.customer_id, c.subscription_id, c.article_no, c.usage_kind, "
        "c.service_from, c.service_to, c.quantity, c.duration_s, c.volume_bytes, c.included_units, c.used_days, c.full_days, "
        "c.amount_ex_vat, c.currency, c.vat_class, c.revenue_account, b.invoice_no "
        "FROM charge c JOIN account a USING (account_id) LEFT JOIN billed_charge b USING (charge_id)",
        _BILLED,
    ),
    Mart(
        "fact_invoice", "One row per invoice or credit note, with its state and what is still to pay (without reminder fees).",
        "SELECT i.invoice_no, i.document_kind, i.credits_invoice_no, i.account_id, i.customer_id, i.billing_date, i.invoiced_on, "
        "i.due_on, i.period_from, i.period_to, i.currency, i.net_amount, i.vat_amount, i.rounding_amount, i.total_amount, "
        "i.credit_drawn_amount, i.to_pay_amount, i.ocr_reference, i.rf_reference, i.open_amount, i.invoice_state, i.file_path, "
        "i.invoice_no IN (SELECT h.invoice_no FROM handed_invoice h ANTI JOIN collection_answer a "
        "USING (request_id, invoice_no)) AS is_at_collection "
        f"FROM ({INVOICES_WITH_STATE}) i",
        {"is_at_collection": "A collection service has it and has neither closed nor returned it",
         "invoice_state": "State by what happened until the night of these marts (docs/invoices.md)"},
    ),
    Mart(
        "fact_invoice_draft", "Invoices that waited for a person before they were numbered, why, and what was decided.",
        "SELECT d.account_id, a.customer_id, d.billing_date, d.draft_state, d.draft_reasons, d.net_amount, d.total_amount, "
        "d.last_total_amount, d.proposed_on, d.decided_on, d.decided_by, d.decision_text, d.invoice_no "
        "FROM invoice_draft d JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_invoice_line", "One row per invoice line.",
        "SELECT l.invoice_no, l.entry_no, i.account_id, i.customer_id, l.charge_kind, l.article_no, l.usage_kind, "
        "l.line_text, l.quantity, l.duration_s, l.volume_bytes, l.included_units, l.service_from, l.service_to, l.net_amount, "
        "l.vat_class, l.vat_percent, l.revenue_account FROM invoice_line l JOIN invoice i USING (invoice_no)",
        _BILLED,
    ),
    Mart(
        "fact_invoice_allowance", "What was included in the periods that an invoice closes, and what became of it.",
        "SELECT w.invoice_no, w.grant_id, i.account_id, i.customer_id, w.subscription_id, w.allowance_code, w.allowance_name, "
        "w.allowance_unit, w.period_from, w.period_to, w.granted_quantity, w.rolled_in_quantity, w.used_quantity, "
        "w.rolled_over_quantity, w.left_quantity FROM invoice_allowance w JOIN invoice i USING (invoice_no)",
    ),
    Mart(
        "fact_invoice_section", "Lines of consolidated invoices by cost centre and user; the parts of a line add up to it.",
        "SELECT s.invoice_no, s.entry_no, s.section_no, i.account_id, i.customer_id, s.cost_centre, s.user_name, "
        "s.subscription_id, s.a_number, l.article_no, l.line_text, s.quantity, s.duration_s, s.volume_bytes, "
        "s.amount_ex_vat, s.net_amount FROM invoice_section s JOIN invoice i USING (invoice_no) "
        "JOIN invoice_line l USING (invoice_no, entry_no)",
        _BILLED,
    ),
    Mart(
        "fact_receivable", "One row per claim: invoices, credit notes and fees, with what is still to pay.",
        "SELECT r.receivable_id, r.receivable_kind, r.account_id, a.customer_id, r.invoice_no, r.amount, r.currency, "
        "r.due_on, r.booked_on, (r.amount - coalesce(p.paid, 0))::DECIMAL(18,2) AS open_amount "
        f"FROM receivable r JOIN account a USING (account_id) LEFT JOIN {_OPEN} p USING (receivable_id)",
    ),
    Mart(
        "fact_payment", "One row per payment.",
        "SELECT payment_id, left(md5(payment_id), 8) AS payment_code, payment_kind, payee_account, booked_on, amount, currency, exchange_rate, home_amount, "
        "reference_text, end_to_end_id, free_text, payer_name, payer_account, payer_registration_no, return_code, reverses_payment_id, "
        "received_on FROM payment",
        {"payment_code": "Short name of the payment for `nightbill payments`"},
    ),
    Mart(
        "fact_allocation", "Where each payment went; the rows of a payment add up to it.",
        "SELECT allocation_id, payment_id, account_id, receivable_id, allocation_kind, amount, home_amount, paid_amount, "
        "paid_home_amount, match_rule, allocated_on, request_id FROM allocation",
    ),
    Mart(
        "suspense", "Payments with money in suspense: nobody knows yet what it is for.",
        "SELECT p.payment_id, left(md5(p.payment_id), 8) AS payment_code, p.payment_kind, p.payee_account, p.booked_on, "
        "p.currency, s.amount, p.reference_text, p.free_text, p.payer_name, p.payer_account, s.allocated_on "
        "FROM payment p JOIN (SELECT payment_id, sum(paid_amount)::DECIMAL(18,2) AS amount, max(allocated_on) AS allocated_on "
        "FROM allocation WHERE allocation_kind = 'suspense' GROUP BY payment_id HAVING sum(paid_amount) <> 0) s "
        "USING (payment_id)",
        {"payment_code": "Short name of the payment for `nightbill payments`"},
    ),
    Mart(
        "fact_refund", "Money ordered to be paid back to customers.",
        "SELECT refund_id, refund_no, payment_id, account_id, amount, currency, requested_on, decided_by, decision_text, "
        "request_id FROM refund",
    ),
    Mart(
        "fact_payment_booking", "Money in suspense that people booked on an account of the chart, and took back.",
        "SELECT allocation_id, payment_id, ledger_account, amount, home_amount, decided_by, decision_text, request_id "
        "FROM payment_booking",
    ),
    Mart(
        "fact_commission", "Commission earned by resellers.",
        "SELECT commission_id, reseller_code, account_id, invoice_no, base_amount, commission_percent, amount, accrued_on "
        "FROM commission",
    ),
    Mart(
        "fact_reminder", "Reminders sent.",
        "SELECT r.reminder_id, r.invoice_no, r.reminder_step, r.account_id, r.fee_amount, r.open_amount, r.reminded_on, "
        "r.due_on, r.agreement_id, r.instalment_no, d.file_path FROM reminder r LEFT JOIN document d ON d.document_id = r.reminder_id",
    ),
    *FINANCE_MARTS,
    Mart(
        "fact_hand_over", "Claims handed over to a collection service, and what became of them.",
        "SELECT h.request_id, h.invoice_no, h.account_id, h.collection_service, h.handed_on, h.currency, h.capital_amount, "
        "h.fees_amount, h.interest_amount, h.open_amount, h.reminders_sent, h.file_no, "
        "coalesce((SELECT max_by(a.collection_status, (a.received_on, a.line_no)) FROM collection_answer a "
        "WHERE a.request_id = h.request_id AND a.invoice_no = h.invoice_no), 'at_collection') AS hand_over_state "
        "FROM handed_invoice h",
        {"hand_over_state": "`at_collection`, or what the service said last: `closed` or `returned`"},
    ),
    *LEDGER_MARTS,
    Mart(
        "usage_by_month", "Records, units and amount per customer, kind of usage, article and month.",
        USAGE_BY_MONTH, _MONTH,
    ),
    Mart(
        "block_list", "What the switch refuses of which number, with reason, cause and prompt; emergency numbers never.",
        "SELECT a_number, account_id, subscription_id, block_reason, block_cause, barred, prompt, blocked_on, blocked_at, "
        "exposure, credit_limit FROM block WHERE unblocked_on IS NULL AND NOT starts_with(a_number, '0')",
    ),
    Mart(
        "fact_basis", "Invoice bases: what an account had ordered when it reached its limit, with what changes took back.",
        "SELECT i.basis_id, i.account_id, a.customer_id, i.basis_state, i.exposure, i.credit_limit, i.reached_at, i.made_on, "
        "count(*) FILTER (c.charge_kind <> 'basis_change')::BIGINT AS charge_count, "
        "coalesce(sum(c.amount_ex_vat), 0)::DECIMAL(18,6) AS amount_ex_vat, "
        "coalesce(sum(c.amount_ex_vat) FILTER (c.charge_kind = 'basis_change'), 0)::DECIMAL(18,6) AS difference_amount, "
        "i.released_on, i.decided_by, i.decision_text, i.invoice_no, i.paid_on "
        "FROM invoice_basis i JOIN account a USING (account_id) LEFT JOIN basis_charge m USING (basis_id) "
        "LEFT JOIN charge c USING (charge_id) GROUP BY ALL",
        {
            "charge_count": "Charges in the basis, without changes",
            "amount_ex_vat": "What is to be invoiced, excluding VAT: charges and changes",
            "difference_amount": "What changes took back, excluding VAT: negative or 0",
        },
    ),
    Mart(
        "fact_basis_change", "Changes made by hand to invoice bases: who, when and why.",
        "SELECT b.request_id, b.charge_id, b.basis_id, i.account_id, a.customer_id, b.article_no, b.basis_change_kind, "
        "b.change_value, b.difference_amount, b.decided_by, b.decision_text, b.changed_on "
        "FROM basis_change b JOIN invoice_basis i USING (basis_id) JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_credit_change", "Changes of credit limits, each with its cause.",
        "SELECT c.account_id, a.customer_id, c.change_no, c.old_limit, c.credit_limit, c.change_cause, c.changed_on, c.basis_id, "
        "c.request_id FROM credit_change c JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_leakage", "Usage that came although its number was blocked, or after its account had reached its limit.",
        leakage(), {"leakage_kind": "blocked: begun while blocked; over_limit: after the limit was reached, before the block"},
    ),
    Mart(
        "fact_provisioning_order", "One row per order to a network element, with the answer that stands, if it has one.",
        "SELECT o.order_id, o.network_element, o.element_order_no, o.provisioning_action, o.a_number, o.subscription_id, "
        "s.account_id, a.customer_id, o.plan_code, o.barred_services, o.ordered_on, o.file_no, w.acknowledgement, "
        "w.acknowledgement_text, w.acknowledged_at FROM provisioning_order o "
        "LEFT JOIN (SELECT DISTINCT subscription_id, account_id FROM subscription) s USING (subscription_id) "
        "LEFT JOIN account a USING (account_id) LEFT JOIN (SELECT order_id, max(acknowledged_at) AS acknowledged_at, "
        "max_by(acknowledgement, acknowledged_at) AS acknowledgement, "
        "last(acknowledgement_text ORDER BY acknowledged_at) AS acknowledgement_text "
        "FROM provisioning_answer GROUP BY order_id) w USING (order_id)",
    ),
    Mart(
        "customer_card", "One card per customer: as JSON, and as a page to open in a browser.",
        "SELECT customer_id, card_json, card_page FROM customer_card",
    ),
    Mart(
        "fact_request",
        "Every request, and what became of it.",
        "SELECT r.request_id, r.request_type, r.channel, r.reseller_code, r.actor, r.requested_at, r.effective_on, r.effective_at, "
        "r.received_on, r.received_at, o.request_state, o.customer_id, "
        "o.reason_code, o.reason_text, o.applied_on FROM request r LEFT JOIN request_outcome o USING (request_id)",
    ),
    Mart(
        "fact_case",
        "The manual queue: requests that wait for a decision or a proof, and how they were decided.",
        "SELECT c.request_id, r.request_type, r.channel, c.case_state, c.waits_for, c.address_outcome, c.credit_decision, "
        "c.approved_limit, c.deposit_amount, c.case_text, c.opened_on, c.decided_on, c.decided_by, c.decision_text, o.customer_id "
        "FROM approval_case c JOIN request r USING (request_id) LEFT JOIN request_outcome o USING (request_id)",
    ),
    Mart(
        "fact_identity_document",
        "Documents that prove who customers are, without their numbers.",
        "SELECT identity_id, sign_up_id, customer_id, identity_kind, issuer, valid_until, identity_state, checked_by, changed_on "
        "FROM identity_document",
    ),
    Mart(
        "fact_notice",
        "Notices that customers shall get.",
        "SELECT notice_id, notice_kind, customer_id, account_id, subscription_id, notice_channel, language, requested_on, "
        "request_id FROM notice",
    ),
    Mart(
        "fact_top_up",
        "Top-ups, ordered and paid.",
        "SELECT t.top_up_id, t.account_id, a.customer_id, t.top_up_kind, t.amount, t.currency, t.ordered_on, t.paid_on, t.request_id "
        "FROM top_up t JOIN account a USING (account_id)",
    ),
    Mart(
        "fact_spend_warning",
        "Percentages of spend limits that were passed.",
        "SELECT w.subscription_id, w.account_id, a.customer_id, w.set_by, w.spend_period, w.period_from, w.warned_percent, "
        "w.spend_limit_amount, w.list_amount, w.raised_on FROM spend_warning w JOIN account a USING (account_id)",
    ),
    Mart(
        "rejected_record", "Records set aside, with their reason.",
        "SELECT stage, file_name, record_no, line_no, usage_id, reason_code, reason_text, rejected_on FROM rejected",
    ),
    Mart(
        "source_file", "Every file that came in.",
        "SELECT file_sha256, file_name, file_kind, file_format, file_state, file_fault, first_begun_at, last_ended_at, "
        "size_bytes, rows_read, "
        "rows_accepted, rows_duplicate, rows_rejected, received_on FROM source_file",
    ),
    Mart(
        "control_total", "The proof of every run.",
        "SELECT run_id, run_on, check_name, subject, left_side, right_side, holds FROM control_total",
    ),
    Mart(
        "run", "Runs of the night and of its commands; the one that published these marts still stands as running.",
        "SELECT run_id, run_on, run_command, run_through, run_state, begun_at, ended_at, summary FROM run",
    ),
    Mart(
        "run_stage", "Stages of each run.",
        "SELECT run_id, stage_no, stage, begun_at, ended_at, rows_in, rows_out, rows_rejected, summary FROM run_stage",
    ),
)  # fmt: skip
