"""The tables of the configuration: CSV that a spreadsheet opens, typed and checked so that a fault has its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from pipelines.configuration_cells import LINE, Cells, NotCsvError, column_name, read_cells
from pipelines.configuration_fault import Fault
from pipelines.configuration_values import ColumnRules, column_rules
from schemas.table import Table

# What an empty cell of a key stands for; elsewhere it stands for all.
WHEN_EMPTY = {"numbering_plan": "main", "origin_zone": "home"}


def read_table(path: Path, table: Table, *, optional: bool = False) -> tuple[pl.DataFrame, list[Fault]]:
    """Read one file of `config/`; an optional one that is not there has no rows.

    Returns the rows without a fault, with the table's columns and `line` (the line in the file), and every fault.
    Blank lines, and the empty rows that spreadsheets leave at the end, are no rows. A nullable column may be left out.
    """
    empty = table.empty().with_columns(pl.lit(None, pl.Int64).alias(LINE))
    try:
        cells = read_cells(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        missing = Fault(path.name, None, "", "the file is missing", "copy it from the starter configuration")
        return empty, [] if optional else [missing]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return empty, [Fault(path.name, line, "", f"not UTF-8: {error.reason}", "save it as CSV, UTF-8, with commas")]
    except NotCsvError as error:
        return empty, [Fault(path.name, error.line, "", f"not readable as CSV: {error}", "mend the quotes there")]
    faults = _header_faults(path.name, table, cells)
    return (empty, faults) if faults else _rows(path.name, table, cells)


def key_text(name: str) -> pl.Expr:
    """Return a key's column with what an empty cell stands for, so that empty cells are equal."""
    return pl.col(name).fill_null(WHEN_EMPTY.get(name, ""))


def _header_faults(file: str, table: Table, cells: Cells) -> list[Fault]:
    header = cells.header
    missing, unknown = sorted(set(table.names) - table.nullable - set(header)), sorted(set(header) - set(table.names))
    twice = sorted({name for name in header if header.count(name) > 1})
    if not (missing or unknown or twice):
        return []
    problem = f"columns missing: {missing}; columns unknown: {unknown}; columns twice: {twice}"
    remedy = f"the header must be {','.join(name for name in table.names if name not in table.nullable)}"
    if table.nullable:
        remedy += f"; it may also hold {','.join(name for name in table.names if name in table.nullable)}"
    return [Fault(file, cells.header_line, ",".join(header), problem, remedy)]


def _rows(file: str, table: Table, cells: Cells) -> tuple[pl.DataFrame, list[Fault]]:
    place = {name: column_name(n) for n, name in enumerate(cells.header)}
    lines, height = cells.rows[LINE], cells.rows.height
    faults, values = _ragged(file, cells), []
    for column in table.columns:
        if column.name in place:
            rules = column_rules(column, nullable=column.name in table.nullable)
            text = cells.rows[place[column.name]]
            values.append(rules.values(text).alias(column.name))
            faults += [*_misread(file, rules, text, values[-1], lines), *_broken(file, rules, values[-1], lines)]
        else:
            values.append(pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, height))
    typed = pl.DataFrame([*values, lines])
    faults += _double_keys(file, table, typed)
    faults.sort(key=lambda fault: fault.line or 0)
    if faults:
        typed = typed.filter(~pl.col(LINE).is_in([fault.line for fault in faults]))
    return typed, faults


def _ragged(file: str, cells: Cells) -> list[Fault]:
    remedy = "give every column a cell, write decimals with a point, and quote a cell that holds a comma"
    width = len(cells.header)
    return [
        Fault(file, line, ",".join(row), f"{len(row)} cells under a header of {width}", remedy)
        for line, row in cells.ragged
    ]


def _misread(file: str, rules: ColumnRules, text: pl.Series, values: pl.Series, lines: pl.Series) -> Iterator[Fault]:
    """Find the cells that are not of their column's type, or empty where they must not be."""
    if values.null_count():
        wrong = values.is_null() & rules.must_be_value(text)
        for line, found in zip(lines.filter(wrong), text.filter(wrong), strict=True):
            yield Fault(file, line, found, f"{rules.name} must be {rules.expected}", rules.description)


def _broken(file: str, rules: ColumnRules, values: pl.Series, lines: pl.Series) -> Iterator[Fault]:
    """Find the values that break a check of their column."""
    for wording, wrong in rules.broken(values):
        for line, found in zip(lines.filter(wrong), values.filter(wrong), strict=True):
            yield Fault(file, line, str(found), f"{rules.name} must satisfy {wording}", rules.description)


def _double_keys(file: str, table: Table, typed: pl.DataFrame) -> list[Fault]:
    required = [name for name in table.key if name not in table.nullable]
    keys = typed.drop_nulls(required).select(
        LINE, *(key_text(name) if name in table.nullable else pl.col(name) for name in table.key)
    )
    suspects = keys.filter(keys.select(table.key).hash_rows().is_duplicated())  # numbers compare faster than texts
    later = suspects.filter(~pl.struct(table.key).is_first_distinct())
    problem = f"the same {' + '.join(table.key)} stands on an earlier line"
    return [
        Fault(file, line, ", ".join(map(str, key)), problem, "keep one of the two lines") for line, *key in later.rows()
    ]
