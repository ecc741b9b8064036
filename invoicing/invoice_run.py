"""The invoice run: everything charged before an account's billing date and not yet billed becomes one invoice.

The order of the money steps, and why:

1. charges (6 decimals) are added per line, then rounded once to 2 decimals: what stands on the page adds up;
2. VAT is taken on the sum of the rounded lines, once per class: the document's VAT is what the law looks at; the rate
   is that of the class, the date and where the buyer is;
3. the total is rounded to whole kronor last, and only where the policy says so: rounding is of the payment, not of VAT.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from invoicing.exchange import currency_faults
from invoicing.finalisation import InvoiceRun, Issue, Register, finalise
from invoicing.invoice_lines import invoice_lines
from invoicing.invoice_totals import invoice_totals
from invoicing.invoice_vat import vat_rows
from invoicing.vat_treatment import VatRules, buyers_vat, rates_in_force, taxed_lines, untaxed_accounts


@dataclass(frozen=True)
class Prices:
    """What lines, VAT and currencies are decided by: ARTICLE rows, VAT rules, `rates_of_currencies` of the day."""

    articles: pl.DataFrame
    vat: VatRules
    exchange: pl.DataFrame


def make_invoices(
    due: pl.DataFrame, whose: Register, prices: Prices, issue: Issue, *, round_to_kronor: bool
) -> InvoiceRun:
    """Make one invoice per account from `charges_due`.

    Numbers follow the account numbers without gap. An account whose invoice would be zero, or negative because
    adjustments take back more than was used, keeps its charges for the next one; so does one with a fault, for which
    its VAT or currency is unknown.
    """
    buyers = buyers_vat(whose.buyers(), prices.vat).join(prices.exchange, on="currency", how="left")
    rates = rates_in_force(prices.vat.rates, issue.on)
    lines = taxed_lines(invoice_lines(due, prices.articles), buyers, rates)
    taxed = vat_rows(lines)
    faults = pl.concat([untaxed_accounts(lines), currency_faults(due, whose.accounts, prices.exchange)])
    totals = (
        invoice_totals(lines, taxed, round_to_kronor=round_to_kronor)
        .join(faults, on="account_id", how="anti")
        .filter(pl.col("total_amount") > 0)
        .join(buyers.select("account_id", "vat_treatment", "exchange_rate"), on="account_id")
    )
    return replace(finalise(due, lines, taxed, totals, whose, issue), faults=faults)
