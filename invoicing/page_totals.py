"""What a message of the bank says of itself, held against all its pages, whichever files they came in.

One file's figures are checked when it is read. Those that cover several pages are checked here, when the last page has
come; pages that are missing are told by `statement_gaps.page_gaps`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from schemas.money import sum_amounts

_WHOLE = (pl.len() > 1) & (pl.len() == pl.col("page_no").max()) & pl.col("is_last_page").any()


def notification_totals(notifications: pl.DataFrame) -> pl.DataFrame:
    """Return the notifications whose pages do not hold what they say.

    `notifications`: BANK_NOTIFICATION rows. Number and sum of all entries are compared, as any page states them; there
    are banks of which each page states its own.
    Columns: `payee_account`, `notification_no`, `reported_on`, `gap_text`.
    """
    told, held = ("stated_count", "stated_amount"), ("held_count", "held_amount")
    whole = (
        notifications.group_by("payee_account", "notification_no")
        .agg(
            pl.col("reported_on").max(),
            pl.len().alias("_pages"),
            _WHOLE.alias("_is_whole"),
            *(pl.col(name).max() for name in told),
            *(_each_states_its_own(*names).alias(f"_own_{names[0]}") for names in zip(told, held, strict=True)),
            pl.col("held_count").sum(),
            sum_amounts(pl.col("held_amount")),
        )
        .filter("_is_whole")
    )
    texts = [
        pl.when((pl.col(says) != pl.col(has)) & ~pl.col(f"_own_{says}")).then(
            pl.format(f"its {{}} pages hold {what}, it says {{}}", "_pages", has, says)
        )
        for says, has, what in zip(told, held, ("{} entries", "{} in all"), strict=True)
    ]
    return _told(whole, texts, "notification_no", "reported_on")


def _each_states_its_own(says: str, has: str) -> pl.Expr:
    return (pl.col(says) == pl.col(has)).fill_null(value=False).all()


def statement_totals(statements: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the statements of several pages whose entries do not lead from the first balance to the last.

    `statements`: BANK_STATEMENT rows, `entries` the BANK_ENTRY rows of these. Columns: `payee_account`, `statement_no`,
    `covered_to`, `gap_text`.
    """
    moved = entries.group_by("statement_id").agg(sum_amounts(pl.col("amount")).alias("_moved"))
    whole = (
        statements.join(moved, on="statement_id", how="left")
        .sort("page_no")
        .group_by("payee_account", "statement_no")
        .agg(
            pl.col("covered_to").max(),
            pl.len().alias("_pages"),
            _WHOLE.alias("_is_whole"),
            pl.col("opening_amount").first(),
            pl.col("closing_amount").last(),
            sum_amounts(pl.col("_moved")),
        )
        .filter("_is_whole")
    )
    text = pl.when(pl.col("opening_amount") + pl.col("_moved") != pl.col("closing_amount")).then(
        pl.format(
            "it opens with {}, its {} pages hold {}, and it closes with {}",
            "opening_amount", "_pages", "_moved", "closing_amount",
        )
    )  # fmt: skip
    return _told(whole, [text], "statement_no", "covered_to")


def _told(whole: pl.DataFrame, texts: Sequence[pl.Expr], number: str, day: str) -> pl.DataFrame:
    text = pl.concat_str(texts, separator="; ", ignore_nulls=True).alias("gap_text")
    return whole.with_columns(text).filter(pl.col("gap_text") != "").select("payee_account", number, day, "gap_text")
