"""Blocks: which of those wanted are new, which stand, and which are lifted; the same for every cause.

A number may be blocked for several causes at a time, each with its own rows. A block is known by its number, account
and what is barred: where one of them changes, the block is lifted and another one set, so that the history says what
held when. What a block is about (exposure, limit, prompt, subscription, reason) is kept up to date while it stands.
What is barred never includes emergency numbers: `all` means all others, at every switch.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import polars as pl

from schemas.tables import BLOCK

_KNOWN_BY = ["a_number", "account_id", "barred"]
_TOLD = ["subscription_id", "block_reason", "prompt", "exposure", "credit_limit", "request_id", "note_text"]


class BlockDecisions(NamedTuple):
    """BLOCK rows: `new` ones to append; `changed` and `lifted` ones to put in the place of those that stand."""

    new: pl.DataFrame
    changed: pl.DataFrame
    lifted: pl.DataFrame


def decide_blocks(wanted: pl.DataFrame, known: pl.DataFrame, *, cause: str, on: date, at: datetime) -> BlockDecisions:
    """Compare the blocks that one cause wants with those that it made before.

    `wanted`: one row for each number and what is barred of it, with `a_number`, `block_reason`, `barred`, `prompt` and,
    where there are any, `subscription_id`, `account_id`, `exposure`, `credit_limit`, `request_id` and `note_text`.
    `known`: every BLOCK row of the cause, lifted ones too, of the numbers and accounts that are decided on; what
    stands there and is not wanted is lifted. `on` and `at` (UTC): business date and moment of the decision.
    A block is named `cause:number:ordinal`, counted over all blocks of the cause that the number ever had.
    """
    asked = _completed(wanted)
    standing = known.filter(pl.col("unblocked_on").is_null())
    moment = pl.lit(at, BLOCK.schema["blocked_at"])
    lifted = standing.join(asked, on=_KNOWN_BY, how="anti", nulls_equal=True).with_columns(
        pl.lit(on).alias("unblocked_on"), moment.alias("unblocked_at")
    )
    current = standing.drop(_TOLD).join(asked, on=_KNOWN_BY, nulls_equal=True).select(BLOCK.names)
    changed = current.join(standing, on=["block_id", *_TOLD], how="anti", nulls_equal=True)
    new = _named(asked.join(standing, on=_KNOWN_BY, how="anti", nulls_equal=True), known, cause).with_columns(
        pl.lit(cause).alias("block_cause"), pl.lit(on).alias("blocked_on"), moment.alias("blocked_at")
    )
    return BlockDecisions(*(BLOCK.complete(rows).sort("block_id") for rows in (new, changed, lifted)))


def _completed(wanted: pl.DataFrame) -> pl.DataFrame:
    """Give wanted blocks every column that says something of them."""
    columns = [*_KNOWN_BY, *_TOLD]
    absent = [pl.lit(None, BLOCK.schema[name]).alias(name) for name in columns if name not in wanted.columns]
    return wanted.with_columns(absent).select(columns).cast({name: BLOCK.schema[name] for name in columns})


def _named(new: pl.DataFrame, known: pl.DataFrame, cause: str) -> pl.DataFrame:
    """Name new blocks after their number and how many it had before them."""
    earlier = known.group_by("a_number").agg(pl.len().cast(pl.Int64).alias("_earlier"))
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("a_number")
    ordinal = pl.col("_earlier").fill_null(0) + place
    return (
        new.sort(_KNOWN_BY)
        .join(earlier, on="a_number", how="left", maintain_order="left")
        .with_columns(pl.format("{}:{}:{}", pl.lit(cause), "a_number", ordinal).alias("block_id"))
        .drop("_earlier")
    )
