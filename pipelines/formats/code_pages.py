"""Text in a code page that lacks characters: what stands for them, and how many there were."""

from __future__ import annotations

import unicodedata

_STAND_INS = {"–": "-", "—": "-", "’": "'", "‘": "'", "”": '"', "“": '"', "…": "...", "€": "EUR", "−": "-"}


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


def _in_page(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        bare = _STAND_INS.get(character) or unicodedata.normalize("NFKD", character)
        return bare.encode("ascii", errors="ignore").decode() or "?"
    return character
