"""The QR code that a bank's app reads: UsingQR for Bankgiro, EPC069-12 for a transfer in euro; none otherwise."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from decimal import Decimal

import segno

from invoicing.documents.invoice_page import InvoiceDocument
from invoicing.documents.pay_to import pay_to

_LONGEST_NAME, _LONGEST_TEXT = 70, 140
# Any of the eight masks can be read. By the score of ISO/IEC 18004, 7.8.3.1, this one came within 6 % of the best for
# each of 60 codes of ours; to look for the best would take four times as long as all the rest.
_MASK = 2
_GREY = bytes([255, 0]).ljust(256, b"\0")  # a light module is white, a dark one black
_LARGEST_EPC = Decimal("999999999.99")


def payment_code_text(document: InvoiceDocument) -> str | None:
    """Return what the payment code of a document says, or None where no standard fits.

    UsingQR (revision 2, type 1: invoice; its currency is SEK where none is named) for Swedish kronor to a Bankgiro
    number; EPC069-12 version 002 for euro to an IBAN, with the RF reference of ISO 11649 or else the number as text.
    A document that names an IBAN has no code to a Bankgiro number: the two would be paid with different references.
    What is collected by direct debit is not to be paid, so it has none.
    """
    if document.to_pay_amount <= 0 or document.direct_debit:
        return None
    if document.currency == "SEK" and document.operator.bankgiro and pay_to(document).kind == "bankgiro":
        return _using_qr(document)
    if document.currency == "EUR" and document.operator.iban and document.to_pay_amount <= _LARGEST_EPC:
        return _epc(document)
    return None


def payment_code_picture(document: InvoiceDocument) -> bytes | None:
    """Return the payment code as PNG, one pixel a module, without its quiet zone; None where there is none.

    Error correction is M, as EPC069-12 wants.
    """
    text = payment_code_text(document)
    if text is None:
        return None
    code = segno.make_qr(text, error="m", boost_error=False, encoding="utf-8", mask=_MASK)
    return _png([bytes(row).translate(_GREY) for row in code.matrix])


def _png(rows: Sequence[bytes]) -> bytes:
    """Write rows of grey pixels as PNG (ISO/IEC 15948): the renderer takes them over as they are."""
    size = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = ((b"IHDR", size), (b"IDAT", pixels), (b"IEND", b""))
    written = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def _using_qr(document: InvoiceDocument) -> str:
    operator = document.operator
    said = {
        "uqr": 1, "tp": 1, "nme": operator.legal_name, "cid": operator.registration_no,
        "iref": document.ocr_reference, "idt": f"{document.invoiced_on:%Y%m%d}", "ddt": f"{document.due_on:%Y%m%d}",
    }  # fmt: skip
    head = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    # The amount is a number of JSON, written from its own digits: a float could turn one over.
    return f'{head[:-1]},"due":{document.to_pay_amount:.2f},"pt":"BG","acc":"{operator.bankgiro}"}}'


def _epc(document: InvoiceDocument) -> str:
    structured, text = (document.rf_reference, "") if document.rf_reference else ("", str(document.invoice_no))
    rows = (
        "BCD", "002", "1", "SCT", "", document.operator.legal_name[:_LONGEST_NAME], document.operator.iban,
        f"EUR{document.to_pay_amount:.2f}", "", structured, text[:_LONGEST_TEXT],
    )  # fmt: skip
    return "\n".join(rows).rstrip("\n")
