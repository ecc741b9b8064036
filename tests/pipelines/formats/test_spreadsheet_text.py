"""What payers and banks write is shown by a spreadsheet, and not run."""

import polars as pl

from pipelines.formats.spreadsheet_text import without_formulas


def test_text_that_begins_a_formula_is_marked_in_every_column_and_nothing_else_is():
    rows = pl.DataFrame({"payer": ["=1+1", None, "Åsa"], "words": ["+x", "-12,50", ""], "amount": [-1, 2, 3]})
    assert without_formulas(rows).to_dict(as_series=False) == {
        "payer": ["'=1+1", None, "Åsa"],
        "words": ["'+x", "-12,50", ""],
        "amount": [-1, 2, 3],
    }
