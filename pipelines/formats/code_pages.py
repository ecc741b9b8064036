"""Text in a code page that lacks characters: what stands for them, and how many there were."""

from __future__ import annotations

import codecs
import unicodedata

import polars as pl

_STAND_INS = {"–": "-", "—": "-", "’": "'", "‘": "'", "”": '"', "“": '"', "…": "...", "€": "EUR", "−": "-"}
_ASCII = r"^[\x00-\x7f]*$"


def known_encoding(name: str) -> str:
    """Return the name by which Python knows an encoding. Raises `ValueError` for one that it does not know."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"{name!r} is not an encoding, for example utf-8 or cp1252") from None


def encoded(text: str, encoding: str) -> tuple[bytes, int]:
    """Encode text; a character that the code page lacks loses its accents, or becomes `?`. None is dropped.

    Returns the bytes, and how many characters another stands for.
    """
    try:
        return text.encode(encoding), 0
    except UnicodeEncodeError:
        pieces = [_in_page(character, encoding) for character in text]
    replaced = sum(piece != character for piece, character in zip(pieces, text, strict=True))
    return "".join(pieces).encode(encoding), replaced


def in_code_page(column: pl.Series, encoding: str) -> tuple[pl.Series, int]:
    """Return a text column as the code page can hold it, and how many of its characters another stands for.

    To be done before the text is quoted: what stands for a character may be a quote or a separator.
    """
    odd = column.drop_nulls().filter(~column.drop_nulls().str.contains(_ASCII)).value_counts()  # few
    if odd.is_empty():
        return column, 0
    texts, counts = odd.to_dict(as_series=False).values()
    found = [encoded(text, encoding) for text in texts]
    replaced = sum(one[1] * count for one, count in zip(found, counts, strict=True))
    return column.replace(texts, [content.decode(encoding) for content, _ in found]), replaced


def _in_page(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        bare = _STAND_INS.get(character) or unicodedata.normalize("NFKD", character)
        return bare.encode("ascii", errors="ignore").decode() or "?"
    return character
