"""Facts of every invoice that its state follows from, as a query over the lake."""

from __future__ import annotations

from invoicing.invoice_states import STATE_SQL

# The date asked about is that of the last run; what it publishes holds at its end.
INVOICE_FACTS = """
    SELECT i.*, (i.total_amount - coalesce(p.paid, 0))::DECIMAL(18,2) AS open_amount,
           coalesce(p.written_off, 0)::DECIMAL(18,2) AS written_off_amount,
           coalesce(c.credited, 0)::DECIMAL(18,2) AS credited_amount, d.file_path, d.file_path IS NOT NULL AS is_sent,
           (SELECT max(run_on) FROM run) AS on_date
      FROM invoice i
      LEFT JOIN (SELECT r.invoice_no, sum(a.amount) AS paid,
                        sum(a.amount) FILTER (a.match_rule = 'write_off') AS written_off
                   FROM receivable r JOIN (FROM allocation WHERE allocation_kind = 'receivable') a USING (receivable_id)
                  WHERE r.receivable_kind IN ('invoice', 'credit_note') GROUP BY r.invoice_no) p USING (invoice_no)
      LEFT JOIN (SELECT credits_invoice_no AS invoice_no, -sum(total_amount) AS credited FROM invoice
                  WHERE credits_invoice_no IS NOT NULL GROUP BY credits_invoice_no) c USING (invoice_no)
      LEFT JOIN (SELECT invoice_no, min(file_path) AS file_path FROM document WHERE document_kind <> 'reminder'
                  GROUP BY invoice_no) d USING (invoice_no)
"""
INVOICES_WITH_STATE = f"SELECT *, {STATE_SQL} AS invoice_state FROM ({INVOICE_FACTS})"  # noqa: S608 (our own words)
