"""The invoice run: everything charged before an account's billing date and not yet billed becomes one invoice.

The order of the money steps, and why:

1. charges (6 decimals) are added per line, then rounded once to 2 decimals: what stands on the page adds up;
2. VAT is taken on the sum of the rounded lines, once per class: the document's VAT is what the law looks at;
3. the total is rounded to whole kronor last, and only where the policy says so: rounding is of the payment, not of VAT.
"""

from __future__ import annotations

import polars as pl

from invoicing.finalisation import InvoiceRun, Issue, Register, finalise
from invoicing.invoice_lines import invoice_lines
from invoicing.invoice_totals import invoice_totals
from invoicing.invoice_vat import vat_rows


def make_invoices(
    due: pl.DataFrame,
    whose: Register,
    articles: pl.DataFrame,
    vat: pl.DataFrame,
    issue: Issue,
    *,
    round_to_kronor: bool,
) -> InvoiceRun:
    """Make one invoice per account from `charges_due`.

    `vat` is the rate in force per `vat_class` (vat_percent, vat_account). Numbers follow the account numbers without
    gap; an account whose invoice would be zero, or negative because adjustments take back more than was used, keeps its
    charges for the next one.
    """
    lines = invoice_lines(due, articles, vat)
    taxed = vat_rows(lines)
    totals = invoice_totals(lines, taxed, round_to_kronor=round_to_kronor).filter(pl.col("total_amount") > 0)
    return finalise(due, lines, taxed, totals, whose, issue)
