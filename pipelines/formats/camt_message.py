"""An ISO 20022 message from a bank: parsed without reaching for anything outside it, and known by the bank's own id."""

from __future__ import annotations

import re

from lxml import etree

from pipelines.formats.camt_elements import Element, first, text_at
from pipelines.formats.field_values import decimal_of
from pipelines.formats.file_faults import not_for_posting, unreadable, unsafe_xml

_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)")
_COPIES = {"DUPL": "a duplicate", "COPY": "a copy", "CODU": "a copy of a duplicate"}


def opening_of(name: str) -> re.Pattern[bytes]:
    """Return what finds the start of a message element in the bytes of a file, whatever its prefix."""
    return re.compile(rb"<(?:[\w.-]+:)?" + name.encode() + rb"[\s/>]")


def message_of(content: bytes, name: str) -> Element:
    """Parse a file and return its message element of this local name.

    Raises `FileFaultError`: UNSAFE_XML for a document type or an entity, UNREADABLE, with the line, for what is no XML.
    """
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
    message = first(root, name)
    if message is None:
        raise unreadable(f"the document holds no {name}")
    return message


def bank_file_id(message: Element, layout: str) -> str:
    """Return the bank's id of a message, with the page where it has several, and whether that is the last.

    Raises `FileFaultError` (UNREADABLE) where there is none.
    """
    message_id = text_at(message, "GrpHdr/MsgId")
    if not message_id:
        raise unreadable("GrpHdr/MsgId is missing: without it a second delivery cannot be told")
    page, last = text_at(message, "GrpHdr/MsgPgntn/PgNb") or "1", text_at(message, "GrpHdr/MsgPgntn/LastPgInd")
    whole = page == "1" and last in {None, "true", "1"}
    end = " (last)" if last in {"true", "1"} else ""
    return f"{layout}:{message_id}" if whole else f"{layout}:{message_id}:page {page}{end}"


def page_of(report: Element, pagination: str) -> tuple[int, bool]:
    """Return the page that a report is, by its own pagination or its message's, and whether no page comes after it.

    Raises `FileFaultError` (UNREADABLE) for what is no page number.
    """
    own = first(report, pagination)
    pages = own if own is not None else first(report.getparent(), "GrpHdr/MsgPgntn")
    if pages is None:
        return 1, True
    written = text_at(pages, "PgNb") or "1"
    if not re.fullmatch(r"[0-9]{1,5}", written):
        raise unreadable(f"line {pages.sourceline}: PgNb is {written}, and no page number")
    return int(written), text_at(pages, "LastPgInd") in {None, "true", "1"}


def sequence_of(report: Element) -> int | None:
    """Return the number of a report in the bank's own series; None where it has none."""
    number = decimal_of(text_at(report, "ElctrncSeqNb") or text_at(report, "LglSeqNb"))
    return None if number is None else int(number)


def check_report(report: Element) -> None:
    """Refuse a report (Stmt, Ntfctn) that must not be read.

    Raises `FileFaultError`: NOT_FOR_POSTING where the bank marks it as a copy, UNREADABLE where it names no account.
    """
    if not (text_at(report, "Acct/Id/IBAN") or text_at(report, "Acct/Id/Othr/Id")):
        name = etree.QName(report).localname
        raise unreadable(f"{name} on line {report.sourceline}: Acct/Id is missing: nothing says whose money it is")
    mark = text_at(report, "CpyDplctInd")
    if mark is not None:
        raise not_for_posting(f"CpyDplctInd is {mark}: the bank marks the message as {_COPIES.get(mark, 'a copy')}")
