"""HTML to PDF/A-3a that is also PDF/UA-1: the same bytes every time, only files of the brand, no complaint let by."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname
from xml.etree import ElementTree as ET

from cssselect2 import ElementWrapper
from weasyprint import CSS, DEFAULT_OPTIONS, HTML, Attachment, Document, Page
from weasyprint.css import ColorProfile
from weasyprint.css.counters import CounterStyle
from weasyprint.css.targets import TargetCollector
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.html import UA_COUNTER_STYLE, UA_STYLESHEET, get_html_metadata
from weasyprint.images import get_image_from_uri
from weasyprint.layout import LayoutContext, layout_document
from weasyprint.pdf.metadata import DocumentMetadata
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from invoicing.documents.brand import Brand
from invoicing.documents.document_error import DocumentError
from invoicing.documents.kept_styles import KeptStyles
from invoicing.documents.kept_work import kept_work
from invoicing.documents.pdf_archive import Attached, XmpPart, finish, with_xmp
from invoicing.documents.plain_rules import plain_rules

_LOGGER = logging.getLogger("weasyprint")
# Fonts and log are shared by the whole process: one page is rendered at a time.
_ONE_AT_A_TIME = Lock()
# The name under which the renderer is given its own profile of colours on screens (sRGB).
_COLOURS = "screen"
_MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".css": "text/css"}


class BrandFetcher(URLFetcher):  # type: ignore[misc]  # (weasyprint carries no types)
    """Hands the renderer files of the brand's folders and nothing else: no network, no data, no other folder."""

    def __init__(self, brand: Brand) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._brand = brand
        #: Pictures drawn for the page at hand (PNG), by the name that the page calls them.
        self.drawn: Mapping[str, bytes] = {}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 (the renderer's signature)
        """Return a file of the brand; the operator's own goes before the built-in. Raises DocumentError."""
        address = urlsplit(url)
        if address.scheme != "file" or address.netloc:
            message = f"{url[:80]}: refused, a page may only use files of the brand; copy the file into config/brand"
            raise DocumentError(message)
        name = self._brand.name_of(Path(url2pathname(address.path)))
        if name in self.drawn:
            return URLFetcherResponse(url, self.drawn[name], {"Content-Type": "image/png"})
        path = self._brand.find(name)
        media_type = _MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": media_type})


class _Complaints(logging.Handler):
    """Keeps what the renderer warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _no_complaints(subject: str) -> Iterator[None]:
    """Turn every warning or error the renderer logs meanwhile into one DocumentError."""
    complaints = _Complaints()
    with _ONE_AT_A_TIME:
        level, propagate = _LOGGER.level, _LOGGER.propagate
        _LOGGER.addHandler(complaints)
        _LOGGER.setLevel(logging.WARNING)
        _LOGGER.propagate = False
        try:
            yield
        finally:
            _LOGGER.removeHandler(complaints)
            _LOGGER.setLevel(level)
            _LOGGER.propagate = propagate
    if complaints.lines:
        message = f"{subject}: {'; '.join(dict.fromkeys(complaints.lines))}"
        raise DocumentError(message)


class PdfWriter:
    """Style sheet and fonts of a brand, parsed once (about half a second), and pages rendered with them."""

    def __init__(self, brand: Brand, stylesheet: str = "brand.css") -> None:
        self._base_url = brand.base_url
        self._fetcher = BrandFetcher(brand)
        with _no_complaints(stylesheet):
            self._fonts = FontConfiguration()
            self._css = CSS(
                string=brand.read_text(stylesheet),
                base_url=self._base_url,
                url_fetcher=self._fetcher,
                font_config=self._fonts,
            )
            self._styles = KeptStyles([(UA_STYLESHEET, "user agent"), (self._css, "user")], self._fonts)

    def pdf(
        self,
        html: str,
        identity: str,
        *,
        drawn: Mapping[str, bytes] | None = None,
        attachments: Sequence[Attached] = (),
        xmp: Sequence[XmpPart] = (),
    ) -> bytes:
        """Render a page to PDF; `identity` names the document, and its hash is the PDF's identifier.

        `drawn` are pictures (PNG) that the page calls by these names. Attachments have the date that the page gives as
        `dcterms.created`; `xmp` are the marks of their standards. Raises DocumentError when a file is missing or
        refused, and for anything else the renderer logs.
        """
        identifier = sha256(identity.encode()).hexdigest()[:32].encode()
        options = {"pdf_variant": "pdf/a-3a", "pdf_identifier": identifier, "output_intent": _COLOURS}
        with _no_complaints(identity), kept_work(), plain_rules(), ExitStack() as written_then:
            self._fetcher.drawn = drawn or {}
            page = _page(html, self._base_url, self._fetcher)
            document = self._laid_out(page, written_then)
            metadata = document.metadata
            written = metadata.generate_rdf_metadata
            metadata.generate_rdf_metadata = lambda *marks: with_xmp(written(*marks), xmp)
            files = [_attachment(attached, metadata.created) for attached in attachments]
            content: bytes = document.write_pdf(finisher=finish, attachments=files, **options)
        return content

    def _laid_out(self, page: HTML, written_then: ExitStack) -> Document:
        """Do what the renderer does (`Document._render`), with kept styles; a page with style sheets is left to it.

        Boxes, pictures and layout refer to each other. When the page is written, what they hang from is emptied: all is
        given back at once, not by and by as garbage.
        """
        if not self._styles.hold_for(page):
            return page.render(
                stylesheets=[self._css], font_config=self._fonts, color_profiles=_profiles(), output_intent=_COLOURS
            )
        targets, counters = TargetCollector(), CounterStyle()
        counters.update(UA_COUNTER_STYLE.copy())
        styles = self._styles.of_page(page, targets)
        images = partial(get_image_from_uri, cache={}, url_fetcher=self._fetcher, options=DEFAULT_OPTIONS)
        context = LayoutContext(styles, images, self._fonts, counters, targets)
        root = build_formatting_structure(
            page.etree_element, styles, context.get_image_from_uri, self._base_url, targets, counters, context.footnotes
        )
        laid_out = [*layout_document(page, root, context)]
        for hook in (context, *laid_out):
            written_then.callback(vars(hook).clear)
        metadata = DocumentMetadata(**get_html_metadata(_Head(page)))
        return Document([Page(box) for box in laid_out], metadata, self._fetcher, self._fonts, _profiles(), _COLOURS)


def _page(html: str, base_url: str, fetcher: BrandFetcher) -> HTML:
    """Read a page that is well-formed XML as such, in a tenth of the time; one that is not, as HTML."""
    try:
        root = ET.fromstring(html)  # noqa: S314 (filled in by ourselves)
    except ET.ParseError:
        return HTML(string=html, base_url=base_url, url_fetcher=fetcher)
    return _WellFormedPage(root, base_url, fetcher)


class _WellFormedPage(HTML):  # type: ignore[misc]
    """A page whose elements are known already: what the renderer's own class makes of what it has read."""

    def __init__(self, root: ET.Element, base_url: str, fetcher: BrandFetcher) -> None:
        self.base_url = base_url
        self.url_fetcher = fetcher
        self.media_type = "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


class _Head:
    """The head of a page, where it has one: all that tells of the document."""

    def __init__(self, page: HTML) -> None:
        self.etree_element, self.base_url = page.etree_element, page.base_url
        whole = page.wrapper_element
        self.wrapper_element = next((part for part in whole.iter_children() if part.local_name == "head"), whole)


class _ScreenColours(ColorProfile):  # type: ignore[misc]
    """The renderer's profile of colours on screens, read once.

    Left to itself the renderer opens its file for each document and never closes it. What is written are the bytes of
    the file: written back from what was read, they are others from the second time on.
    """

    def __init__(self) -> None:
        self._content = (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
        super().__init__(BytesIO(self._content), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))

    @property
    def content(self) -> bytes:
        """The profile as it lies in its file."""
        return self._content


@cache
def _profiles() -> dict[str, ColorProfile]:
    return {_COLOURS: _ScreenColours()}


def _attachment(attached: Attached, created: str) -> Attachment:
    moment = datetime.fromisoformat(created)
    return Attachment(
        string=attached.content,
        name=attached.name,
        description=attached.description,
        relationship=attached.relationship,
        created=moment,
        modified=moment,
    )
