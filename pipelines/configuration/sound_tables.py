"""A large table without a fault of form: known by one look at each line, then read and typed by polars at once.

A price list of 100,000 rows hardly ever has a cell that is not of its type, and to see that none has takes a third of
what it takes to read all cells as text and type them. Any other file is left to `cells`.
"""

from __future__ import annotations

import polars as pl

from pipelines.configuration.cells import LARGE, LINE
from pipelines.configuration.values import ColumnRules, table_rules
from schemas.table import Table


def read_sound(text: str, table: Table) -> pl.DataFrame | None:
    """Read a large table whose lines are all rows of well-formed cells, without blanks around them.

    Blank lines may follow the last. Returns the columns of the table and `line`, as they would be read cell by cell;
    None where any line is not such a row. Whether the values satisfy the checks of their columns is not looked at.
    """
    if len(text) < LARGE:
        return None
    text = text.replace("\r\n", "\n") if "\r" in text else text
    header = text.partition("\n")[0].split(",")
    if "\r" in text or not _is_header(header, table):
        return None
    rules, content = table_rules(table), text.rstrip("\n").encode()
    in_order = [rules[name] for name in header]
    return _typed(content, in_order, table.absent(header)) if _are_rows(content, in_order) else None


def _is_header(names: list[str], table: Table) -> bool:
    known, required = set(table.names), set(table.names) - table.nullable
    return len(set(names)) == len(names) and required <= set(names) <= known


def _are_rows(content: bytes, rules: list[ColumnRules]) -> bool:
    """Tell whether every line below the first is a row; none is empty, for some column must be filled in."""
    row = "^" + ",".join(each.cell for each in rules) + "$"
    lines = pl.scan_lines(content, name=LINE).slice(1)
    return bool(lines.select(pl.col(LINE).str.contains(row).all()).collect(engine="streaming").item())


def _typed(content: bytes, rules: list[ColumnRules], absent: list[pl.Expr]) -> pl.DataFrame | None:
    """Read sound rows and add the absent columns; None where a date is none in any calendar."""
    as_text = [each for each in rules if each.column.dtype in (pl.String, pl.Boolean)]
    schema = {each.name: each.column.dtype for each in rules} | {each.name: pl.String() for each in as_text}
    try:
        rows = pl.read_csv(content, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    lines = pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias(LINE)
    return rows.with_columns(
        lines, *(each.values(pl.col(each.name)).alias(each.name) for each in as_text), *absent
    ).rechunk()
