"""Equations that multiply money, computed in polars: VAT is the rate of the net, commission the percent of its base.

They look at everything, every night, so a later hand in an old document is noticed as in a new one. Documents are read
by ranges of their numbers and commission by months, which is also the order in which the lake's files hold them: each
file is read about once, and never more than a range is held.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from invoicing.vat_of_documents import vat_of_credit_notes, vat_of_invoices
from pipelines.lake.store import Store
from pipelines.proof.equation import ComputedEquation, Equation
from schemas.money import percent_of

RANGE = 1_000_000  # invoices read at once; about as many rows as a night has in hand anyway


def _ranges(store: Store, number: str, kind: str) -> Iterator[list[int]]:
    """Give the ranges of `number` (an invoice's own, or of the invoice it credits) that there are documents in."""
    found = store.query(
        f"SELECT DISTINCT {number} // {RANGE} AS n FROM invoice WHERE document_kind = '{kind}' ORDER BY n"  # noqa: S608 (ours)
    )
    return ([n * RANGE, n * RANGE + RANGE - 1] for n in found["n"].to_list())


def _vat_of_invoices(store: Store) -> Iterator[pl.DataFrame]:
    for numbers in _ranges(store, "invoice_no", "invoice"):
        rows = store.query(
            "SELECT invoice_no, vat_class, vat_percent, net_amount, vat_amount FROM invoice_vat "
            "SEMI JOIN (FROM invoice WHERE document_kind = 'invoice' AND invoice_no BETWEEN $1 AND $2) "
            "USING (invoice_no) WHERE invoice_no BETWEEN $1 AND $2",
            numbers,
        )
        yield _sides(vat_of_invoices(rows), "vat_amount", "expected_vat", "invoice_no", "vat_class")


def _vat_of_credit_notes(store: Store) -> Iterator[pl.DataFrame]:
    for numbers in _ranges(store, "credits_invoice_no", "credit_note"):
        notes = (
            "(SELECT invoice_no, credits_invoice_no FROM invoice WHERE document_kind = 'credit_note' "
            "AND credits_invoice_no BETWEEN $1 AND $2)"
        )
        noted = store.query(
            "SELECT credits_invoice_no, invoice_no, vat_class, net_amount, vat_amount FROM invoice_vat "  # noqa: S608 (ours)
            f"JOIN {notes} USING (invoice_no)",
            numbers,
        )
        invoiced = store.query(
            "SELECT invoice_no, vat_class, vat_percent, net_amount, vat_amount FROM invoice_vat "  # noqa: S608 (ours)
            f"SEMI JOIN (SELECT credits_invoice_no AS invoice_no FROM {notes}) USING (invoice_no) "
            "WHERE invoice_no BETWEEN $1 AND $2",
            numbers,
        )
        checked = vat_of_credit_notes(noted, invoiced)
        yield _sides(checked, "vat_amount", "expected_vat", "invoice_no", "vat_class")


def _commission(store: Store) -> Iterator[pl.DataFrame]:
    months = store.query("SELECT DISTINCT date_trunc('month', accrued_on)::DATE AS m FROM commission ORDER BY m")["m"]
    for month in months:
        rows = store.query(
            "SELECT commission_id, base_amount, commission_percent, amount FROM commission "
            "WHERE accrued_on >= $1 AND accrued_on < $1 + INTERVAL 1 MONTH",
            [month],
        )
        of_base = percent_of(pl.col("base_amount"), pl.col("commission_percent"))
        yield _sides(rows.with_columns(of_base.alias("expected")), "amount", "expected", "commission_id")


def _sides(rows: pl.DataFrame, left: str, right: str, *subject: str) -> pl.DataFrame:
    return rows.select(
        pl.concat_str(subject, separator=" ").alias("subject"), left_side=pl.col(left), right_side=pl.col(right)
    )


TAX_EQUATIONS = (
    Equation(
        "lines_are_taxed_as_their_class",
        "lines whose VAT rate is not the one their document states for their VAT class, and credit notes' classes "
        "whose rate is not that of the invoice = 0",
        """
        WITH wrong AS (
            SELECT l.invoice_no || '/' || l.entry_no AS subject, l.vat_percent AS l, v.vat_percent AS r
              FROM invoice_line l LEFT JOIN invoice_vat v USING (invoice_no, vat_class)
             WHERE l.vat_percent IS DISTINCT FROM v.vat_percent
            UNION ALL
            SELECT n.invoice_no || ' ' || n.vat_class, n.vat_percent, v.vat_percent
              FROM (SELECT invoice_no, credits_invoice_no FROM invoice WHERE document_kind = 'credit_note') i
              JOIN invoice_vat n USING (invoice_no)
              LEFT JOIN invoice_vat v ON v.invoice_no = i.credits_invoice_no AND v.vat_class = n.vat_class
             WHERE n.vat_percent IS DISTINCT FROM v.vat_percent
        )
        SELECT 'all' AS subject, count(*) AS left_side, 0 AS right_side FROM wrong
        UNION ALL SELECT subject, l, coalesce(r, -1) FROM wrong
        """,
    ),
    ComputedEquation(
        "vat_is_rate_of_net",
        "VAT of an invoice, class by class = the rate on its net, rounded once",
        _vat_of_invoices,
    ),
    ComputedEquation(
        "credit_notes_return_vat_at_its_rate",
        "VAT of a credit note, class by class = the invoice's rate on what it takes back, or what an amount including "
        "VAT holds of it, within what was left; all that was left where it takes the last",
        _vat_of_credit_notes,
    ),
)
COMMISSION_EQUATIONS = (
    ComputedEquation(
        "commission_is_percent_of_base", "commission = its percent of its base, rounded once", _commission
    ),
    Equation(
        "commission_is_on_what_was_paid",
        "bases of commission = the allocations it was earned with; of each invoice they are no more than what was paid "
        "of it and not paid out again",
        """
        WITH parts AS (
            SELECT commission_id AS subject, base_amount AS l, coalesce(a.home_amount, 0) AS r
              FROM commission c LEFT JOIN allocation a USING (allocation_id)
             WHERE a.allocation_kind IS DISTINCT FROM 'refund'
        ), paid AS (
            SELECT r.invoice_no, a.home_amount AS amount FROM allocation a JOIN receivable r USING (receivable_id)
             WHERE a.allocation_kind = 'receivable' AND r.receivable_kind = 'invoice'
               AND NOT starts_with(payment_id, 'credit_note:') AND NOT starts_with(payment_id, 'write_off:')
            UNION ALL SELECT n.credits_invoice_no, -a.home_amount FROM allocation a
              JOIN invoice n ON a.payment_id = 'credit_note:' || n.invoice_no WHERE a.allocation_kind = 'refund'
        ), kept AS (
            SELECT invoice_no, greatest(sum(amount), 0) AS amount FROM paid
             WHERE invoice_no IN (SELECT invoice_no FROM commission) GROUP BY invoice_no
        ), earned AS (
            SELECT invoice_no, sum(base_amount) AS amount FROM commission GROUP BY invoice_no
        )
        SELECT 'all' AS subject, coalesce(sum(l), 0) AS left_side, coalesce(sum(r), 0) AS right_side FROM parts
        UNION ALL SELECT subject, l, r FROM parts WHERE l <> r
        UNION ALL SELECT 'invoice ' || invoice_no, e.amount, k.amount FROM earned e LEFT JOIN kept k USING (invoice_no)
         WHERE e.amount > coalesce(k.amount, 0) OR e.amount < 0
        """,
    ),
)
