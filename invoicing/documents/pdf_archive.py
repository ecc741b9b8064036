"""What the renderer leaves to do for an archival and accessible PDF (ISO 19005-3 level A, ISO 14289-1).

Seen in WeasyPrint 70: metadata of others would make a second RDF block, an attachment is associated twice, headings of
tables say neither that they head a column nor a row, a picture's box is upside down, and page margins are tagged as
content instead of as decoration. `tests/invoicing/documents/pdf_structure.py` checks what comes out; veraPDF has not
been run.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pydyf

_POINTS_A_PIXEL = 0.75
_LEVEL = 4  # of compression: a file is 4 % longer than at 9, which takes four times as long
_UA_DESCRIPTION = (
    '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
    "<pdfuaid:part>1</pdfuaid:part></rdf:Description>"
)
# PDF/A wants every property that it does not know itself described in the file.
_UA_SCHEMA = (
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li>"
)
_SCHEMAS = (
    '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    "<pdfaExtension:schemas><rdf:Bag>{}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)


class Attached(NamedTuple):
    """A file inside the PDF: `relationship` is one of ISO 32000-2, 7.11.3, such as Data, Source or Alternative."""

    name: str
    content: bytes
    relationship: str
    description: str


class XmpPart(NamedTuple):
    """Metadata of an attached standard: an `rdf:Description`, and the `rdf:li` that describes its schema to PDF/A.

    The prefixes rdf, pdfaSchema, pdfaProperty are declared around them; others declare themselves.
    """

    description: str
    schema: str


def with_xmp(rdf: bytes, parts: Sequence[XmpPart]) -> bytes:
    """Put the marks of PDF/UA and of others into the one RDF block."""
    schemas = _SCHEMAS.format("".join((_UA_SCHEMA, *(part.schema for part in parts))))
    added = "".join((_UA_DESCRIPTION, *(part.description for part in parts), schemas))
    end = rdf.rindex(b"</rdf:RDF>")
    return rdf[:end] + added.encode() + rdf[end:]


def finish(document: Any, pdf: pydyf.PDF) -> None:
    """Put right what the renderer left, just before the file is written (its finisher)."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    tree = _Structure(pdf)
    tree.mark_margins_as_decoration()
    for element in tree.reached.values():
        if element["S"] == "/TH":
            element["A"]["Scope"] = "/Column" if tree.is_in_head(element) else "/Row"
            element.pop("ID", None)
        elif element["S"] == "/TD":
            element["A"].pop("Headers", None)
        elif element["S"] == "/Figure":
            tree.turn_box(element, document.pages)
    _write_once(pdf)


def _write_once(pdf: pydyf.PDF) -> None:
    """Turn what the file holds into bytes now: the writer asks for each object twice, for the file and for its hash."""
    for number, found in enumerate(pdf.objects):
        if isinstance(found, pydyf.Stream):
            _compress(found)
        elif found.free != "f":
            pdf.objects[number] = _Written(found)
    pdf.__class__ = _Compressing


class _Compressing(pydyf.PDF):  # type: ignore[misc]
    """A file that compresses what is still added to it."""

    def add_object(self, found: Any) -> None:
        """Add an object, a stream compressed."""
        if isinstance(found, pydyf.Stream):
            _compress(found)
        super().add_object(found)


def _compress(stream: pydyf.Stream) -> None:
    if stream.compress:
        stream.compress = False
        content = stream.data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
        stream.stream, stream.extra = [zlib.compress(content, _LEVEL)], {**stream.extra, "Filter": "/FlateDecode"}


class _Written(pydyf.Object):  # type: ignore[misc]
    """An object of a PDF as its bytes."""

    data = b""

    def __init__(self, found: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.data = found.number, found.generation, found.data


class _Structure:
    """The tree of tagged content of a PDF that is about to be written."""

    def __init__(self, pdf: pydyf.PDF) -> None:
        self._objects = pdf.objects
        root = self._of(pdf.catalog["StructTreeRoot"])
        self._nums = self._of(root["ParentTree"])["Nums"]
        self._pages = [self._of(reference) for reference in pdf.page_references]
        self.reached = {id(element): element for element in self._below(self._of(root["K"][0]))}

    def mark_margins_as_decoration(self) -> None:
        """Mark content whose element hangs in no tree (page margins) as an artifact, and forget the element."""
        for number, page in enumerate(self._pages):
            elements = self._nums[2 * number + 1]
            stray = {mcid for mcid, element in enumerate(elements) if id(self._of(element)) not in self.reached}
            if stray:
                self._make_artifacts(self._of(page["Contents"]).stream, stray)
            for mcid in stray:
                self._of(elements[mcid]).clear()
                elements[mcid] = b"null"

    def is_in_head(self, cell: Any) -> bool:
        """Whether the row of a cell is in the head of its table."""
        return bool(self._of(self._of(cell["P"])["P"])["S"] == "/THead")

    def turn_box(self, element: Any, pages: Sequence[Any]) -> None:
        """Give a picture's box in points from the bottom of its page."""
        page = self._page_number(element["Pg"])
        left, top, right, bottom = element["A"]["BBox"]
        height = pages[page].height
        corners = (left, height - bottom, right, height - top)
        element["A"]["BBox"] = pydyf.Array(round(corner * _POINTS_A_PIXEL, 3) for corner in corners)

    def _page_number(self, reference: bytes) -> int:
        wanted = self._of(reference)
        return next(number for number, page in enumerate(self._pages) if page is wanted)

    def _below(self, element: Any) -> Iterator[Any]:
        yield element
        for child in element.get("K", ()):
            if isinstance(child, bytes) and (found := self._of(child)).get("S"):
                yield from self._below(found)

    def _of(self, reference: bytes) -> Any:
        return self._objects[int(reference.split()[0])]

    @staticmethod
    def _make_artifacts(stream: list[Any], stray: Iterable[int]) -> None:
        wanted = set(stray)
        for at, part in enumerate(stream):
            if isinstance(part, dict) and part.get("MCID") in wanted:
                stream[at - 1], stream[at], stream[at + 1] = "/Artifact", b"BMC", b""
