"""A night's billing in one call, without review or lake: what is due, proposed and numbered."""

from dataclasses import dataclass, field, replace

import polars as pl

from invoicing.charges_due import accounts_due, charges_of
from invoicing.draft_review import REASON_SCHEMA
from invoicing.finalisation import number_invoices, numbered_part
from invoicing.invoice_run import propose
from invoicing.invoice_totals import TotalRules


@dataclass(frozen=True)
class InvoiceRun:
    """New rows of INVOICE, INVOICE_LINE, INVOICE_VAT, INVOICE_PARTY, BILLED_CHARGE, RECEIVABLE and ALLOCATION.

    `sections`: INVOICE_SECTION rows of consolidated invoices. `faults`: accounts that could not be invoiced, and why:
    `account_id`, `draft_reason`.
    """

    invoices: pl.DataFrame
    lines: pl.DataFrame
    vat: pl.DataFrame
    parties: pl.DataFrame
    billed: pl.DataFrame
    receivables: pl.DataFrame
    allocations: pl.DataFrame
    sections: pl.DataFrame
    faults: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REASON_SCHEMA))


def charges_due(charges, accounts, last_billed, on):
    """Select the charges that tonight's invoices must carry where no draft waits, with their `billing_date`."""
    none = last_billed.select("account_id", "billing_date").clear()
    return charges_of(charges, accounts_due(accounts, last_billed, none, on))


def finalise(parts, cleared, whose, issue, funds=None):
    """Number the proposed invoices of the accounts in `cleared` (account_id), and tie everything to its number.

    Numbers follow the account numbers without gap, whichever parts were proposed in which order. Credit on an account
    pays its older claims first, then the new invoice. Of other accounts nothing is made.
    """
    heads = number_invoices(pl.concat([part.totals for part in parts]), cleared, whose, issue, funds)
    made = [numbered_part(part, heads.invoices) for part in parts]
    return InvoiceRun(
        invoices=heads.invoices,
        lines=pl.concat([part.lines for part in made]).sort("invoice_no", "entry_no"),
        vat=pl.concat([part.vat for part in made]).sort("invoice_no", "vat_class"),
        parties=heads.parties,
        billed=pl.concat([part.billed for part in made]),
        receivables=heads.receivables,
        allocations=heads.allocations,
        sections=pl.concat([part.sections for part in made]),
    )


def make_invoices(due, whose, prices, issue, *, round_to_kronor):
    """Make one invoice per account from `charges_of`, without a review: only those with a fault are kept back.

    Numbers follow the account numbers without gap.
    """
    proposal = propose(due, whose, prices, TotalRules(round_to_kronor), issue.on)
    sound = proposal.totals.join(proposal.faults, on="account_id", how="anti")
    return replace(finalise([proposal], sound.select("account_id"), whose, issue), faults=proposal.faults)
