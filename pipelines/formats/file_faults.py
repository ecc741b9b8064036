"""Named constructors of file faults, so that a refusal reads as a sentence where it is raised."""

from __future__ import annotations

from pipelines.formats.layout import FileFaultError

_UNREADABLE, _UNRECOGNISED, _WRONG_TOTALS = "UNREADABLE", "UNRECOGNISED", "WRONG_TOTALS"
_NOT_FOR_POSTING, _UNSAFE_XML = "NOT_FOR_POSTING", "UNSAFE_XML"


def unreadable(text: str) -> FileFaultError:
    """Return the fault of a file that is empty or breaks its layout."""
    return FileFaultError(_UNREADABLE, text)


def unrecognised(text: str) -> FileFaultError:
    """Return the fault of a file that fits no layout."""
    return FileFaultError(_UNRECOGNISED, text)


def not_for_posting(text: str) -> FileFaultError:
    """Return the fault of a file that the bank marks as a test or a copy."""
    return FileFaultError(_NOT_FOR_POSTING, text)


def unsafe_xml(text: str) -> FileFaultError:
    """Return the fault of XML that declares a document type or entities."""
    return FileFaultError(_UNSAFE_XML, text)


def wrong_totals(place: str, declared: object, found: object) -> FileFaultError:
    """Return the fault of a file whose own control figure does not agree with its records, both side by side."""
    return FileFaultError(_WRONG_TOTALS, f"{place}: the file declares {declared}, its records give {found}")
