"""Bill: what is charged becomes an invoice, on the account's billing day or when its basis is released.

Invoices are proposed first, then reviewed: what nobody must look at is numbered, all in one transaction; the others
wait as drafts, whose charges stay unbilled and are proposed anew every night.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import polars as pl

from invoicing.allocation_rows import fresh_vouchers
from invoicing.basis_invoices import invoiced_bases
from invoicing.draft_review import stale_drafts
from invoicing.finalisation import Funds, InvoiceHeads, Issue, NumberedPart, number_invoices, numbered_part
from invoicing.proposal import Proposal
from pipelines.billing.allowance_flow import write_allowances
from pipelines.billing.credit_note_flow import credit_invoices
from pipelines.billing.negative_flow import credit_negative
from pipelines.billing.period_terms_flow import AddedCharges, write_period_terms
from pipelines.billing.proposed_invoices import Billing, billing_of
from pipelines.collecting.debit_flow import announce_debits
from pipelines.documents.seller_details import seller_no
from pipelines.night import Night, StageReport
from pipelines.payments.settle_flow import commission_of
from pipelines.work_ahead import worked_ahead
from schemas import tables
from schemas.money import sum_amounts

_DRAFT = ["account_id", "billing_date"]


class Made(NamedTuple):
    """What was numbered and written: the invoices themselves, and how many invoices, lines and charges."""

    heads: InvoiceHeads
    invoices: int
    lines: int
    charges: int


def bill(night: Night) -> StageReport:
    """Make tonight's invoices, of released bases and then of billing days; numbers follow the last one given."""
    credit_notes = credit_invoices(night)
    billing = billing_of(night)
    waiting = pl.concat([billing.reviewed_bases.drafts, billing.reviewed.drafts]).sort(_DRAFT)
    due = billing.of_bases.due.height + sum(part.due.height for part in billing.monthly)
    cleared = billing.reviewed_bases.cleared.height + billing.reviewed.cleared.height
    made: list[Made] = []
    negative = billing.negative
    if cleared or not waiting.equals(billing.facts.open_drafts.sort(_DRAFT)):
        with night.store.transaction("bill"):
            made = _finalised(billing) if cleared else []
            _write_drafts(billing, waiting, made)
    credit_notes += credit_negative(night, negative)
    summary = _summary(billing, waiting, made) + (f"; {credit_notes} credit notes" if credit_notes else "")
    return StageReport(due, sum(each.charges for each in made), 0, summary)


def _summary(billing: Billing, waiting: pl.DataFrame, made: Sequence[Made]) -> str:
    invoices, lines = (sum(getattr(each, name) for each in made) for name in ("invoices", "lines"))
    total = sum(each.heads.invoices.select(sum_amounts(pl.col("total_amount"))).item() for each in made)
    summary = f"{invoices} invoices, {lines} lines, {total} to pay"
    of_bases = billing.reviewed_bases.cleared.height
    summary += f"; {of_bases} of released bases" if of_bases else ""
    held = waiting.filter(pl.col("draft_state") == "held").height
    return summary + (f"; {waiting.height - held} wait to be looked at, {held} are held" if waiting.height else "")


def _finalised(billing: Billing) -> list[Made]:
    """Number and write what was cleared: the invoices of bases, then the monthly ones."""
    facts, first = billing.facts, billing.facts.next_number()
    numbered_by = seller_no(billing.night)
    funds, made = facts.funds, []
    nothing: list[AddedCharges] = []
    monthly = billing.monthly
    for parts, added, reviewed in (
        ([billing.of_bases], nothing, billing.reviewed_bases),
        (monthly, billing.added, billing.reviewed),
    ):
        if reviewed.cleared.height:
            totals = pl.concat([part.totals for part in parts])
            issue = _issue(billing.night, first, numbered_by)
            heads = _drawn_anew(billing.night, number_invoices(totals, reviewed.cleared, billing.whose, issue, funds))
            _write_heads(billing.night, heads, funds)
            if parts is monthly:
                write_allowances(billing.night, heads.invoices, facts.last_billed, billing.whose.accounts)
            made.append(_write_parts(billing, heads, parts, added))
            funds, first = funds.less(heads.allocations), first + heads.invoices.height
    return made


def _drawn_anew(night: Night, heads: InvoiceHeads) -> InvoiceHeads:
    """Give credit that was drawn for a claim before, and taken back, another voucher now."""
    before = night.store.read_matching(tables.ALLOCATION, heads.allocations.select("payment_id").unique())
    return heads._replace(allocations=fresh_vouchers(heads.allocations, before))


def _issue(night: Night, first: int, numbered_by: int) -> Issue:
    policy = night.policy
    return Issue(
        night.on,
        policy.billing.payment_days,
        first,
        numbered_by,
        length_digit=policy.numbering.ocr_length_digit,
        country_code=policy.operator.country_code,
    )


def _write_heads(night: Night, heads: InvoiceHeads, funds: Funds) -> None:
    store = night.store
    store.append(tables.INVOICE, heads.invoices)
    # Whose invoice number is new is new too.
    store.append_file(tables.INVOICE_PARTY, tables.INVOICE_PARTY.conform(heads.parties))
    store.append_file(tables.RECEIVABLE, tables.RECEIVABLE.conform(heads.receivables))
    store.append(tables.ALLOCATION, heads.allocations)
    claims = pl.concat([funds.open_items.select(tables.RECEIVABLE.names), heads.receivables])
    store.append(tables.COMMISSION, commission_of(night, heads.allocations, claims))
    announce_debits(night, heads.invoices)


def _write_parts(billing: Billing, heads: InvoiceHeads, parts: list[Proposal], added: list[AddedCharges]) -> Made:
    """Write lines, VAT and charges part by part, with what terms added to each; what is written is dropped."""
    store, lines, charges, bases = billing.night.store, 0, 0, billing.bases
    store.refuse_double_keys(tables.BILLED_CHARGE, pl.concat([part.due.select("charge_id") for part in parts]))
    # One part is numbered while the one before is written.
    for _, part in worked_ahead(_taken(parts), partial(_numbered, invoices=heads.invoices), 1):
        lines += store.append_file(tables.INVOICE_LINE, part.lines)
        store.append_file(tables.INVOICE_VAT, part.vat)
        store.append_file(tables.INVOICE_SECTION, part.sections)
        charges += store.append_file(tables.BILLED_CHARGE, part.billed)
        if added:
            write_period_terms(billing.night, added.pop(0), part.billed)
        if bases.height:
            store.upsert(tables.INVOICE_BASIS, invoiced_bases(bases, billing.members, part.billed))
    return Made(heads, heads.invoices.height, lines, charges)


def _taken(parts: list[Proposal]) -> Iterator[Proposal]:
    while parts:
        yield parts.pop(0)


def _numbered(part: Proposal, invoices: pl.DataFrame) -> NumberedPart:
    """Number a part and validate its rows."""
    numbered = numbered_part(part, invoices)
    return NumberedPart(
        tables.INVOICE_LINE.conform(numbered.lines),
        tables.INVOICE_VAT.conform(numbered.vat),
        tables.BILLED_CHARGE.conform(numbered.billed),
        tables.INVOICE_SECTION.conform(numbered.sections),
    )


def _write_drafts(billing: Billing, waiting: pl.DataFrame, made: Sequence[Made]) -> None:
    """Write what waits, and which draft became which invoice; drafts that nothing is proposed for any more go."""
    store, runs = billing.night.store, iter(made)
    rows = [waiting]
    for reviewed in (billing.reviewed_bases, billing.reviewed):
        if reviewed.cleared.height:
            given = next(runs).heads.invoices.select("account_id", "invoice_no")
            rows.append(tables.INVOICE_DRAFT.complete(reviewed.let_go.drop("invoice_no").join(given, on="account_id")))
    written = pl.concat(rows)
    store.delete(tables.INVOICE_DRAFT, stale_drafts(billing.facts.open_drafts, written))
    store.upsert(tables.INVOICE_DRAFT, written)
