"""Long tables as pages of preformatted text: a line of text costs a fraction of a table row's time to render.

A page holds so many lines; a table that goes on repeats its title and head, and the sum is carried from page to page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

LINES_A_PAGE = 61
_TITLE_LINES, _HEAD_LINES, _GAP_LINES = 2, 1, 1
_FEWEST_ROWS = 3  # of a table that begins on a page, or rather begins on the next
_GAP = "  "
_ELLIPSIS = "…"


@dataclass(frozen=True)
class TextColumn:
    """A column: its heading and width in letters; figures stand to the right."""

    heading: str
    width: int
    is_figure: bool = False


@dataclass(frozen=True)
class TextRow:
    """A row: its cells, and what it adds to the table's sum."""

    cells: tuple[str, ...]
    amount: Decimal = Decimal(0)


@dataclass(frozen=True)
class TextTable:
    """A table to set as text; the sum is shown in `sum_column`, `closing` are the cells beside it in the last row."""

    title: str
    columns: tuple[TextColumn, ...]
    rows: tuple[TextRow, ...]
    sum_column: int
    amount_text: Callable[[Decimal], str]
    closing: tuple[str, ...]


@dataclass
class TextBlock:
    """What of a table stands on one page: title, head and lines."""

    title: str
    is_continued: bool
    head: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


@dataclass(frozen=True)
class CarriedWords:
    """How carried sums are named: at the foot of a page and at the head of the next."""

    carried: str
    brought: str


def text_pages(tables: Sequence[TextTable], words: CarriedWords, taken_lines: int = 0) -> list[list[TextBlock]]:
    """Set tables as pages of blocks; `taken_lines` are taken by what stands above on the first page."""
    pages: list[list[TextBlock]] = [[]]
    free = LINES_A_PAGE - taken_lines
    for table in tables:
        if free < _TITLE_LINES + _HEAD_LINES + _FEWEST_ROWS + 1 and pages[-1]:
            pages.append([])
            free = LINES_A_PAGE
        for number, (block, lines) in enumerate(_blocks(table, words, free)):
            if number:
                pages.append([])
                free = LINES_A_PAGE
            pages[-1].append(block)
            free -= lines
    return pages


def _blocks(table: TextTable, words: CarriedWords, free: int) -> Iterator[tuple[TextBlock, int]]:
    """Cut a table into blocks: the first has `free` lines, the others a page each."""
    overhead = _TITLE_LINES + _HEAD_LINES
    head = _line(table.columns, tuple(column.heading for column in table.columns))
    carried, at, is_continued = Decimal(0), 0, False
    while True:
        block = TextBlock(table.title, is_continued, head)
        if is_continued:
            block.lines.append(_sum_line(table, words.brought, carried))
        space = max(1, free - overhead - len(block.lines) - 1)  # one line is kept for the sum
        taken = table.rows[at : at + space]
        block.lines += [_line(table.columns, row.cells) for row in taken]
        carried += sum((row.amount for row in taken), Decimal(0))
        at += len(taken)
        is_last = at >= len(table.rows)
        if is_last:
            cells = list(table.closing)
            cells[table.sum_column] = table.amount_text(carried)
            block.lines.append(_line(table.columns, tuple(cells)))
        else:
            block.lines.append(_sum_line(table, words.carried, carried))
        yield block, overhead + len(block.lines) + _GAP_LINES
        if is_last:
            return
        free, is_continued = LINES_A_PAGE, True


def _sum_line(table: TextTable, words: str, carried: Decimal) -> str:
    """Write a carried sum: the words run up to it, whatever columns they cross."""
    before = sum(column.width + len(_GAP) for column in table.columns[: table.sum_column])
    amount = table.amount_text(carried)
    return f"{words} ".ljust(before) + amount.rjust(table.columns[table.sum_column].width)


def _line(columns: Sequence[TextColumn], cells: tuple[str, ...]) -> str:
    return _GAP.join(map(_cell, columns, cells)).rstrip()


def _cell(column: TextColumn, text: str) -> str:
    if column.is_figure:
        return text.rjust(column.width)
    shown = text if len(text) <= column.width else text[: column.width - 1] + _ELLIPSIS
    return shown.ljust(column.width)
