"""Credit notes of a night: what people decided to credit gets a document and a number, before invoices are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import polars as pl

from invoicing.credit_books import CreditBooks, CreditLimitError, CreditOrder
from invoicing.credit_note_rows import Credited, CreditNotes, NoteIssue, credit_note_rows
from invoicing.credit_notes import Left, left_to_credit
from invoicing.settlement import open_items, recoverable
from pipelines.billing.bill_facts import BillFacts
from pipelines.documents.seller_details import seller_no
from pipelines.lake.store import Store
from pipelines.night import Night
from pipelines.payments.payment_facts import claims_of
from schemas import tables


class InvoicesToCredit:
    """Invoices with every credit note made of them, as far as numbers are named; read when first asked for."""

    def __init__(self, store: Store, numbers: Iterable[int]) -> None:
        self._store = store
        self._named = pl.DataFrame({"invoice_no": sorted(set(numbers))}, schema={"invoice_no": pl.Int64})

    @cached_property
    def invoices(self) -> pl.DataFrame:
        """INVOICE rows of the invoices themselves."""
        return self._store.read_matching(tables.INVOICE, self._named, "document_kind = 'invoice'")

    @cached_property
    def books(self) -> CreditBooks:
        """Grants credits of them, one after the other."""
        return CreditBooks(self.left)

    @cached_property
    def left(self) -> Left:
        """What is left of them to credit."""
        of_them = self._named.rename({"invoice_no": "credits_invoice_no"})
        heads = pl.concat([self.invoices, self._store.read_matching(tables.INVOICE, of_them)])
        number = heads.select("invoice_no")
        lines, vat = (self._store.read_matching(table, number) for table in (tables.INVOICE_LINE, tables.INVOICE_VAT))
        return left_to_credit(heads, lines, vat)

    def credited(self) -> Credited:
        """Read what a credit note says of its invoice, and what is open of that or was lost."""
        number, read = self.invoices.select("invoice_no"), self._store.read_matching
        owed = claims_of(self._store, self.invoices)
        lines, vat, parties = (
            read(table, number) for table in (tables.INVOICE_LINE, tables.INVOICE_VAT, tables.INVOICE_PARTY)
        )
        return Credited(self.invoices, lines, vat, parties, open_items(*owed), recoverable(*owed))


def credit_granting(store: Store, numbers: Iterable[int]) -> Callable[[str, Any], str | None]:
    """Return what grants a `CreditInvoice` of a request, or says why not; of the invoices with these numbers."""
    known = InvoicesToCredit(store, numbers)

    def grant(request_id: str, wanted: Any) -> str | None:
        if known.invoices.filter(invoice_no=wanted.invoice_no).is_empty():
            return f"{wanted.invoice_no} is a credit note; name the invoice"
        order = CreditOrder(request_id, wanted.invoice_no, wanted.entry_no, wanted.net_amount, wanted.amount)
        try:
            known.books.take(order)
        except CreditLimitError as error:
            return str(error)
        return None

    return grant


def credit_invoices(night: Night) -> int:
    """Make the credit notes that were ordered and not made yet, each in a transaction of its own; return how many."""
    orders = night.store.read(tables.CREDIT_ORDER, "credit_note_no IS NULL").sort("invoice_no", "credit_order_no")
    if orders.is_empty():
        return 0
    first, known = BillFacts(night).next_number("credit_note"), InvoicesToCredit(night.store, orders["invoice_no"])
    for number, row in enumerate(orders.iter_rows(named=True), first):
        with night.store.transaction(f"credit note {number}"):
            write_credit_notes(night, _made(night, known, row, number))
            done = pl.DataFrame([row | {"credit_note_no": number}], schema=tables.CREDIT_ORDER.schema)
            night.store.upsert(tables.CREDIT_ORDER, done)
    return orders.height


def _made(night: Night, known: InvoicesToCredit, row: dict[str, Any], number: int) -> CreditNotes:
    order = CreditOrder(
        row["request_id"],
        row["invoice_no"],
        row["credited_entry_no"],
        row["credited_net_amount"],
        row["credited_total_amount"],
    )
    issue = NoteIssue(night.on, number, seller_no(night), length_digit=night.policy.numbering.ocr_length_digit)
    return credit_note_rows(known.books.take(order), known.credited(), issue)


def write_credit_notes(night: Night, notes: CreditNotes) -> None:
    """Write credit notes, in the transaction of the caller."""
    written = {
        tables.INVOICE: notes.invoices,
        tables.INVOICE_LINE: notes.lines,
        tables.INVOICE_VAT: notes.vat,
        tables.INVOICE_PARTY: notes.parties,
        tables.CHARGE: notes.charges,
        tables.BILLED_CHARGE: notes.billed,
        tables.RECEIVABLE: notes.receivables,
        tables.ALLOCATION: notes.allocations,
    }
    for table, rows in written.items():
        night.store.append(table, rows)
