"""Allowances taken: which record draws how much from which grant.

The rule is greedy: records in the order they are priced, each drawing on its grants in the order of use. Here all
records draw on the first grant, then on the second what they still need, and so on. Both give the same, because what a
record takes from a grant follows from two figures only: what the record still needs after the grants before this one,
and what the grant has left after the records before this one. Lay records and grants out as the rows and columns of a
table (the order of use does not depend on the record, so one order of columns fits all). A field follows from the
fields to its left and above it: whoever fills those in first, row by row or column by column, finds the same figure.

Grants that no record has in common may share a column, which keeps the columns few: own grants of different
subscriptions do, and shared grants that differ in nothing but their subscription are one pool, dealt out afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rating.group_numbers import group_numbers
from schemas.coded_text import plain
from schemas.money import CHARGE, MICRO, from_micro, to_micro

_KIND_OF_UNIT = {"s": "call", "call": "call", "byte": "data", "message": "message", "event": "event"}
_CONDITIONS = {"zones": "zone_code", "time_bands": "time_band", "services": "service"}
_ALIKE = ["usage_kind", *_CONDITIONS.values()]
_CALL = ["_order", "account_id", "subscription_id", "started_on", *_ALIKE]
_RANK = ["account_id", "period_to", "_conditions", "priority", "_new", "allowance_code", "period_from"]
_USE = ["usage_id", "grant_id", "used_quantity", "period_from"]
_TAKEN = pl.DataFrame(
    schema={"_at": pl.UInt32, "_pool": pl.UInt32, "_begins": pl.Int128, "_takes": pl.Int128, "covers_fee": pl.Boolean}
)


_NO_USES = pl.DataFrame(
    schema={
        "_at": pl.UInt32, "grant_id": pl.String, "period_from": pl.Date, "_used": pl.Int64, "usage_id": pl.String
    }
)  # fmt: skip


@dataclass(frozen=True)
class Draws:
    """What records drew.

    `calls`: one row per record given, in that order: `_row`, and `included_units` (Int64) with `waives_fee` (some units
    came from an allowance that covers the fee), or `included_micro` (Int64). `uses`: ALLOWANCE_USE columns without
    `rated_batch`: `usage_id`, `grant_id`, `used_quantity` (in the allowance's unit), `period_from` (of the grant).
    """

    calls: pl.DataFrame
    uses: pl.DataFrame


def draw_units(calls: pl.DataFrame, grants: pl.DataFrame) -> Draws:
    """Take billed units from allowances of seconds, bytes, messages, events and whole calls.

    `calls`: `_row` (unique), `_order` (Int64: the order they are priced in), `usage_id`, `account_id`,
    `subscription_id`, `usage_kind`, `service`, `zone_code`, `time_band`, `started_on` and `need_units` (Int64, not
    negative). `grants`: ALLOWANCE_GRANT and ALLOWANCE columns and `left_quantity`. Units are whole: a part of one is
    never drawn. A `call` grant takes all that a call still needs and counts one, also where a better grant took a part.
    """
    left = (to_micro(pl.col("left_quantity")) // MICRO).alias("_left")
    units = grants.filter(pl.col("allowance_unit") != "money").with_columns(left)
    left_over, taken, uses = _draw(calls, calls["need_units"], units)
    waiving = taken.filter("covers_fee")["_at"].unique()
    drawn = calls.select(
        "_row",
        (pl.col("need_units") - left_over).alias("included_units"),
        pl.int_range(pl.len(), dtype=pl.UInt32).is_in(waiving.implode()).alias("waives_fee"),
    )
    return Draws(drawn, uses.with_columns(pl.col("_used").cast(CHARGE).alias("used_quantity")).select(_USE))


def draw_money(calls: pl.DataFrame, grants: pl.DataFrame) -> Draws:
    """Take what is left to pay from allowances of money.

    As `draw_units`, with `need_micro` (Int64; of a negative amount nothing is taken) for records of every kind.
    """
    left = to_micro(pl.col("left_quantity")).alias("_left")
    money = grants.filter(pl.col("allowance_unit") == "money").with_columns(left)
    left_over, _, uses = _draw(calls, calls["need_micro"], money)
    drawn = calls.select("_row", (pl.col("need_micro") - left_over).alias("included_micro"))
    return Draws(drawn, uses.with_columns(from_micro(pl.col("_used")).alias("used_quantity")).select(_USE))


def _draw(calls: pl.DataFrame, need: pl.Series, grants: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame, pl.DataFrame]:
    """Return what each record still needs, what it took of which pool, and what of which grant."""
    if grants.is_empty():
        return need, _TAKEN, _NO_USES
    ranked = _ranked(grants.filter(pl.col("_left") > 0))
    pools = ranked.group_by("_pool", maintain_order=True).agg(pl.exclude("_left").first(), pl.col("_left").sum())
    numbered = calls.select(_CALL).with_row_index("_at")
    pairs = _pairs(numbered.filter(need > 0) if pools.height else numbered.clear(), pools)
    left_over = need.clone()
    taken = [_TAKEN]
    for _, rank in sorted(pairs.partition_by("_rank", maintain_order=True, as_dict=True).items()):
        here = _taken(rank.with_columns(left_over.gather(rank["_at"]).alias("_need")).filter(pl.col("_need") > 0))
        left_over = left_over.scatter(here["_at"], here["_need"] - here["_covered"])
        taken.append(here.select(_TAKEN.columns))
    every = pl.concat(taken)
    uses = _dealt(every, ranked)
    return left_over, every, uses.with_columns(calls["usage_id"].gather(uses["_at"]).alias("usage_id"))


def _ranked(grants: pl.DataFrame) -> pl.DataFrame:
    """Number the grants of each account in their order of use (`_rank`), and those drawn as one (`_pool`).

    Earliest end, most conditions, lowest priority, rolled over before new, code; among grants of one allowance that end
    together, earliest beginning, then lowest subscription.
    """
    given = [(pl.col(listed).fill_null("").str.strip_chars() != "").cast(pl.Int64) for listed in _CONDITIONS]
    own = pl.col("allowance_scope") == "own"
    return (
        grants.with_columns(
            (-pl.sum_horizontal(given)).alias("_conditions"),
            pl.col("rolled_from").is_null().alias("_new"),
            pl.when(own).then(pl.col("subscription_id")).alias("_owner"),
        )
        .sort(*_RANK, "subscription_id", "grant_id")
        .with_columns(pl.struct(_RANK).rle_id().alias("_rank"), pl.struct(*_RANK, "_owner").rle_id().alias("_pool"))
        .with_columns(pl.col("_rank") - pl.col("_rank").min().over("account_id"))
    )


def _pairs(calls: pl.DataFrame, pools: pl.DataFrame) -> pl.DataFrame:
    """Pair each record with the pools it may draw on; the records of one pool are in the order they are priced."""
    terms = pools.select("allowance_code", "allowance_unit", *_CONDITIONS).unique().with_row_index("_terms")
    needed = ["_terms", "_pool", "_rank", "_left", "_owner", "account_id", "allowance_unit", "covers_fee"]
    drawn = pools.join(terms.select("allowance_code", "_terms"), on="allowance_code").select(
        *needed, pl.col("period_from").alias("_from"), pl.col("period_to").alias("_to")
    )
    own, shared = drawn.filter(pl.col("_owner").is_not_null()), drawn.filter(pl.col("_owner").is_null())
    may = calls.filter(
        pl.col("subscription_id").is_in(own["_owner"].unique().implode())
        | pl.col("account_id").is_in(shared["account_id"].unique().implode())
    )
    may = may.with_columns(group_numbers(may, *_ALIKE).alias("_kind"))
    kinds = plain(may.select("_kind", *_ALIKE).unique("_kind"))
    in_order = may if may["_order"].is_sorted() else may.sort("_order", "_at")
    asking = in_order.select("_at", "_kind", "account_id", "subscription_id", "started_on")
    wanted = ["_at", "_kind", "_terms", "_pool", "_rank", "_left", "allowance_unit", "covers_fee"]
    within = (pl.col("started_on") >= pl.col("_from")) & (pl.col("started_on") < pl.col("_to"))
    pairs = pl.concat(
        [
            asking.join(own.drop("account_id"), left_on="subscription_id", right_on="_owner", maintain_order="left")
            .filter(within)
            .select(wanted),
            asking.join(shared, on="account_id", maintain_order="left").filter(within).select(wanted),
        ]
    )
    pairs = pairs.with_columns(group_numbers(pairs, "_kind", "_terms").alias("_both"))
    fitting = _fitting(pairs.select("_kind", "_terms", "_both").unique("_both"), kinds, terms)
    return pairs.filter(pl.col("_both").is_in(fitting.implode()))


def _fitting(pairs: pl.DataFrame, kinds: pl.DataFrame, terms: pl.DataFrame) -> pl.Series:
    """Give the `_both` of kinds and terms that go together: judged once for all records that are alike."""
    kind = pl.col("allowance_unit").replace_strict(_KIND_OF_UNIT, default=None, return_dtype=pl.String)
    met = [
        (pl.col(listed).fill_null("").str.strip_chars() == "")
        | pl.col(listed).str.split(" ").list.contains(pl.col(value), nulls_equal=False).fill_null(value=False)
        for listed, value in _CONDITIONS.items()
    ]
    return (
        pairs.join(kinds, on="_kind")
        .join(terms, on="_terms")
        .filter(kind.is_null() | (kind == pl.col("usage_kind")), *met)["_both"]
    )


def _taken(asking: pl.DataFrame) -> pl.DataFrame:
    """Let the records of each pool draw in order: each takes from where the sum of those before it ends."""
    by_call = pl.col("allowance_unit") == "call"
    asks = pl.when(by_call).then(1).otherwise(pl.col("_need")).cast(pl.Int128)
    covered = pl.when(by_call).then(pl.col("_need")).otherwise(pl.col("_takes")).cast(pl.Int64)
    return (
        asking.with_columns(asks.alias("_asks"))
        .with_columns((pl.col("_asks").cum_sum().over("_pool") - pl.col("_asks")).alias("_begins"))
        .with_columns(pl.min_horizontal(pl.col("_left") - pl.col("_begins"), "_asks").alias("_takes"))
        .filter(pl.col("_takes") > 0)
        .with_columns(covered.alias("_covered"))
    )


def _dealt(taken: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Deal what was taken of each pool out to its grants: `_at`, `grant_id`, `period_from`, `_used`."""
    alone = ranked.filter(pl.col("_pool").is_unique())
    of_one = taken.join(alone.select("_pool", "grant_id", "period_from"), on="_pool", maintain_order="left").select(
        "_at", "grant_id", "period_from", pl.col("_takes").cast(pl.Int64).alias("_used")
    )
    if of_one.height == taken.height:
        return of_one
    others = [each.join(alone, on="_pool", how="anti", maintain_order="left") for each in (taken, ranked)]
    return pl.concat([of_one, _dealt_in_turn(*others)])


def _dealt_in_turn(taken: pl.DataFrame, ranked: pl.DataFrame) -> pl.DataFrame:
    """Deal what was taken of pools of several grants out to them, the first one first.

    Draws and grants of a pool are two ways of cutting one line from 0; cut at both, a piece is one draw on one grant.
    """
    begins = (pl.col("_left").cast(pl.Int128).cum_sum().over("_pool") - pl.col("_left")).alias("_begins")
    ends = taken.group_by("_pool").agg((pl.col("_begins") + pl.col("_takes")).max().alias("_end"))
    draws = taken.select("_pool", "_begins", "_at")
    marks = pl.concat([draws, ranked.select("_pool", begins, "grant_id", "period_from")], how="diagonal")
    cut = (
        marks.join(ends, on="_pool")
        .sort("_pool", "_begins")
        # The first two marks of a pool stand at 0, so what is filled in from the pool before has no length.
        .with_columns(pl.col("_at", "grant_id", "period_from").forward_fill())
    )
    same = pl.col("_pool") == pl.col("_pool").shift(-1)
    until = pl.when(same).then(pl.col("_begins").shift(-1)).otherwise(pl.col("_end"))
    length = (pl.min_horizontal(until, "_end") - pl.col("_begins")).cast(pl.Int64).alias("_used")
    return cut.with_columns(length).filter(pl.col("_used") > 0).select("_at", "grant_id", "period_from", "_used")
