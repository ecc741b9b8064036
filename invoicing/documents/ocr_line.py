"""The machine-readable line of a Swedish payment slip."""

from __future__ import annotations

from decimal import Decimal

from schemas.ocr_reference import luhn_digit

# Kind of slip: Bankgiro slip with OCR reference, amount printed.
_SLIP_CODE = "41"


def ocr_line(ocr_reference: str, amount: Decimal, bankgiro: str) -> str:
    """Return `# reference # kronor oere check > bankgiro#41#`.

    The check digit is the 10-modul (Luhn) of kronor and oere written together: 1234.50 gives `1234 50 9`.
    """
    kronor, oere = f"{amount:.2f}".split(".")
    check = luhn_digit(kronor + oere)
    return f"# {ocr_reference} # {kronor} {oere} {check} > {bankgiro.replace('-', '')}#{_SLIP_CODE}#"
