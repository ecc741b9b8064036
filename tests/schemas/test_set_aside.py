"""Rows in = accepted + rejected, each rejected row with the first fault that holds."""

import polars as pl

from schemas.set_aside import set_aside

ROWS = pl.DataFrame({"n": [1, 2, 3, 4, None]})
EVEN = (pl.col("n") % 2 == 0, "EVEN", pl.format("{} is even", "n"))
LARGE = (pl.col("n") > 3, "LARGE", "it is large")


def test_a_row_is_rejected_for_the_first_fault_that_holds():
    accepted, rejected = set_aside(ROWS, EVEN, LARGE)
    assert accepted["n"].to_list() == [1, 3, None]
    assert rejected.rows() == [(2, "EVEN", "2 is even"), (4, "EVEN", "4 is even")]


def test_without_a_fault_every_row_is_accepted_and_the_rejected_ones_have_their_columns():
    accepted, rejected = set_aside(ROWS, (pl.col("n") > 9, "LARGE", "it is large"))
    assert accepted.equals(ROWS)
    assert (rejected.height, rejected.columns) == (0, ["n", "reason_code", "reason_text"])


def test_without_a_rule_every_row_is_accepted():
    assert set_aside(ROWS).accepted.equals(ROWS)


def test_a_row_that_came_with_a_reason_keeps_it():
    before = ROWS.with_columns(reason_code=pl.when(pl.col("n") == 2).then(pl.lit("EARLIER")), reason_text=pl.lit(None))
    accepted, rejected = set_aside(before, EVEN)
    assert accepted.columns == ["n"]
    assert rejected.rows() == [(2, "EARLIER", None), (4, "EVEN", "4 is even")]
