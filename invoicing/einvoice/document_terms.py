"""From a document to its e-invoice: which of our columns says which business term."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import InvoiceDocument, InvoiceLineText
from invoicing.einvoice.electronic_invoice import ElectronicInvoice, Line, Period, Preceding, Totals, VatBreakdown
from invoicing.einvoice.invoice_words import Words, words_of
from invoicing.einvoice.line_terms import line_terms
from invoicing.einvoice.party_terms import buyer_party, seller_party
from invoicing.einvoice.payment_terms import payment
from invoicing.einvoice.plain_text import plain_figure, plain_text
from invoicing.einvoice.vat_terms import OUTSIDE_VAT, REVERSE_CHARGE, WITHIN_EU, vat_terms
from schemas.money import to_amount

_DAY = timedelta(days=1)


def electronic_invoice(document: InvoiceDocument) -> ElectronicInvoice:
    """Return the e-invoice of a document, of the same figures to the cent.

    Raises DocumentError for what no e-invoice can say: VAT that does not agree with its lines, what is outside VAT
    beside what is not, reverse charge without the buyer's VAT number.
    """
    is_credit = document.document_kind == "credit_note"
    sign = -1 if is_credit else 1
    language = document.buyer.language
    words = words_of(language)
    mark = "." if language == "en" else ","
    shown = document.lines or _nothing(document, words.nothing)
    lines = tuple(line_terms(at, line, sign, words, mark) for at, line in enumerate(shown, start=1))
    vat = tuple(vat_terms(document.invoice_no, document.vat_rows, lines, sign, words))
    _require_vat_no(document, vat)
    foreign = _accounting_currency(document)
    totals = _totals(document, sign, foreign)
    by_vat = all(each.category != OUTSIDE_VAT for each in vat)
    buyer = document.buyer
    references = plain_text(buyer.buyer_reference), plain_text(buyer.order_reference)
    credited = document.credited if is_credit else None
    debit = document.direct_debit
    return ElectronicInvoice(
        number=str(document.invoice_no),
        issued_on=document.invoiced_on,
        type_code="381" if is_credit else "380",
        currency=document.currency,
        due_on=None if is_credit else document.due_on,
        seller=seller_party(document.operator, by_vat=by_vat, creditor_id=debit.creditor_id if debit else None),
        buyer=buyer_party(buyer, by_vat=by_vat),
        period=_period(document, lines),
        lines=lines,
        vat=vat,
        totals=totals,
        accounting_currency=foreign,
        buyer_reference=references[0] or (None if references[1] else str(buyer.customer_no)),
        order_reference=references[1],
        payment_terms=words.credited if is_credit else _terms(document, words),
        note=_note(document, foreign),
        preceding=None if credited is None else Preceding(str(credited[0]), credited[1]),
        payment=None if is_credit or totals.due <= 0 else payment(document),
        delivered_to=buyer.country_code,
    )


def _nothing(document: InvoiceDocument, text: str) -> tuple[InvoiceLineText, ...]:
    """Return the line of an invoice that has none to show: all was free, and an e-invoice wants a line (BR-16)."""
    first, last, nothing = document.period_from, document.period_to, Decimal("0.00")
    return tuple(
        InvoiceLineText(text, first, last, 1, nothing, vat_category=row.vat_category, vat_percent=row.vat_percent)
        for row in document.vat_rows[:1]
    )


def _terms(document: InvoiceDocument, words: Words) -> str:
    """Tell until when to pay, or from which day on what is collected need not be."""
    debit = document.direct_debit
    if debit is None:
        return words.pay_by.format(day=document.due_on)
    return words.collected.format(account=debit.masked_account, day=debit.collect_on)


def _totals(document: InvoiceDocument, sign: int, accounting_currency: str | None) -> Totals:
    net, vat = sign * document.net_amount, sign * document.vat_amount
    in_accounting_currency = None if accounting_currency is None else to_amount(vat * document.exchange_rate)
    return Totals(
        lines=net,
        without_vat=net,
        vat=vat,
        with_vat=net + vat,
        prepaid=sign * document.credit_drawn_amount,
        rounding=sign * document.rounding_amount,
        due=sign * (document.total_amount - document.credit_drawn_amount),
        vat_in_accounting_currency=in_accounting_currency,
    )


def _accounting_currency(document: InvoiceDocument) -> str | None:
    """Name the currency that VAT must be told in as well (ML 2023:200, 17 kap. 29 §): the operator's, if it differs."""
    home = document.operator.currency
    return home if document.currency != home and document.vat_amount != 0 else None


def _note(document: InvoiceDocument, accounting_currency: str | None) -> str | None:
    """Tell the rate of exchange; Peppol allows one note (R002)."""
    if accounting_currency is None:
        return None
    return f"1 {document.currency} = {plain_figure(document.exchange_rate)} {accounting_currency}"


def _period(document: InvoiceDocument, lines: tuple[Line, ...]) -> Period:
    """Return the document's period, wide enough for all its lines (R110, R111).

    Fees in advance, usage in arrears and corrections of earlier months stand on one document.
    """
    firsts = [line.period.first for line in lines]
    lasts = [line.period.last for line in lines]
    return Period(min(document.period_from, *firsts), max(document.period_to - _DAY, *lasts))


def _require_vat_no(document: InvoiceDocument, vat: tuple[VatBreakdown, ...]) -> None:
    if document.buyer.vat_no is None and any(each.category in {REVERSE_CHARGE, WITHIN_EU} for each in vat):
        message = (
            f"invoice {document.invoice_no}: without VAT to a business of another country, but the buyer's VAT number "
            "is not known (BR-AE-02, BR-IC-02); set it with update_details"
        )
        raise DocumentError(message)
