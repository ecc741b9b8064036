"""Text of 80-character files, whatever code page the systems between Bankgirot and here made of it."""

from __future__ import annotations

_CODE_PAGES = ("iso-8859-1", "cp437", "mac_roman")
_LETTERS = frozenset("åäöÅÄÖéÉüÜ")


def decoded(content: bytes) -> str:
    """Decode UTF-8, else the code page that gives most letters of our languages and fewest control characters.

    ISO-8859-1, as Bankgirot writes it, wins where they give as many; one of them decodes any bytes.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        texts = [content.decode(page) for page in _CODE_PAGES]
        return max(texts, key=_likelihood)


def _likelihood(text: str) -> int:
    strange = sum(1 for character in text if "\x7f" <= character <= "\x9f")
    return sum(1 for character in text if character in _LETTERS) - strange
