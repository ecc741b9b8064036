"""Bank statements and notifications that are missing: seen from those that came, whatever order they came in."""

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


def notification_gaps(notifications: pl.DataFrame) -> pl.DataFrame:
    """Return what is missing before a notification: `payee_account`, `notification_no`, `reported_on`, `gap_text`.

    `notifications`: BANK_NOTIFICATION rows, all of each account. Those that have a number in the bank's series follow
    each other by it, which may begin anew in a new year; the first of an account follows nothing.
    """
    numbered = (
        notifications.drop_nulls("sequence_no")
        .group_by("payee_account", "notification_no")
        .agg(pl.col("reported_on").min(), pl.col("sequence_no").max())
        .sort("payee_account", "reported_on", "sequence_no")
    )
    before = {name: pl.col(name).shift(1).over("payee_account") for name in ("sequence_no", "reported_on")}
    missing = pl.col("sequence_no") - before["sequence_no"] - 1
    new_year = pl.col("reported_on").dt.year() > before["reported_on"].dt.year()
    text = pl.format("{} notifications are missing before number {}", missing, "sequence_no")
    told = (missing > 0) & ~(new_year & (pl.col("sequence_no") == 1)).fill_null(value=False)
    return (
        numbered.with_columns(pl.when(told).then(text).alias("gap_text"))
        .drop_nulls("gap_text")
        .select("payee_account", "notification_no", "reported_on", "gap_text")
    )


def page_gaps(files: pl.DataFrame) -> pl.DataFrame:
    """Return the messages of which pages are missing: `message`, `received_on` of the newest page, `gap_text`.

    `files`: `bank_file_id` (`...:page N`, of the last page `...:page N (last)`) and `received_on` of pages that came.
    """
    parts = (
        pl.col("bank_file_id").str.extract_groups(r"^(?<message>.*):page (?<page>[0-9]+)(?<last> \(last\))?$").struct
    )
    pages = (
        files.select(parts.unnest(), "received_on")
        .with_columns(pl.col("page").cast(pl.Int64))
        .group_by("message")
        .agg(
            pl.col("received_on").max(),
            pl.col("page").n_unique().alias("_count"),
            pl.col("page").max().alias("_highest"),
            pl.col("last").is_not_null().any().alias("_has_last"),
        )
    )
    among = pl.when(pl.col("_count") < pl.col("_highest")).then(
        pl.format("{} of the first {} pages are missing", pl.col("_highest") - pl.col("_count"), "_highest")
    )
    after = pl.when(~pl.col("_has_last")).then(pl.format("the pages after page {} are missing", "_highest"))
    return (
        pages.with_columns(pl.concat_str([among, after], separator="; ", ignore_nulls=True).alias("gap_text"))
        .filter(pl.col("gap_text") != "")
        .select("message", "received_on", "gap_text")
        .sort("message")
    )
