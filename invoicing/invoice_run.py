"""The invoice run: everything charged before an account's billing date and not yet billed becomes one invoice.

The order of the money steps, and why:

1. charges (6 decimals) are added per line, then rounded once to 2 decimals: what stands on the page adds up;
2. VAT is taken on the sum of the rounded lines, once per class: the document's VAT is what the law looks at;
3. the total is rounded to whole kronor last, and only where the policy says so: rounding is of the payment, not of VAT.

Then what was proposed is reviewed (`invoicing.draft_review`), and what nobody must look at is numbered
(`invoicing.finalisation`). Accounts do not meet before that, so they may be proposed in any parts and any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from invoicing.invoice_lines import invoice_lines
from invoicing.invoice_totals import TotalRules, invoice_totals, worth_making
from invoicing.invoice_vat import vat_rows


@dataclass(frozen=True)
class Proposal:
    """What tonight's invoices would be: `due` charges, and lines, VAT and totals of the invoices worth making."""

    due: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    totals: pl.DataFrame


@dataclass(frozen=True)
class Terms:
    """What lines and totals are made by: ARTICLE rows, the rate in force per `vat_class` (vat_percent, vat_account)."""

    articles: pl.DataFrame
    vat: pl.DataFrame
    totals: TotalRules


def propose(due: pl.DataFrame, accounts: pl.DataFrame, ended: pl.DataFrame, terms: Terms) -> Proposal:
    """Compute one invoice per account from `charges_due`; nothing is numbered.

    `accounts`: ACCOUNT rows of at least the accounts billed; `ended`: those whose services have all ended (account_id).
    An account whose invoice would be zero or negative, or below the minimum amount, keeps its charges for the next one.
    """
    lines = invoice_lines(due, terms.articles, terms.vat)
    taxed = vat_rows(lines)
    totals = worth_making(invoice_totals(lines, taxed, accounts, terms.totals), due, ended, terms.totals)
    return Proposal(due, of_accounts(lines, totals), of_accounts(taxed, totals), totals)


def of_accounts(rows: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Leave the rows of some accounts (account_id), in their order."""
    return rows.join(accounts.select("account_id"), on="account_id", how="semi", maintain_order="left")
