"""Text that a spreadsheet shows instead of running: what payers, customers and banks write is not ours to trust."""

from __future__ import annotations

import polars as pl

_FORMULA = r"^[=+@\t\r-]"
_NUMBER = r"^[+-]?[0-9][0-9 .,:/-]*$"


def as_text(text: pl.Expr) -> pl.Expr:
    """Put an apostrophe before text that a spreadsheet would take for a formula; a number stays as it is."""
    is_formula = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return pl.when(~is_formula).then(text).otherwise("'" + text)


def without_formulas(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows whose text columns a spreadsheet shows as they are."""
    return rows.with_columns(as_text(pl.col(name)) for name, dtype in rows.schema.items() if dtype == pl.String)
