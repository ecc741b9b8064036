"""Bank statements that are missing: seen from those that came, whatever order they came in."""

from __future__ import annotations

import polars as pl

_IN_ORDER = ["payee_account", "covered_to", "sequence_no", "statement_no", "page_no"]


def statement_gaps(statements: pl.DataFrame) -> pl.DataFrame:
    """Return what is missing before a statement: `payee_account`, `statement_no`, `covered_to`, `gap_text`.

    `statements`: BANK_STATEMENT rows, all of each account. A statement follows the one before it when its number is the
    next, or begins anew in a new year, and it opens with that one's closing balance; pages follow each other, and the
    last one is marked so. The first statement of an account follows nothing.
    """
    before = {
        name: pl.col(name).shift(1).over("payee_account")
        for name in ("sequence_no", "statement_no", "page_no", "is_last_page", "closing_amount", "covered_to")
    }
    ordered = statements.sort(_IN_ORDER, nulls_last=True).with_columns(
        *(value.alias(f"_{name}") for name, value in before.items())
    )
    same = pl.col("statement_no") == pl.col("_statement_no")
    missing = pl.col("sequence_no") - pl.col("_sequence_no") - 1
    new_year = pl.col("covered_to").dt.year() > pl.col("_covered_to").dt.year()
    texts = [
        pl.when(~same & (missing > 0) & ~(new_year & (pl.col("sequence_no") == 1))).then(
            pl.format("{} statements are missing before number {}", missing, "sequence_no")
        ),
        pl.when(pl.col("opening_amount") != pl.col("_closing_amount")).then(
            pl.format(
                "it opens with {}, the statement before it, {}, closed with {}",
                "opening_amount", "_statement_no", "_closing_amount",
            )
        ),
        pl.when(~same & ~pl.col("_is_last_page")).then(
            pl.format("the last page of the statement before it, {}, is missing", "_statement_no")
        ),
        pl.when(pl.col("page_no") > pl.when(same).then(pl.col("_page_no")).otherwise(0) + 1).then(
            pl.format("pages before page {} are missing", "page_no")
        ),
    ]  # fmt: skip
    return (
        ordered.with_columns(pl.concat_str(texts, separator="; ", ignore_nulls=True).alias("gap_text"))
        .filter(pl.col("gap_text") != "")
        .select("payee_account", "statement_no", "covered_to", "gap_text")
    )
