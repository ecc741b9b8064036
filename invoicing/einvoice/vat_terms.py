"""VAT of an e-invoice: one breakdown per category and rate, with the reason where no VAT is charged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoicing.documents.document_error import DocumentError
from invoicing.documents.invoice_page import VatRow
from invoicing.einvoice.electronic_invoice import Line, VatBreakdown
from invoicing.einvoice.invoice_words import Words
from invoicing.einvoice.plain_text import plain_text

REVERSE_CHARGE, WITHIN_EU, EXPORT, OUTSIDE_VAT, EXEMPT = "AE", "K", "G", "O", "E"
# Code list VATEX; an exemption has one code per article of the directive, so its text must say it.
EXEMPTION_CODES = {
    REVERSE_CHARGE: "VATEX-EU-AE",
    WITHIN_EU: "VATEX-EU-IC",
    EXPORT: "VATEX-EU-G",
    OUTSIDE_VAT: "VATEX-EU-O",
}
_Key = tuple[str, Decimal]


def vat_terms(
    number: int, rows: Iterable[VatRow], lines: Sequence[Line], sign: int, words: Words
) -> list[VatBreakdown]:
    """Return the breakdown of document `number`, highest rate first, from its VAT rows (`sign` as of its lines).

    Rows of one category and rate are added: classes are ours, not the standard's. A category of which no line is left
    is left out (BR-Z-01 and its like). Raises DocumentError where lines and VAT do not agree, and where what is outside
    VAT stands beside what is not, which no e-invoice can say (BR-O-11).
    """
    grouped = _grouped(rows)
    nets: dict[_Key, Decimal] = {}
    for line in lines:
        key = line.category, line.percent
        nets[key] = nets.get(key, Decimal(0)) + line.net
    made = []
    for key, of_key in grouped.items():
        taxable = sign * sum((row.net_amount for row in of_key), Decimal(0))
        tax = sign * sum((row.vat_amount for row in of_key), Decimal(0))
        if key not in nets and taxable == 0 and tax == 0:
            continue
        made.append(_breakdown(key, taxable, tax, of_key, words))
    _must_agree(number, made, nets)
    return sorted(made, key=lambda each: (-each.percent, each.category))


def _grouped(rows: Iterable[VatRow]) -> dict[_Key, list[VatRow]]:
    found: dict[_Key, list[VatRow]] = {}
    for row in rows:
        found.setdefault((row.vat_category, row.vat_percent), []).append(row)
    return found


def _breakdown(key: _Key, taxable: Decimal, tax: Decimal, rows: list[VatRow], words: Words) -> VatBreakdown:
    category, percent = key
    usual = {
        REVERSE_CHARGE: words.reverse_charge,
        WITHIN_EU: words.within_eu,
        EXPORT: words.export,
        OUTSIDE_VAT: words.outside_vat,
        EXEMPT: words.exempt,
    }.get(category)
    given = dict.fromkeys(text for row in rows if (text := plain_text(row.exemption_text)))
    return VatBreakdown(
        taxable=taxable,
        tax=tax,
        category=category,
        percent=percent,
        exemption_text=None if usual is None else "; ".join(given) or usual,
        exemption_code=EXEMPTION_CODES.get(category),
    )


def _must_agree(number: int, made: list[VatBreakdown], nets: dict[_Key, Decimal]) -> None:
    taxed = {(each.category, each.percent): each.taxable for each in made}
    for key in sorted(taxed.keys() | nets.keys(), reverse=True):
        taxable, net = taxed.get(key, Decimal(0)), nets.get(key, Decimal(0))
        if taxable != net or key not in taxed:
            message = (
                f"invoice {number}: lines of VAT category {key[0]} at {key[1]} % make {net}, its VAT is on {taxable} "
                f"(difference {net - taxable})"
            )
            raise DocumentError(message)
    categories = {category for category, _ in taxed}
    if OUTSIDE_VAT in categories and len(categories) > 1:
        message = (
            f"invoice {number}: what is outside VAT cannot stand on an e-invoice beside what is not (BR-O-11); give "
            "its VAT class another category, or bill it apart"
        )
        raise DocumentError(message)
