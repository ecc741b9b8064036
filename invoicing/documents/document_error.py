"""Why a document could not be made."""

from __future__ import annotations


class DocumentError(Exception):
    """A document is refused rather than sent wrong: the message names the file or figure and what to do.

    It never holds a customer's name or address, so it may be logged.
    """
