"""Text of a SIE file: CP437 with an explicit transliteration, fields, quotes and the CRC-32 checksum.

Source: SIE file format 4B (2008-09-30). CP437 has the Swedish letters but no dash, euro sign or typographic quotes.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from typing import NamedTuple

import polars as pl

SAFE_HIGH = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥áíóúñÑªº¿½¼¡«»"
TRANSLITERATION = {
    "–": "-",
    "—": "-",
    "‑": "-",
    "−": "-",
    "’": "'",
    "‘": "'",
    "´": "'",
    "”": '"',
    "“": '"',
    "„": '"',
    "…": "...",
    "•": "*",
    "·": "*",
    "€": "EUR",
    "§": "par.",
    "©": "(c)",
    "®": "(r)",
    "™": "(tm)",
    "°": "grader",
    "±": "+-",
    "×": "x",
    "÷": "/",
    "ß": "ss",
    "Ø": "Ö",
    "ø": "ö",
    "Œ": "OE",
    "œ": "oe",
    "Ł": "L",
    "ł": "l",
    "Đ": "D",
    "đ": "d",
    "Ð": "D",
    "ð": "d",
    "Þ": "Th",
    "þ": "th",
    "µ": "u",
    "\\": "/",
}
_AS_IT_IS = rf"^[ !-\[\]-~{SAFE_HIGH}]*$"
_FIELD = re.compile(r'"((?:\\"|[^"])*)"|([{}])|([^ \t{}"]+)')
_PLAIN = re.compile(r"[^ \t{}\"]+")


def sie_text(value: str) -> str:
    """Return a value as a SIE file can hold it.

    Characters outside CP437's letters are transliterated by the table, else stripped of their accents, else `?`;
    none is dropped. Control characters become blanks, a backslash a slash (it is no escape in SIE).
    """
    if value.isascii() and value.isprintable() and "\\" not in value:
        return value
    return "".join(map(_sie_character, unicodedata.normalize("NFC", value)))


def sie_column(column: pl.Series) -> tuple[pl.Series, int]:
    """Return a text column as a SIE file can hold it, and how many of its characters another stands for."""
    odd = column.filter(~column.str.contains(_AS_IT_IS)).value_counts()  # few: the rest needs no look
    if odd.is_empty():
        return column, 0
    texts, counts = odd.to_dict(as_series=False).values()
    replaced = sum(replaced_in(text) * count for text, count in zip(texts, counts, strict=True))
    return column.replace(texts, [sie_text(text) for text in texts]), replaced


def replaced_in(text: str) -> int:
    """Count the characters of a text that others stand for in CP437."""
    return sum(_sie_character(character) != character for character in unicodedata.normalize("NFC", text))


def field_of(text: pl.Expr) -> pl.Expr:
    """Return a column of clean text as fields of a line: in quotes where empty or with a blank, brace or quote."""
    escaped = pl.format('"{}"', text.str.replace_all('"', '\\"', literal=True))
    return pl.when(text.str.contains(r'^[^ \t{}"]+$')).then(text).otherwise(escaped)


def _sie_character(character: str) -> str:
    if character in TRANSLITERATION:
        return TRANSLITERATION[character]
    if " " <= character <= "~" or character in SAFE_HIGH:
        return character
    if unicodedata.category(character) in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if " " <= part <= "~")
    return bare.replace("\\", "/") or "?"


def quoted(value: str) -> str:
    """Return a field as it stands on a line: in quotes where it is empty or holds a blank, brace or quote."""
    text = sie_text(value)
    return text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '\\"') + '"'


class Field(NamedTuple):
    """One field of a line; a brace of an object list is one of its own."""

    text: str
    is_brace: bool = False


def fields_of(line: str) -> list[Field]:
    """Part a line into label and fields; a brace outside quotes is a field of its own, an escaped quote a quote."""
    return [Field(found[1], is_brace=True) if found[1] else Field(_content(found)) for found in _FIELD.findall(line)]


def _content(found: tuple[str, str, str]) -> str:
    in_quotes, _, plain = found
    return in_quotes.replace('\\"', '"') or plain


def checksum(lines: list[str], encoding: str) -> int:
    """Return the CRC-32 of #KSUMMA over labels and field contents, without separators, quotes and braces."""
    contents = "".join(_content(found) for line in lines for found in _FIELD.findall(line))
    return zlib.crc32(contents.encode(encoding))


def swedish_encoding(content: bytes) -> str:
    """Return the encoding of a file that claims CP437: some programs write UTF-8 or Windows-1252 instead.

    Told by how the Swedish letters are written; without any it is CP437.
    """
    try:
        if any(letter in content.decode("utf-8") for letter in "åäöÅÄÖéÉ"):
            return "utf-8"
    except UnicodeDecodeError:
        pass
    in_cp437, in_windows = (
        sum(content.count(letter.encode(name)) for letter in "åäöÅÄÖ") for name in ("cp437", "cp1252")
    )
    return "cp1252" if in_windows > in_cp437 else "cp437"
