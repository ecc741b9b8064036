"""Files of 80-character records, as giros write them and other systems pass them on.

Text of any code page between the giro and here, lines ended in any way, cut at their last character or padded too far.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.formats.file_faults import unreadable, wrong_totals

WIDTH = 80
_CODE_PAGES = ("iso-8859-1", "cp437", "mac_roman")
_BLANK = " \t\f\x1a"
_LETTERS = frozenset("åäöÅÄÖéÉüÜ")


@dataclass(frozen=True)
class FixedLine:
    """One record; the blanks that many systems strip from its end are put back. Positions are from 1, inclusive."""

    line_no: int
    text: str

    def at(self, begin: int, end: int) -> str:
        """Return positions `begin` to `end` as the manuals count them, blanks stripped."""
        return self.raw(begin, end).strip()

    def raw(self, begin: int, end: int) -> str:
        """Return positions `begin` to `end` with their blanks."""
        return self.text.ljust(WIDTH)[begin - 1 : end]

    def figure(self, begin: int, end: int, meaning: str) -> int:
        """Return a number; raises `FileFaultError` (UNREADABLE) where there is none."""
        digits = self.at(begin, end)
        if not re.fullmatch(r"[0-9]+", digits):
            raise unreadable(f"line {self.line_no}: {meaning} in positions {begin}-{end} is not a number")
        return int(digits)

    def day(self, begin: int, end: int, form: str = "%Y%m%d") -> date | None:
        """Return a date, None where it cannot be one."""
        try:
            return datetime.strptime(self.at(begin, end), form).date()  # noqa: DTZ007 (a date has no zone)
        except ValueError:
            return None


def first_record(head: bytes) -> bytes:
    """Return the head of a file from its first record on, without a byte order mark and empty lines."""
    return head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")


def fixed_lines(content: bytes) -> list[FixedLine]:
    """Part a file into records, whatever ends its lines; empty ones and a DOS end of file (Ctrl-Z) are left out."""
    numbered = enumerate(re.split(r"\r\n|\n|\r", decoded(content)), start=1)
    return [FixedLine(number, line) for number, line in numbered if line.strip(_BLANK)]


def agree(place: str, declared: object, found: object) -> None:
    """Raise `FileFaultError` (WRONG_TOTALS), with both figures, unless they are equal."""
    if declared != found:
        raise wrong_totals(place, declared, found)


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
