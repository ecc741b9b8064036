"""The published marts: a star of documented tables that open with plain DuckDB, for analysts and customer service."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.columns import COLUMNS


@dataclass(frozen=True)
class Mart:
    """One published table: its name, what a row is, the query over the lake, and columns the registry does not know."""

    name: str
    description: str
    sql: str
    own_columns: dict[str, str] = field(default_factory=dict)

    def describe(self, column: str) -> str:
        """Return a column's description. Raises `KeyError` when nobody has described it."""
        return self.own_columns.get(column) or COLUMNS[column].description


_OPEN = (
    "(SELECT receivable_id, sum(amount) AS paid FROM allocation WHERE receivable_id IS NOT NULL GROUP BY receivable_id)"
)
_MONTH = {"month": "First day of the month"}

MARTS = (
    Mart(
        "dim_customer", "One row per customer.",
        "SELECT customer_id, customer_name, customer_category, registration_no, street, postcode, city, country_code, "
        "email, language, customer_from FROM customer",
    ),
    Mart(
        "dim_account", "One row per account, with its reseller.",
        "SELECT a.account_id, a.customer_id, a.billing_day, a.currency, a.credit_limit, a.delivery_channel, "
        "a.reseller_code, r.reseller_name, a.account_from FROM account a LEFT JOIN reseller r USING (reseller_code)",
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
    Mart("dim_article", "What is sold.", "SELECT article_no, article_name, vat_class, revenue_account FROM article"),
    Mart("dim_zone", "Destination zones.", "SELECT DISTINCT zone_code, zone_name FROM zone_prefix"),
    Mart(
        "fact_usage", "One row per priced call.",
        "SELECT u.usage_id, u.charge_id, u.account_id, a.customer_id, u.subscription_id, u.a_number, u.b_number, "
        "u.started_at, u.started_on, u.duration_s, u.billed_s, u.zone_code, u.time_band, u.price_list, u.article_no, "
        "u.connect_fee, u.amount_ex_vat, u.currency, b.invoice_no "
        "FROM rated_usage u JOIN account a USING (account_id) LEFT JOIN billed_charge b USING (charge_id)",
    ),
    Mart(
        "fact_charge", "One row per charge, with the invoice it stands on.",
        "SELECT c.charge_id, c.charge_kind, c.account_id, a.customer_id, c.subscription_id, c.article_no, c.service_from, "
        "c.service_to, c.quantity, c.duration_s, c.used_days, c.full_days, c.amount_ex_vat, c.currency, c.vat_class, "
        "b.invoice_no FROM charge c JOIN account a USING (account_id) LEFT JOIN billed_charge b USING (charge_id)",
    ),
    Mart(
        "fact_invoice", "One row per invoice, with what is still to pay (without reminder fees).",
        "SELECT i.invoice_no, i.account_id, i.customer_id, i.billing_date, i.invoiced_on, i.due_on, i.period_from, "
        "i.period_to, i.currency, i.net_amount, i.vat_amount, i.rounding_amount, i.total_amount, i.ocr_reference, "
        "(i.total_amount - coalesce(p.paid, 0))::DECIMAL(18,2) AS open_amount, d.file_path "
        f"FROM invoice i LEFT JOIN {_OPEN} p ON p.receivable_id = 'invoice:' || i.invoice_no "
        "LEFT JOIN document d ON d.document_id = 'invoice:' || i.invoice_no",
    ),
    Mart(
        "fact_invoice_line", "One row per invoice line.",
        "SELECT l.invoice_no, l.entry_no, i.account_id, i.customer_id, l.charge_kind, l.article_no, l.line_text, l.quantity, "
        "l.duration_s, l.service_from, l.service_to, l.net_amount, l.vat_class, l.vat_percent "
        "FROM invoice_line l JOIN invoice i USING (invoice_no)",
    ),
    Mart(
        "fact_receivable", "One row per claim: invoices and reminder fees, with what is still to pay.",
        "SELECT r.receivable_id, r.receivable_kind, r.account_id, a.customer_id, r.invoice_no, r.amount, r.currency, "
        "r.due_on, r.booked_on, (r.amount - coalesce(p.paid, 0))::DECIMAL(18,2) AS open_amount "
        f"FROM receivable r JOIN account a USING (account_id) LEFT JOIN {_OPEN} p USING (receivable_id)",
    ),
    Mart(
        "fact_payment", "One row per payment.",
        "SELECT payment_id, payee_account, booked_on, amount, currency, reference_text, payer_name, payer_account, "
        "received_on FROM payment",
    ),
    Mart(
        "fact_allocation", "Where each payment went; the rows of a payment add up to it.",
        "SELECT allocation_id, payment_id, account_id, receivable_id, allocation_kind, amount, match_rule, allocated_on "
        "FROM allocation",
    ),
    Mart(
        "fact_commission", "Commission earned by resellers.",
        "SELECT commission_id, reseller_code, account_id, invoice_no, base_amount, commission_percent, amount, accrued_on "
        "FROM commission",
    ),
    Mart(
        "fact_reminder", "Reminders sent.",
        "SELECT r.reminder_id, r.invoice_no, r.reminder_step, r.account_id, r.fee_amount, r.open_amount, r.reminded_on, "
        "r.due_on, d.file_path FROM reminder r LEFT JOIN document d ON d.document_id = r.reminder_id",
    ),
    Mart(
        "fact_ledger_entry", "Double-entry postings with their voucher.",
        "SELECT v.voucher_id, v.voucher_series, v.voucher_no, v.posted_on, v.voucher_text, e.entry_no, e.ledger_account, "
        "n.account_name, e.debit_credit, e.account_id, e.invoice_no, x.export_no "
        "FROM ledger_entry e JOIN voucher v USING (voucher_id) LEFT JOIN ledger_account n USING (ledger_account) "
        "LEFT JOIN exported_voucher x USING (voucher_id)",
    ),
    Mart(
        "usage_by_month", "Calls, minutes and amount per customer, article and month.",
        "SELECT a.customer_id, date_trunc('month', u.started_on)::DATE AS month, u.article_no, t.article_name, "
        "count(*)::BIGINT AS quantity, sum(u.billed_s)::BIGINT AS billed_s, "
        "sum(u.amount_ex_vat)::DECIMAL(18,6) AS amount_ex_vat FROM rated_usage u JOIN account a USING (account_id) "
        "LEFT JOIN article t USING (article_no) GROUP BY ALL",
        _MONTH,
    ),
    Mart(
        "block_list", "Numbers the switch refuses, with reason and prompt.",
        "SELECT a_number, account_id, block_reason, prompt, blocked_on, exposure, credit_limit FROM block "
        "WHERE unblocked_on IS NULL",
    ),
    Mart(
        "customer_card", "One card per customer: as JSON, and as a page to open in a browser.",
        "SELECT customer_id, card_json, card_page FROM customer_card",
    ),
    Mart(
        "fact_request",
        "Every request, and what became of it.",
        "SELECT r.request_id, r.request_type, r.channel, r.reseller_code, r.requested_at, r.effective_on, o.request_state, o.customer_id, "
        "o.reason_code, o.reason_text, o.applied_on FROM request r LEFT JOIN request_outcome o USING (request_id)",
    ),
    Mart(
        "rejected_record", "Records set aside, with their reason.",
        "SELECT stage, file_name, record_no, line_no, usage_id, reason_code, reason_text, rejected_on FROM rejected",
    ),
    Mart(
        "source_file", "Every file that came in.",
        "SELECT file_sha256, file_name, file_kind, file_format, file_state, file_fault, size_bytes, rows_read, "
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
