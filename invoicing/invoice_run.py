"""The invoice run: everything charged before an account's billing date and not yet billed becomes one invoice.

The order of the money steps, and why:

1. charges (6 decimals) are added per line, then rounded once to 2 decimals: what stands on the page adds up;
2. VAT is taken on the sum of the rounded lines, once per class: the document's VAT is what the law looks at; the rate
   is that of the class, the date and where the buyer is;
3. the total is rounded to whole kronor last, and only where the policy says so: rounding is of the payment, not of VAT.

Then what was proposed is reviewed (`invoicing.draft_review`), and what nobody must look at is numbered
(`invoicing.finalisation`). Accounts do not meet before that, so they may be proposed in any parts and any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from invoicing.cost_centres import invoice_sections, with_users
from invoicing.exchange import currency_faults
from invoicing.finalisation import Register
from invoicing.invoice_lines import invoice_lines
from invoicing.invoice_totals import TotalRules, invoice_totals, worth_making
from invoicing.invoice_vat import vat_rows
from invoicing.proposal import Proposal, of_accounts
from invoicing.vat_treatment import VatRules, buyers_vat, rates_in_force, taxed_lines, untaxed_accounts


@dataclass(frozen=True)
class Prices:
    """What lines, VAT and currencies are decided by: ARTICLE rows, VAT rules, `rates_of_currencies` of the day."""

    articles: pl.DataFrame
    vat: VatRules
    exchange: pl.DataFrame


def propose(
    due: pl.DataFrame, whose: Register, prices: Prices, rules: TotalRules, on: date, ended: pl.DataFrame | None = None
) -> Proposal:
    """Compute one invoice per account from `charges_of`; nothing is numbered.

    `ended`: accounts whose services have all ended (account_id). An account whose invoice would be zero, or below the
    minimum amount, keeps its charges for the next one, and so does one whose invoice would be negative until credit
    notes are made of that (`invoicing.negative_invoices`); one with a fault is proposed as far as it is known.
    """
    buyers = buyers_vat(whose.buyers(), prices.vat).join(prices.exchange, on="currency", how="left")
    untaxed, carried = invoice_lines(with_users(due, whose.corporate), prices.articles)
    lines = taxed_lines(untaxed, buyers, rates_in_force(prices.vat.rates, on))
    taxed = vat_rows(lines)
    faults = pl.concat([untaxed_accounts(lines), currency_faults(due, whose.accounts, prices.exchange)])
    none = due.select("account_id").clear()
    every = invoice_totals(lines, taxed, whose.accounts, rules)
    worth = worth_making(every, due, none if ended is None else ended, rules)
    totals = worth.join(buyers.select("account_id", "vat_treatment", "exchange_rate"), on="account_id")
    if totals.height < every.height:
        lines, taxed = of_accounts(lines, totals), of_accounts(taxed, totals)
    negative = every.filter(pl.col("total_amount") < 0).select("account_id")
    sections = invoice_sections(carried, lines, whose.corporate)
    return Proposal(carried, lines, taxed, totals, faults, negative, sections)
