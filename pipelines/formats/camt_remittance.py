"""Remittance information of a camt transaction: creditor references, documents, free text, with their amounts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from pipelines.formats.camt_elements import Element, children, inside, text_at
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.reference_parts import Part, end_to_end_parts, part

_CREDIT_NOTE = "CREN"


class Remittance(NamedTuple):
    """What a payer says: the one text that identifies it, its references, and its words."""

    reference_text: str | None
    parts: list[Part]
    free_text: str | None


def remittance_of(source: Element) -> Remittance:
    """Read a transaction's remittance information.

    `reference_text`: creditor references, else invoice numbers, else free text. A credit note (CREN) is a part with a
    negative amount. The order's own id (EndToEndId) is a part too.
    """
    structured = [each for strd in inside(source, "RmtInf/Strd") for each in _structured(strd)]
    free = " ".join(texts([*inside(source, "RmtInf/Ustrd"), *inside(source, "RmtInf/Strd/AddtlRmtInf")])) or None
    by_kind = {
        kind: [each["reference_text"] for each in structured if each["reference_kind"] == kind and not _deducts(each)]
        for kind in ("ocr", "invoice_no")
    }
    named = " ".join(by_kind["ocr"] or by_kind["invoice_no"]) or free
    words = [part(free, "free_text")] if free else []
    return Remittance(named, [*structured, *end_to_end_parts(text_at(source, "Refs/EndToEndId")), *words], free)


def texts(elements: list[Any]) -> list[str]:
    """Return the words of elements, blanks folded, without the empty ones."""
    return [words for element in elements if (words := " ".join((element.text or "").split()))]


def _deducts(each: Part) -> bool:
    return each["amount"] is not None and each["amount"] < 0


def _structured(strd: Element) -> Iterator[Part]:
    """Give the references of one `Strd`; its amount belongs to the only one, or to none where it names several."""
    references = texts(inside(strd, "CdtrRefInf/Ref"))
    documents = [
        (text_at(each, "Tp/CdOrPrtry/Cd"), texts(children(each, "Nb"))) for each in children(strd, "RfrdDocInf")
    ]
    numbers = [(kind, number) for kind, found in documents for number in found if kind in {"CINV", _CREDIT_NOTE, None}]
    is_credit_note = any(kind == _CREDIT_NOTE for kind, _ in documents)
    named = [(reference, "ocr") for reference in references] or [(number, "invoice_no") for _, number in numbers]
    amount = _amount(strd, is_credit_note=is_credit_note) if len(named) == 1 else None
    if is_credit_note and amount is None:
        return  # a credit note without its amount deducts what nobody knows
    for text, kind in named:
        yield part(text, kind, amount)


def _amount(strd: Element, *, is_credit_note: bool) -> Decimal | None:
    """Return the amount remitted for a document, negative for a credit note; None where none is given."""
    for name, sign in (("RmtdAmt", -1 if is_credit_note else 1), ("CdtNoteAmt", -1)):
        amount = exact_amount(decimal_of(text_at(strd, f"RfrdDocAmt/{name}")))
        if amount is not None:
            return sign * amount
    return None
