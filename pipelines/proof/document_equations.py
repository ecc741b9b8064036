"""Equations of invoices and credit notes: each document agrees with its lines, its VAT, its claim and its voucher.

They name each document that breaks them, so an error in one is not made good by the opposite error in another.
"""

from __future__ import annotations

from pipelines.proof.equation import Equation
from schemas.policy import Ledger

DOCUMENT_EQUATIONS = (
    Equation(
        "invoice_says_what_its_parts_say",
        "net and VAT of an invoice, and of each of its VAT classes = its lines and VAT rows",
        """
        WITH parts AS (
            SELECT invoice_no, ' net' AS part, net_amount AS l, 0 AS r FROM invoice
            UNION ALL SELECT invoice_no, ' net', 0, net_amount FROM invoice_line
            UNION ALL SELECT invoice_no, ' VAT', vat_amount, 0 FROM invoice
            UNION ALL SELECT invoice_no, ' VAT', 0, vat_amount FROM invoice_vat
            UNION ALL SELECT invoice_no, vat_class, net_amount, 0 FROM invoice_vat
            UNION ALL SELECT invoice_no, vat_class, 0, net_amount FROM invoice_line
        ), sides AS (
            SELECT invoice_no, part, sum(l) AS l, sum(r) AS r FROM parts GROUP BY invoice_no, part
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM sides
        UNION ALL SELECT invoice_no || ' ' || ltrim(part), l, r FROM sides WHERE l <> r
        """,
    ),
    Equation(
        "credits_within_their_invoices",
        "invoices, and VAT classes of them, that credit notes take below 0, and credit notes above 0 = 0",
        """
        WITH notes AS (
            SELECT invoice_no, credits_invoice_no, total_amount FROM invoice WHERE document_kind = 'credit_note'
        ), credited AS (
            SELECT DISTINCT credits_invoice_no AS invoice_no FROM notes
        ), of_classes AS (
            SELECT n.credits_invoice_no AS invoice_no, vat_class, v.net_amount, 0 AS invoiced
              FROM invoice_vat v JOIN notes n USING (invoice_no)
            UNION ALL SELECT invoice_no, vat_class, net_amount, net_amount FROM invoice_vat
             SEMI JOIN credited USING (invoice_no)
        ), of_totals AS (
            SELECT credits_invoice_no AS invoice_no, total_amount FROM notes
            UNION ALL SELECT invoice_no, total_amount FROM invoice SEMI JOIN credited USING (invoice_no)
        ), broken AS (
            SELECT invoice_no FROM of_classes GROUP BY invoice_no, vat_class
            HAVING sum(net_amount) < least(sum(invoiced), 0)
            UNION SELECT invoice_no FROM of_totals GROUP BY invoice_no HAVING sum(total_amount) < 0
            UNION SELECT invoice_no FROM notes WHERE total_amount > 0
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM broken
        UNION ALL SELECT invoice_no::VARCHAR, 1, 0 FROM broken
        """,
    ),
)


def posted_equations(ledger: Ledger) -> tuple[Equation, ...]:
    """Return the equations of vouchers: what they post, account by account, and in which currency."""
    return (
        Equation(
            "voucher_is_its_document",
            "each account of an invoice's or credit note's voucher = total, lines, VAT and rounding booked there",
            f"""
            WITH parts AS (
                SELECT invoice_no, '{ledger.receivables}' AS ledger_account, total_amount AS l, 0 AS r FROM invoice
                UNION ALL SELECT invoice_no, '{ledger.rounding}', -rounding_amount, 0 FROM invoice
                UNION ALL SELECT invoice_no, revenue_account, -net_amount, 0 FROM invoice_line
                UNION ALL SELECT invoice_no, vat_account, -vat_amount, 0 FROM invoice_vat
                UNION ALL SELECT invoice_no, ledger_account, 0, entry_amount FROM ledger_entry
                 WHERE voucher_id LIKE 'F:%' OR voucher_id LIKE 'K:%'
            ), sides AS (
                SELECT invoice_no, ledger_account, sum(l) AS l, sum(r) AS r FROM parts GROUP BY invoice_no, ledger_account
            )
            SELECT 'all' AS subject, coalesce(sum(l) FILTER (l > 0), 0) AS left_side,
                   coalesce(sum(r) FILTER (r > 0), 0) AS right_side FROM sides
            UNION ALL SELECT invoice_no || ' ' || ledger_account, l, r FROM sides WHERE l <> r
            """,
        ),
        Equation(
            "entries_are_in_the_books_currency",
            "vouchers that post another amount than their document's, in a currency that needs no exchange rate = 0",
            """
            WITH differing AS (
                SELECT voucher_id, sum(abs(debit_credit)) AS l, sum(abs(entry_amount)) AS r FROM ledger_entry
                  ANTI JOIN (SELECT currency FROM invoice WHERE exchange_rate <> 1
                             UNION SELECT currency FROM payment WHERE exchange_rate <> 1) USING (currency)
                 WHERE debit_credit <> entry_amount GROUP BY voucher_id
            )
            SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM differing
            UNION ALL SELECT voucher_id, l, r FROM differing
            """,
        ),
    )
