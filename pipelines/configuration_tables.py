"""The tables of the configuration: CSV that a spreadsheet opens, read cell by cell so that a fault has its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pandera.errors
import polars as pl

from pipelines.configuration_fault import Fault
from schemas.columns import Column
from schemas.table import Table

_SHAPES = {
    "Int64": (r"^-?[0-9]{1,18}$", "a whole number"),
    "Date": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date as 2026-12-31"),
}


def read_table(path: Path, table: Table) -> tuple[pl.DataFrame, list[Fault]]:
    """Read one file of `config/`.

    Returns the rows without a fault, with the table's columns and `line` (the line in the file), and every fault.
    Blank lines, and the empty rows that spreadsheets leave at the end, are no rows.
    """
    empty = table.empty().with_columns(pl.lit(None, pl.Int64).alias("line"))
    try:
        records = list(_records(path.read_bytes().decode("utf-8-sig")))
    except FileNotFoundError:
        return empty, [Fault(path.name, None, "", "the file is missing", "copy it from the starter configuration")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return empty, [Fault(path.name, line, "", f"not UTF-8: {error.reason}", "save it as CSV, UTF-8, with commas")]
    except _NotCsvError as error:
        return empty, [Fault(path.name, error.line, "", f"not readable as CSV: {error}", "mend the quotes there")]
    faults = _header_faults(path.name, table, records)
    return (empty, faults) if faults else _rows(path.name, table, records)


class _NotCsvError(Exception):
    """The text breaks the rules of CSV, at `line`."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


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
            raise _NotCsvError(line, str(error)) from None
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]


def _header_faults(file: str, table: Table, records: list[tuple[int, list[str]]]) -> list[Fault]:
    line, header = records[0] if records else (1, [])
    if sorted(header) == sorted(table.names):
        return []
    missing, unknown = sorted(set(table.names) - set(header)), sorted(set(header) - set(table.names))
    twice = sorted({name for name in header if header.count(name) > 1})
    problem = f"columns missing: {missing}; columns unknown: {unknown}; columns twice: {twice}"
    return [Fault(file, line, ",".join(header), problem, f"the header must be {','.join(table.names)}")]


def _rows(file: str, table: Table, records: list[tuple[int, list[str]]]) -> tuple[pl.DataFrame, list[Fault]]:
    header, width = records[0][1], len(records[0][1])
    sound = [(line, cells) for line, cells in records[1:] if len(cells) == width]
    faults = [
        Fault(
            file,
            line,
            ",".join(cells),
            f"{len(cells)} cells under a header of {width}",
            "give every column a cell, write decimals with a point, and quote a cell that holds a comma",
        )
        for line, cells in records[1:]
        if len(cells) != width
    ]
    lines = pl.Series("line", [line for line, _ in sound], dtype=pl.Int64)
    texts = {name: pl.Series(name, [c[i] for _, c in sound], dtype=pl.String) for i, name in enumerate(header)}
    typed = pl.DataFrame(
        [_typed(texts[c.name], lines, file, c, c.name in table.nullable, faults) for c in table.columns]
    )
    faults += _broken_checks(file, table, typed, lines) + _double_keys(file, table, typed.with_columns(lines))
    faults.sort(key=lambda fault: fault.line or 0)
    faulty = [fault.line for fault in faults]
    return typed.with_columns(lines).filter(~pl.col("line").is_in(faulty)), faults


def _typed(
    text: pl.Series, lines: pl.Series, file: str, column: Column, nullable: bool, faults: list[Fault]
) -> pl.Series:
    """Turn a column of text into its type; what does not fit becomes a fault with its line, and null."""
    shape, expected = _shape(column)
    value = text.replace("", None) if nullable else text
    wrong = value.is_not_null() & ~value.str.contains(shape) if shape else value.is_not_null() & (value == "")
    typed = value.set(wrong, None)
    if column.dtype == pl.Date:
        typed = typed.str.to_date(strict=False)
        wrong = wrong | (typed.is_null() & value.is_not_null())
    faults += [
        Fault(file, lines[row], text[row], f"{column.name} must be {expected}", column.description)
        for row in wrong.arg_true()
    ]
    return typed.set(wrong, None).cast(column.dtype)


def _shape(column: Column) -> tuple[str, str]:
    """Return pattern and wording of what a cell of the column must look like; no pattern means any text."""
    if isinstance(column.dtype, pl.Decimal):
        decimals, whole = column.dtype.scale, column.dtype.precision - column.dtype.scale
        wording = f"a number with a point, at most {whole} digits before and {decimals} after it"
        return rf"^-?[0-9]{{1,{whole}}}(\.[0-9]{{1,{decimals}}})?$", wording
    return _SHAPES.get(str(column.dtype), ("", "filled in"))


def _broken_checks(file: str, table: Table, typed: pl.DataFrame, lines: pl.Series) -> list[Fault]:
    """Check the values; a cell that is null against the rules has its fault already."""
    try:
        table.model.validate(typed, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        descriptions = {column.name: column.description for column in table.columns}
        return [
            Fault(
                file,
                None if row["index"] is None else lines[row["index"]],
                str(row["failure_case"]),
                f"{row['column']} must satisfy {row['check']}",
                descriptions.get(row["column"], "see docs/data-dictionary.md"),
            )
            for row in pl.DataFrame(errors.failure_cases).to_dicts()
            if row["check"] != "not_nullable"
        ]
    return []


def _double_keys(file: str, table: Table, numbered: pl.DataFrame) -> list[Fault]:
    whole = numbered.drop_nulls(list(table.key))
    double = whole.filter(pl.struct(table.key).is_duplicated() & ~pl.struct(table.key).is_first_distinct())
    return [
        Fault(
            file,
            row["line"],
            ", ".join(str(row[k]) for k in table.key),
            f"the same {' + '.join(table.key)} stands on an earlier line",
            "keep one of the two lines",
        )
        for row in double.to_dicts()
    ]
