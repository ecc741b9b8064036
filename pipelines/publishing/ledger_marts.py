"""Marts of the ledger: its entries, what each account holds by month, and what waits for later months."""

from __future__ import annotations

from pipelines.publishing.mart import Mart

_MONTH = {"month": "First day of the month in the books"}

LEDGER_MARTS = (
    Mart(
        "fact_ledger_entry", "Double-entry postings with their voucher.",
        "SELECT v.voucher_id, v.voucher_series, v.voucher_no, v.event_on, v.posted_on, v.booked_by_night, v.voucher_text, "
        "e.entry_no, e.ledger_account, n.account_name, e.debit_credit, e.currency, e.entry_amount, e.account_id, "
        "e.invoice_no, e.article_no, e.cost_centre, e.product_group, e.reseller_code, x.export_no "
        "FROM ledger_entry e JOIN voucher v USING (voucher_id) LEFT JOIN ledger_account n USING (ledger_account) "
        "LEFT JOIN exported_voucher x USING (voucher_id)",
    ),
    Mart(
        "ledger_balance", "What each account turned over in a month, and what it held at its end.",
        "SELECT ledger_account, account_name, month, debit_amount, credit_amount, "
        "(sum(debit_amount + credit_amount) OVER (PARTITION BY ledger_account ORDER BY month))::DECIMAL(18,2) AS balance "
        "FROM (SELECT e.ledger_account, n.account_name, date_trunc('month', e.posted_on)::DATE AS month, "
        "coalesce(sum(e.debit_credit) FILTER (e.debit_credit > 0), 0)::DECIMAL(18,2) AS debit_amount, "
        "coalesce(sum(e.debit_credit) FILTER (e.debit_credit < 0), 0)::DECIMAL(18,2) AS credit_amount "
        "FROM ledger_entry e LEFT JOIN ledger_account n USING (ledger_account) GROUP BY ALL)",
        {**_MONTH, "balance": "Sum of all entries until the end of the month, debit positive"},
    ),
    Mart(
        "deferred_income_by_month", "Fees billed in advance: what each month deferred and released, and what waits at its end.",
        "SELECT month, opening_amount, deferred_amount, released_amount, "
        "(opening_amount + deferred_amount + released_amount)::DECIMAL(18,2) AS closing_amount FROM ("
        "SELECT month, deferred_amount, released_amount, coalesce(sum(deferred_amount + released_amount) OVER (ORDER BY month "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::DECIMAL(18,2) AS opening_amount FROM ("
        "SELECT month, sum(deferred)::DECIMAL(18,2) AS deferred_amount, sum(released)::DECIMAL(18,2) AS released_amount FROM ("
        "SELECT date_trunc('month', v.posted_on)::DATE AS month, d.deferred_amount AS deferred, 0 AS released "
        "FROM deferred_income d JOIN voucher v ON v.voucher_id = 'D:' || d.invoice_no UNION ALL "
        "SELECT date_trunc('month', v.posted_on)::DATE, 0, -d.deferred_amount FROM deferred_income d JOIN voucher v "
        "ON v.voucher_id = 'D:' || d.invoice_no || ':' || strftime(d.release_month, '%Y-%m')) GROUP BY month))",
        {
            **_MONTH,
            "opening_amount": "What waited at the beginning of the month",
            "deferred_amount": "Deferred in the month, less what credit notes took back",
            "released_amount": "Become revenue in the month, negative",
            "closing_amount": "What waits at the end of the month: the deferred income account, reversed",
        },
    ),
    Mart(
        "fact_write_off", "Invoices written off: who decided and why, what was lost, and its VAT.",
        "SELECT w.request_id, w.invoice_no, i.account_id, i.customer_id, w.ordered_on, w.decided_by, w.decision_text, "
        "w.written_off_amount, coalesce(-sum(b.vat_amount), 0)::DECIMAL(18,2) AS vat_amount "
        "FROM write_off w JOIN invoice i USING (invoice_no) LEFT JOIN (SELECT v.invoice_no, v.vat_amount, a.request_id "
        "FROM bad_debt_vat v JOIN allocation a USING (allocation_id) WHERE a.allocation_kind = 'loss') b "
        "ON b.request_id = w.request_id GROUP BY ALL",
        {"vat_amount": "VAT of what was lost, taken back, in the operator's currency"},
    ),
    Mart(
        "fact_provision", "What was set aside for bad debts at the end of each month, by the age of claims.",
        "SELECT provision_month, age_bucket, open_net_amount, provision_percent, provision_amount FROM provision",
    ),
)  # fmt: skip
