"""The tables of the configuration: CSV that a spreadsheet opens, typed and checked so that a fault has its line."""

from __future__ import annotations

from itertools import compress
from pathlib import Path

import polars as pl

from pipelines.configuration.cells import LINE, Cells, NotCsvError, column_name, read_cells
from pipelines.configuration.fault import Fault
from pipelines.configuration.sound_tables import read_sound
from pipelines.configuration.values import Doubt, table_rules
from schemas.table import Table
from schemas.vat_areas import HOME_AREA

# What an empty cell of a key stands for; elsewhere it stands for all.
WHEN_EMPTY = {"numbering_plan": "main", "origin_zone": "home", "vat_area": HOME_AREA}


def read_table(path: Path, table: Table, *, optional: bool = False) -> tuple[pl.DataFrame, list[Fault]]:
    """Read one file of `config/`; an optional one that is not there has no rows.

    Returns the rows without a fault, with the table's columns and `line` (the line in the file), and every fault.
    Blank lines, and the empty rows that spreadsheets leave at the end, are no rows. A nullable column may be left out.
    """
    try:
        return _rows(path.name, table, path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        missing = Fault(path.name, None, "", "the file is missing", "copy it from the starter configuration")
        return _empty(table), [] if optional else [missing]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        wrong = Fault(path.name, line, "", f"not UTF-8: {error.reason}", "save it as CSV, UTF-8, with commas")
        return _empty(table), [wrong]
    except NotCsvError as error:
        wrong = Fault(path.name, error.line, "", f"not readable as CSV: {error}", "mend the quotes there")
        return _empty(table), [wrong]


def key_text(name: str) -> pl.Expr:
    """Return a key's column with what an empty cell stands for, so that empty cells are equal."""
    return pl.col(name).fill_null(WHEN_EMPTY.get(name, ""))


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={**table.schema, LINE: pl.Int64()})


def _rows(file: str, table: Table, text: str) -> tuple[pl.DataFrame, list[Fault]]:
    sound = read_sound(text, table)
    if sound is not None:
        return _of_values(file, table, sound)
    cells = read_cells(text)
    faults = _header_faults(file, table, cells)
    return (_empty(table), faults) if faults else _of_cells(file, table, cells)


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


def _of_values(file: str, table: Table, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault]]:
    """Check a table that was read with its types."""
    doubts = [doubt for rules in table_rules(table).values() for doubt in rules.broken()]
    return _without_faulty(table, rows, _faults(file, table, rows, doubts))


def _of_cells(file: str, table: Table, cells: Cells) -> tuple[pl.DataFrame, list[Fault]]:
    """Type cells and check them; one that does not fit its column is a fault, and so is a row of another width."""
    places = {name: column_name(n) for n, name in enumerate(cells.header)}
    rules = [(each, places[name]) for name, each in table_rules(table).items() if name in places]
    values = [each.values(pl.col(place)).alias(each.name) for each, place in rules]
    rows = cells.rows.with_columns(*values, *table.absent(places))
    doubts = [doubt for each, place in rules for doubt in (each.misread(place), *each.broken())]
    return _without_faulty(table, rows, [*_ragged(file, cells), *_faults(file, table, rows, doubts)])


def _without_faulty(table: Table, rows: pl.DataFrame, faults: list[Fault]) -> tuple[pl.DataFrame, list[Fault]]:
    typed = rows[[*table.names, LINE]]
    sound = typed.filter(~pl.col(LINE).is_in([fault.line for fault in faults])) if faults else typed
    return sound, sorted(faults, key=lambda fault: fault.line or 0)


def _faults(file: str, table: Table, rows: pl.DataFrame, doubts: list[Doubt]) -> list[Fault]:
    """Tell each row of each doubt that is true, and each key that stands there twice.

    Nearly always nothing is: so one pass asks of all doubts whether they are true of any row.
    """
    occurs = [doubt.occurs for doubt in doubts] + [_may_be_doubled(table)]
    *found, is_doubled = rows.select(each.alias(str(n)) for n, each in enumerate(occurs)).row(0)
    wrong = [
        Fault(file, line, str(value), doubt.problem, doubt.remedy)
        for doubt in compress(doubts, found)
        for line, value in rows.filter(doubt.where).select(LINE, doubt.shown).iter_rows()
    ]
    return wrong + (_double_keys(file, table, rows) if is_doubled else [])


def _ragged(file: str, cells: Cells) -> list[Fault]:
    remedy = "give every column a cell, write decimals with a point, and quote a cell that holds a comma"
    width = len(cells.header)
    return [
        Fault(file, line, ",".join(row), f"{len(row)} cells under a header of {width}", remedy)
        for line, row in cells.ragged
    ]


def _key(table: Table) -> list[pl.Expr]:
    return [key_text(name) if name in table.nullable else pl.col(name) for name in table.key]


def _may_be_doubled(table: Table) -> pl.Expr:
    """Tell whether two keys may be the same: numbers compare faster than texts, but two keys may have one number."""
    return pl.struct(_key(table)).hash().n_unique() < pl.len()


def _double_keys(file: str, table: Table, rows: pl.DataFrame) -> list[Fault]:
    keys = rows.select(LINE, *_key(table)).drop_nulls([name for name in table.key if name not in table.nullable])
    later = keys.filter(~pl.struct(table.key).is_first_distinct())
    problem = f"the same {' + '.join(table.key)} stands on an earlier line"
    return [
        Fault(file, line, ", ".join(map(str, key)), problem, "keep one of the two lines") for line, *key in later.rows()
    ]
