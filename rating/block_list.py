"""The block list: what the switch must refuse of which number, from every block in force, and what changed of it.

Emergency numbers never stand on it, and whatever is barred, calls to them are not: `all` is all but emergency.
"""

from __future__ import annotations

import polars as pl

from schemas.codes import LINE_PREFIX

# The reason told is that of the block that bars most; among equals, of the one that is hardest to lift.
_STRENGTH = ("regulatory", "fraud", "behaviour", "financial", "customer")
ENTRY = ("a_number", "block_reason", "barred_services", "prompt", "blocked_on")


def block_list(blocks: pl.DataFrame, special_numbers: pl.DataFrame) -> pl.DataFrame:
    """Make one row per number of all blocks in force, in order of the numbers, as BLOCK_LIST_ENTRY columns.

    `blocks` are BLOCK rows, of which those with `unblocked_on` are over; their causes are all alike here.
    `special_numbers` are SPECIAL_NUMBER rows: those of kind `emergency` are left out. What is barred is what the blocks
    bar together: `all`, or services joined by `+`. Reason, prompt and day are those of the strongest block: `all`
    before services, then regulatory, fraud, behaviour, financial, customer, then the earliest. Lines of subscriptions
    without numbers are left out: the network is ordered to bar them, and the switch knows numbers only.
    """
    services = pl.col("barred").unique().sort().str.join("+")
    together = pl.when((pl.col("barred") == "all").any()).then(pl.lit("all")).otherwise(services)
    return (
        blocks.filter(pl.col("unblocked_on").is_null(), ~pl.col("a_number").str.starts_with(LINE_PREFIX))
        .join(emergency_numbers(special_numbers), on="a_number", how="anti")
        .sort(
            "a_number",
            pl.col("barred") != "all",
            _rank(pl.col("block_reason")),
            "blocked_on",
            "block_id",
        )
        .group_by("a_number", maintain_order=True)
        .agg(pl.col("block_reason", "prompt", "blocked_on").first(), together.alias("barred_services"))
        .select(ENTRY)
    )


def emergency_numbers(special_numbers: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers that are never blocked, of SPECIAL_NUMBER rows: `a_number`."""
    return special_numbers.filter(pl.col("number_kind") == "emergency").select(pl.col("b_number").alias("a_number"))


def _rank(reason: pl.Expr) -> pl.Expr:
    return reason.replace_strict({name: rank for rank, name in enumerate(_STRENGTH)}, return_dtype=pl.Int64)


def block_list_changes(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Tell what became of each number between two block lists: `ENTRY` columns and `list_change`.

    `added` and `changed` have the row as it is now, `removed` the row that is gone. A number whose row is the same is
    left out. In order of the numbers.
    """
    same = after.join(before, on=list(ENTRY), how="semi")
    new = after.join(same, on="a_number", how="anti")
    known = pl.col("a_number").is_in(before["a_number"].implode())
    told = new.with_columns(pl.when(known).then(pl.lit("changed")).otherwise(pl.lit("added")).alias("list_change"))
    gone = before.join(after, on="a_number", how="anti").with_columns(pl.lit("removed").alias("list_change"))
    return pl.concat([told, gone]).sort("a_number")


def printed(rows: pl.DataFrame, code_prefix: str) -> pl.DataFrame:
    """Bring rows to the columns of the files: `number`, `code`, `reason`, `barred`, `prompt`, `since`.

    A code that stands for a secret number is told in `code`, and `number` is empty then. `change` goes first where
    the rows have one.
    """
    is_code = pl.col("a_number").str.starts_with(code_prefix)
    change = [pl.col("list_change").alias("change")] if "list_change" in rows.columns else []
    return rows.select(
        *change,
        pl.when(~is_code).then("a_number").alias("number"),
        pl.when(is_code).then("a_number").alias("code"),
        pl.col("block_reason").alias("reason"),
        pl.col("barred_services").alias("barred"),
        "prompt",
        pl.col("blocked_on").alias("since"),
    )
