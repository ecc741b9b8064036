"""A configuration file that is changed in place: lines that nothing changes stay as they are, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.decks.deck_definition import DeckError
from pipelines.formats.delimited_text import read_lines, recode, split_fields
from schemas.table import Table

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Sheet:
    """A CSV file of `config/`: `line_no`, `record` (the line as it stands) and its cells as text, empty as null.

    `cells` has every column of the file's table, whether or not the file has it.
    """

    path: Path
    header: list[str]
    header_line: str
    cells: pl.DataFrame
    line_end: str
    bom: bytes


def read_sheet(path: Path, table: Table) -> Sheet:
    """Read a file that passes `nightbill check`; one that is absent is empty. Raises `DeckError` where it is not so."""
    content = path.read_bytes() if path.is_file() else (",".join(table.names) + "\n").encode()
    lines = read_lines(recode(content))
    header_line = lines["record"][0] if lines.height else ",".join(table.names)
    header = [name.strip().strip('"') for name in header_line.split(",")]
    split = split_fields(lines.slice(1), [f"cell_{place}" for place in range(len(header))], ",")
    broken = split.filter(pl.col("reason_code").is_not_null())
    if broken.height:
        place = f"{path.name}:{broken['line_no'][0]}"
        raise DeckError(
            f"{place}: the row cannot be changed in place. Write each row on one line of {len(header)} cells"
        )
    trimmed = [pl.col(f"cell_{place}").str.strip_chars().alias(name) for place, name in enumerate(header)]
    absent = [pl.lit(None, pl.String).alias(name) for name in table.names if name not in header]
    cells = split.select("line_no", "record", *(pl.when(each != "").then(each) for each in trimmed), *absent)
    line_end = "\r\n" if b"\r\n" in content else "\n"
    return Sheet(path, header, header_line, cells, line_end, _BOM if content.startswith(_BOM) else b"")


def written(sheet: Sheet, rows: pl.DataFrame) -> bytes:
    """Return the file's new content.

    `rows` has the columns of `sheet.cells` in the order they are to stand; `record` is null where a row is new or
    changed. Columns that the file did not have are added at its end when a row needs one.
    """
    added = [n for n in sheet.cells.columns[2:] if n not in sheet.header and rows[n].null_count() < rows.height]
    fresh = rows.with_columns(_record([*sheet.header, *added]).alias("fresh"))
    old = pl.col("record") + "," * len(added)
    lines = fresh.select(pl.coalesce(old, "fresh"))
    text = sheet.line_end.join([",".join([sheet.header_line, *added]), *lines.to_series().to_list()]) + sheet.line_end
    return sheet.bom + text.encode()


def _record(names: list[str]) -> pl.Expr:
    quoted = pl.lit('"') + pl.col(names).str.replace_all('"', '""', literal=True) + '"'
    needs = pl.col(names).str.contains(r'[",\r\n]')
    return pl.concat_str(pl.when(needs).then(quoted).otherwise(pl.col(names)).fill_null(""), separator=",")
