"""ISO 20022 camt.054, the bank's notification of credits: versions 02, 04 and 08, whatever the namespace prefix.

Elements are found by local name, since the namespace carries the version. One record per TxDtls, or per Ntry that
has none. Every record of the message is read; the message's own counts and sums must agree with them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

from lxml import etree

from pipelines.formats.camt_controls import check_entry, check_summary
from pipelines.formats.camt_elements import Element, amount_in, children, first, inside, text_at
from pipelines.formats.field_values import decimal_of, exact_amount
from pipelines.formats.file_faults import not_for_posting, unreadable, unsafe_xml
from pipelines.formats.layout import Parsed, ReadContext
from pipelines.formats.payment_rows import Judgement, first_fault, parsed_payments

_ROOT = re.compile(rb"<(?:[\w.-]+:)?BkToCstmrDbtCdtNtfctn[\s/>]")
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_COPIES = {"DUPL": "a duplicate", "COPY": "a copy", "CODU": "a copy of a duplicate"}
_NO_ID = {"", "NOTPROVIDED"}


@dataclass(frozen=True)
class Camt054:
    """The layout of camt.054 messages."""

    name: str = "camt054"
    kind: str = "payments"

    def recognises(self, head: bytes) -> bool:
        """Tell whether the message is a debit credit notification."""
        return _ROOT.search(head) is not None

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the booked credits.

        Rows are rejected as NOT_BOOKED, REVERSAL (debits too), BAD_AMOUNT, BAD_CURRENCY or BAD_TIME. Raises
        `FileFaultError`: UNSAFE_XML, UNREADABLE, NOT_FOR_POSTING (copies) or WRONG_TOTALS. `bank_file_id` is the
        message id, with the page where a message has several.
        """
        message = _message(content)
        bank_file_id = _bank_file_id(message)
        for notification in children(message, "Ntfctn"):
            _refuse_copy(notification)
            check_summary(notification)
            for entry in children(notification, "Ntry"):
                check_entry(entry)
        rows = [row for notification in children(message, "Ntfctn") for row in _rows(notification, context)]
        _number_alike(rows)
        return parsed_payments(rows, bank_file_id)


CAMT054 = Camt054()


def _message(content: bytes) -> Element:
    if _DECLARATION.search(content):
        raise unsafe_xml("the XML declares a document type or an entity; a bank's message has neither")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise unreadable(f"not well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise unsafe_xml("the XML declares a document type")
    message = first(root, "BkToCstmrDbtCdtNtfctn")
    if message is None:
        raise unreadable("the document holds no BkToCstmrDbtCdtNtfctn")
    return message


def _bank_file_id(message: Element) -> str:
    message_id = text_at(message, "GrpHdr/MsgId")
    if not message_id:
        raise unreadable("GrpHdr/MsgId is missing: without it a second delivery cannot be told")
    page, last = text_at(message, "GrpHdr/MsgPgntn/PgNb") or "1", text_at(message, "GrpHdr/MsgPgntn/LastPgInd")
    whole = page == "1" and last in {None, "true", "1"}
    return f"camt054:{message_id}" if whole else f"camt054:{message_id}:page {page}"


def _refuse_copy(notification: Element) -> None:
    mark = text_at(notification, "CpyDplctInd")
    if mark is not None:
        raise not_for_posting(f"CpyDplctInd is {mark}: the bank marks the message as {_COPIES.get(mark, 'a copy')}")


def _rows(notification: Element, context: ReadContext) -> Iterator[dict[str, Any]]:
    account = text_at(notification, "Acct/Id/IBAN") or text_at(notification, "Acct/Id/Othr/Id") or ""
    for entry in children(notification, "Ntry"):
        details = inside(entry, "NtryDtls/TxDtls")
        for ordinal, source in enumerate(details or [entry], start=1):
            yield _row(entry, source, len(details), ordinal, account, context)


def _row(
    entry: Element, source: Element, details: int, ordinal: int, account: str, context: ReadContext
) -> dict[str, Any]:
    figure, currency = _figure(entry, source, alone=details < 2)  # noqa: PLR2004 (a lone transaction is the entry)
    row: dict[str, Any] = {
        "line_no": source.sourceline,
        "record": _as_written(source),
        "bank_reference": _bank_reference(entry, source),
        "payee_account": _payee_account(source) or account,
        "booked_on": _booked_on(entry),
        "amount": exact_amount(decimal_of(figure)),
        "currency": currency,
        "reference_text": _reference_text(source),
        "payer_name": text_at(source, "RltdPties/Dbtr/Nm") or text_at(source, "RltdPties/Dbtr/Pty/Nm"),
        "payer_account": _account_id(source, "RltdPties/DbtrAcct/Id"),
    }
    row["payment_record_id"] = _payment_record_id(entry, source, row, account, ordinal if details > 1 else 0)
    row["reason_code"], row["reason_text"] = _judge(entry, source, row, figure, context)
    return row


def _judge(entry: Element, source: Element, row: dict[str, Any], figure: str | None, context: ReadContext) -> Judgement:
    status = text_at(entry, "Sts/Cd") or text_at(entry, "Sts")
    directions = {text_at(entry, "CdtDbtInd"), text_at(source, "CdtDbtInd") or "CRDT"}
    return first_fault(
        (status != "BOOK", "NOT_BOOKED", f"status {status}: the bank has not booked it; it comes again when booked"),
        (text_at(entry, "RvslInd") in {"true", "1"}, "REVERSAL", "the bank takes back a booking; settle it by hand"),
        (directions != {"CRDT"}, "REVERSAL", "a debit on the account; settle it by hand"),
        (
            row["amount"] is None,
            "BAD_AMOUNT",
            f"{figure or 'nothing'} is not an amount above zero with at most 2 decimals",
        ),
        (
            row["currency"] != context.currency,
            "BAD_CURRENCY",
            f"{row['currency']} is not {context.currency}, the currency of the books",
        ),
        (row["booked_on"] is None, "BAD_TIME", "BookgDt is missing or not a date"),
    )


def _figure(entry: Element, source: Element, *, alone: bool) -> tuple[str | None, str | None]:
    """Amount and currency of a transaction; a lone one is the entry, whatever currency the payer paid in."""
    figure, currency = amount_in(source)
    if alone and (figure is None or currency != amount_in(entry)[1]):
        return amount_in(entry)
    return figure, currency


def _booked_on(entry: Element) -> date | None:
    written = text_at(entry, "BookgDt/Dt") or text_at(entry, "BookgDt/DtTm") or ""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def _payee_account(source: Element) -> str | None:
    """Return the Bankgiro number paid to, digits without leading zeros as BgMax gives it."""
    for other in inside(source, "RltdPties/CdtrAcct/Id/Othr"):
        if text_at(other, "SchmeNm/Prtry") == "BGNR":
            return re.sub(r"[^0-9]", "", text_at(other, "Id") or "").lstrip("0") or None
    return None


def _account_id(source: Element, path: str) -> str | None:
    return text_at(source, f"{path}/IBAN") or text_at(source, f"{path}/Othr/Id")


def _reference_text(source: Element) -> str | None:
    """Return what the payer refers to: creditor reference, else invoice numbers, else free text."""
    references = _texts(inside(source, "RmtInf/Strd/CdtrRefInf/Ref"))
    invoices = _texts(
        number
        for document in inside(source, "RmtInf/Strd/RfrdDocInf")
        if text_at(document, "Tp/CdOrPrtry/Cd") == "CINV"
        for number in inside(document, "Nb")
    )
    return " ".join(references or invoices or _texts(inside(source, "RmtInf/Ustrd"))) or None


def _texts(elements: Any) -> list[str]:
    return [words for element in elements if (words := " ".join((element.text or "").split()))]


def _bank_reference(entry: Element, source: Element) -> str | None:
    return text_at(source, "Refs/AcctSvcrRef") or text_at(entry, "AcctSvcrRef")


def _payment_record_id(entry: Element, source: Element, row: dict[str, Any], account: str, ordinal: int) -> str:
    """Return an id that a re-sent message repeats: it rests on the bank's references, not on the message.

    Without any reference of the bank it rests on who paid and why, hashed.
    """
    own, whole = text_at(source, "Refs/AcctSvcrRef"), text_at(entry, "AcctSvcrRef")
    by_entry = f"{whole}.{ordinal}" if ordinal else whole
    reference = own or (by_entry if whole else _fingerprint(source, row))
    return f"camt054:{account}/{reference}/{row['amount']}/CRDT/{row['booked_on']}"


def _fingerprint(source: Element, row: dict[str, Any]) -> str:
    end_to_end = text_at(source, "Refs/EndToEndId") or ""
    told = ["" if end_to_end in _NO_ID else end_to_end, row["payer_name"], row["payer_account"], row["reference_text"]]
    return sha256("\n".join(part or "" for part in told).encode()).hexdigest()[:16]


def _number_alike(rows: list[dict[str, Any]]) -> None:
    """Tell apart records that the bank's references do not: equal payments on one day are legal."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row["reason_code"] is None:
            seen[row["payment_record_id"]] += 1
            if (occurrence := seen[row["payment_record_id"]]) > 1:
                row["payment_record_id"] += f"/{occurrence}"


def _as_written(source: Element) -> str:
    return str(etree.tostring(source, encoding="unicode", with_tail=False))
