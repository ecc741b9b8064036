"""Which layout a file has, told from its content and never from its name."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.formats.acknowledgements import ACKNOWLEDGEMENTS
from pipelines.formats.asterisk_cdr import ASTERISK_CSV, ASTERISK_CUSTOM, AsteriskCdr
from pipelines.formats.autogiro_answers import AUTOGIRO
from pipelines.formats.bgmax import BGMAX
from pipelines.formats.camt053 import CAMT053
from pipelines.formats.camt054 import CAMT054
from pipelines.formats.collection_answers import COLLECTION_ANSWERS
from pipelines.formats.declared_profile import DeclaredProfile
from pipelines.formats.delimited_text import HEAD_BYTES
from pipelines.formats.file_faults import unreadable, unrecognised
from pipelines.formats.finnish_references import FINNISH_REFERENCES
from pipelines.formats.layout import Layout
from pipelines.formats.ledger_answers import LEDGER_ANSWERS
from pipelines.formats.ocr_giro import OCR_GIRO
from pipelines.formats.pain002 import PAIN002
from pipelines.formats.request_lines import REQUEST_LINES
from pipelines.formats.request_table import REQUEST_TABLE

LAYOUTS: tuple[Layout, ...] = (
    CAMT054, CAMT053, PAIN002, BGMAX, AUTOGIRO, OCR_GIRO, FINNISH_REFERENCES, REQUEST_LINES, REQUEST_TABLE,
    ACKNOWLEDGEMENTS, LEDGER_ANSWERS, COLLECTION_ANSWERS, ASTERISK_CSV, ASTERISK_CUSTOM,
)  # fmt: skip


def recognise(head: bytes, layouts: Sequence[Layout] = LAYOUTS) -> Layout:
    """Return the layout that fits the head of a file (its first 64 kB, or all of it) most closely.

    A file that says what it is goes before a declared header, a header of many columns before one of few, and any
    header before a CDR file that has none; the order of `layouts` does not matter. Raises `FileFaultError`:
    UNREADABLE when there is nothing but blanks, UNRECOGNISED when no layout fits.
    """
    head = head[:HEAD_BYTES]
    if not head.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n\0"):
        raise unreadable("the file is empty")
    fitting = [layout for layout in layouts if layout.recognises(head)]
    if not fitting:
        names = ", ".join(layout.name for layout in layouts)
        raise unrecognised(f"the content fits none of {names}; declare a profile in config/profiles/ for a new CSV")
    return max(fitting, key=_closeness)


def _closeness(layout: Layout) -> tuple[int, int, str]:
    if isinstance(layout, DeclaredProfile):
        return 1, len(layout.definition.header), layout.name
    return (0 if isinstance(layout, AsteriskCdr) else 2), 0, layout.name
