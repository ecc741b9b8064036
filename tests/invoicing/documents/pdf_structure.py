"""What can be told of PDF/A-3 level A and PDF/UA-1 from the structure of a file; no validator has been run.

Each check follows a clause of ISO 19005-3 or ISO 14289-1, named where the fault is.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

from pypdf import PdfReader
from pypdf.generic import ContentStream, IndirectObject

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
PDFUA = "{http://www.aiim.org/pdfua/ns/id/}"
PAINTING = {b"Tj", b"TJ", b"'", b'"', b"Do", b"f", b"f*", b"S", b"s", b"B", b"B*", b"b", b"b*", b"sh"}
BLOCKS_OF_TABLE = {"/THead", "/TBody", "/TFoot", "/TR", "/Caption"}


def faults_of(pdf: bytes) -> list[str]:
    """List what the structure of a PDF lacks; nothing when all is there."""
    read = PdfReader(BytesIO(pdf))
    checks = (_file, _metadata, _colours, _fonts, _reader_settings, _tree, _content, _attachments)
    return [fault for check in checks for fault in check(read, pdf)]


def xmp_of(read: PdfReader) -> ET.Element:
    """Give the metadata of a file as XML."""
    return ET.fromstring(read.trailer["/Root"]["/Metadata"].get_data())  # noqa: S314 (our own file)


def _file(read: PdfReader, pdf: bytes) -> Iterator[str]:
    if not pdf.startswith(b"%PDF-1.7"):
        yield "6.1.2: the file is not PDF 1.7"
    if len(read.trailer.get("/ID", [])) != 2:
        yield "6.1.3: no file identifier"
    if "/Encrypt" in read.trailer:
        yield "6.1.3: encrypted"
    if {"/JavaScript"} & set(read.trailer["/Root"].get("/Names", {})) or "/AA" in read.trailer["/Root"]:
        yield "6.6: actions"


def _metadata(read: PdfReader, _: bytes) -> Iterator[str]:
    xmp = xmp_of(read)
    blocks = xmp.findall(f".//{RDF}RDF")
    if len(blocks) != 1:
        yield f"6.6.2: {len(blocks)} blocks of RDF"
    marks = {}
    for description in xmp.iter(f"{RDF}Description"):
        marks |= dict(description.attrib) | {child.tag: child.text for child in description}
    if (marks.get(f"{PDFA}part"), marks.get(f"{PDFA}conformance")) != ("3", "A"):
        yield "6.6.4: not marked as PDF/A-3a"
    if marks.get(f"{PDFUA}part") != "1":
        yield "UA 5: not marked as PDF/UA-1"
    described = [element.text for element in xmp.iter("{http://www.aiim.org/pdfa/ns/schema#}namespaceURI")]
    if "http://www.aiim.org/pdfua/ns/id/" not in described:
        yield "6.6.2.3: the schema of PDF/UA's mark is not described"
    if len(xmp.findall(".//{http://www.aiim.org/pdfa/ns/extension/}schemas")) != 1:
        yield "6.6.2.3: schemas are not in one bag"
    if (
        f"D:{(marks.get('{http://ns.adobe.com/xap/1.0/}CreateDate') or '').replace('-', '')}"
        != read.metadata["/CreationDate"]
    ):
        yield "6.6.3: dates differ"


def _colours(read: PdfReader, _: bytes) -> Iterator[str]:
    intents = read.trailer["/Root"].get("/OutputIntents", [])
    kinds = [intent.get_object()["/S"] for intent in intents]
    if kinds != ["/GTS_PDFA1"] or intents[0].get_object()["/DestOutputProfile"].get_object()["/N"] != 3:
        yield "6.2.3: no output intent with a colour profile of three components"


def _fonts(read: PdfReader, _: bytes) -> Iterator[str]:
    for page in read.pages:
        for font in (reference.get_object() for reference in page["/Resources"].get("/Font", {}).values()):
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            if not any(name.startswith("/FontFile") for name in inner["/FontDescriptor"]):
                yield f"6.2.11.4: {font['/BaseFont']} is not embedded"
            if "/ToUnicode" not in font:
                yield f"6.2.11.7: {font['/BaseFont']} has no Unicode"


def _reader_settings(read: PdfReader, _: bytes) -> Iterator[str]:
    root = read.trailer["/Root"]
    if not root.get("/Lang"):
        yield "UA 7.2: no language"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "6.7.2: not marked as tagged"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") or not read.metadata.title:
        yield "UA 7.1: the title is not shown"


def _tree(read: PdfReader, _: bytes) -> Iterator[str]:
    ids = []
    for element, parent in elements_of(read):
        kind = element["/S"]
        if kind == "/Figure":
            if not element.get("/Alt"):
                yield "UA 7.3: a picture without words"
            left, bottom, right, top = (float(edge) for edge in element["/A"]["/BBox"])
            page = element["/Pg"].get_object()["/MediaBox"]
            if not (0 <= left < right <= float(page[2]) and 0 <= bottom < top <= float(page[3])):
                yield f"UA 7.3: a picture's box lies outside its page: {left, bottom, right, top}"
        if kind == "/TH" and element["/A"].get("/Scope") not in {"/Column", "/Row"}:
            yield "UA 7.5: a head cell without scope"
        if parent == "/Table" and kind not in BLOCKS_OF_TABLE:
            yield f"UA 7.2: {kind} directly in a table"
        ids += [element["/ID"]] if "/ID" in element else []
    if len(ids) != len(set(ids)):
        yield "14.7.2: two elements with one identifier"


def _content(read: PdfReader, _: bytes) -> Iterator[str]:
    """Everything painted is either tagged, and hangs in the tree, or decoration (UA 7.1)."""
    tagged = set(_tagged_content(read))
    for number, page in enumerate(read.pages):
        marks: list[Any] = []
        for operands, operator in ContentStream(page["/Contents"], read).operations:
            if operator == b"BDC":
                marks.append((number, int(operands[1]["/MCID"])))
            elif operator == b"BMC":
                marks.append(operands[0])
            elif operator == b"EMC":
                marks.pop()
            elif operator in PAINTING and not any(mark == "/Artifact" or mark in tagged for mark in marks):
                yield f"UA 7.1: {operator!r} on page {number + 1} is neither tagged nor decoration"


def _attachments(read: PdfReader, _: bytes) -> Iterator[str]:
    root = read.trailer["/Root"]
    names = root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", [])
    embedded = [reference.idnum for reference in names if isinstance(reference, IndirectObject)]
    if [reference.idnum for reference in root.get("/AF", [])] != embedded:
        yield "6.8: embedded files and associated files differ"
    for reference in root.get("/AF", []):
        if not {"/AFRelationship", "/UF", "/Desc"} <= set(reference.get_object()):
            yield "6.8: an attachment without relationship, name or description"


def elements_of(read: PdfReader) -> Iterator[tuple[Any, str]]:
    """Walk the tree of tagged content: each element, and the kind of its parent."""
    yield from _below(read.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object(), "/StructTreeRoot")


def _below(element: Any, parent: str) -> Iterator[tuple[Any, str]]:
    yield element, parent
    for child in element.get("/K", []):
        found = child.get_object()
        if isinstance(found, dict) and "/S" in found:
            yield from _below(found, element["/S"])


def _tagged_content(read: PdfReader) -> Iterator[tuple[int, int]]:
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(read.pages)}
    for element, _ in elements_of(read):
        for child in element.get("/K", []):
            if isinstance(child, int):
                yield pages[element.raw_get("/Pg").idnum], int(child)
