"""The cells of a CSV file, each row with its line: vectorised where a line is a row, else record by record.

Both ways give the same cells. The careful one is needed for cells with line breaks in them and for quotes that do not
surround a whole cell; a price list with 100,000 rows has neither.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

LINE = "line"
# Without a quote, or in quotes from end to end; a quote inside is doubled.
_CELL = r'(?:[^",]*|"(?:[^"]|"")*")'
_REGULAR = rf"^{_CELL}(?:,{_CELL})*$"
# The same without blanks around the cells and without doubled quotes: most rows, and there is nothing to strip.
FILLED = r'(?:[^",\s](?:[^",]*[^",\s])?|"[^"\s](?:[^"]*[^"\s])?")'
FILLED_OR_EMPTY = rf'(?:{FILLED}|""|)'
_CONTENT = r'[^\s,"]'
# Below so many characters, to prepare work on whole columns takes longer than to read record by record.
LARGE = 40_000


class NotCsvError(Exception):
    """The text breaks the rules of CSV, at `line`."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Cells:
    """What stands in a file: its header, the rows as wide as it, and the others.

    `rows` has `line` (Int64) and a text column per column of the header, named `column_1` and so on; cells are
    stripped of blanks. `ragged` gives line and cells of rows of another width. Rows without any content are left out.
    """

    header_line: int
    header: list[str]
    rows: pl.DataFrame
    ragged: list[tuple[int, list[str]]]


def column_name(position: int) -> str:
    """Name a column of `Cells.rows` by its position in the header, from 0."""
    return f"column_{position + 1}"


def read_cells(text: str) -> Cells:
    """Read CSV with commas. Raises `NotCsvError` where quotes are not closed or stand astray."""
    return (_lines_at_once(text) if len(text) >= LARGE else None) or _record_by_record(text)


def _lines_at_once(text: str) -> Cells | None:
    """Read the text if every line is a row of its own, else return None."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
        if "\r" in text:
            return None
    lines = pl.DataFrame({"text": pl.Series([text]).str.split("\n").explode()}).with_row_index(LINE, 1)
    empty = ~lines["text"].str.contains(_CONTENT)
    if lines.filter(empty)["text"].str.contains('"', literal=True).any():
        return None  # a cell of quotes, or a line within one
    lines = lines.filter(~empty)
    if lines.is_empty() or not lines["text"].head(1).str.contains(_REGULAR).all():
        return None
    header_line, header_text = lines.row(0)
    header, body = _split(header_text), lines.slice(1)
    tight = body["text"].str.contains(_row_of(FILLED_OR_EMPTY, len(header)))
    loose = body.filter(~tight)
    fits = loose["text"].str.contains(_row_of(_CELL, len(header)))
    others = loose.filter(~fits)
    if not others["text"].str.contains(_REGULAR).all():
        return None
    rows = body if tight.all() else pl.concat([body.filter(tight), loose.filter(fits)]).sort(LINE)
    ragged = [(line, _split(each)) for line, each in others.iter_rows()]
    return Cells(header_line, header, _separated(rows, len(header), to_strip=loose.height > 0), ragged)


def _row_of(cell: str, width: int) -> str:
    return rf"^(?:{cell},){{{width - 1}}}{cell}$"


def _split(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], strict=True))]


def _separated(lines: pl.DataFrame, width: int, *, to_strip: bool) -> pl.DataFrame:
    """Part regular lines of one width into cells."""
    number = pl.Series(LINE, lines[LINE], dtype=pl.Int64)
    names = [column_name(n) for n in range(width)]
    if lines.is_empty():
        return pl.DataFrame([number, *(pl.Series(name, [], dtype=pl.String) for name in names)])
    content = lines["text"].str.join("\n").item().encode()
    cells = pl.read_csv(content, has_header=False, infer_schema=False, empty_string_is_null=False, new_columns=names)
    return cells.select(pl.lit(number), pl.all().str.strip_chars() if to_strip else pl.all())


def _record_by_record(text: str) -> Cells:
    records = list(_records(text))
    header_line, header = records[0] if records else (1, [])
    sound = [record for record in records[1:] if len(record[1]) == len(header)]
    ragged = [record for record in records[1:] if len(record[1]) != len(header)]
    lines = pl.Series(LINE, [line for line, _ in sound], dtype=pl.Int64)
    texts = [pl.Series(column_name(n), [cells[n] for _, cells in sound], dtype=pl.String) for n in range(len(header))]
    return Cells(header_line, header, pl.DataFrame([lines, *texts]), ragged)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of every row that is not empty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotCsvError(line, str(error)) from None
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
