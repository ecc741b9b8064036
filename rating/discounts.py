"""Discounts: a new price, then percentages, then amounts, each in its stated order and up to its cap."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from rating.charge_amount import Fraction, percent_scale, percent_whole
from schemas.money import from_micro, to_micro

_SCOPES = {"customer": "customer", "group": "customer_group", "plan": "plan_code", "all": "everybody"}
_SPECIFIC = {"customer": 0, "group": 1, "plan": 2, "all": 3}


class Discounted(NamedTuple):
    """`amounts`: `_row`, `numerator` (Int128, over `denominator`). `taken`: DISCOUNT_USE columns without the batch."""

    amounts: pl.DataFrame
    denominator: int
    taken: pl.DataFrame


def matching_discounts(records: pl.DataFrame, discounts: pl.DataFrame) -> pl.DataFrame:
    """Pair records with the DISCOUNT rows that hold for them.

    `records`: `_row`, `_order`, `customer_id`, `customer_group`, `plan_code`, `article_no`, `zone_code`, `started_on`.
    Returns the pairs: `_row`, `_order`, `customer_id`, `month` and the columns of DISCOUNT.
    """
    asked = (records if discounts.height else records.clear()).select(
        "_row", "_order", "customer_id", "customer_group", "plan_code", "started_on",
        pl.col("article_no").cast(pl.String).alias("_article"), pl.col("zone_code").cast(pl.String).alias("_zone"),
        pl.col("customer_id").cast(pl.String).alias("customer"), pl.lit("*").alias("everybody"),
        pl.col("started_on").dt.month_start().alias("month"),
    )  # fmt: skip
    pairs = pl.concat(
        [
            asked.join(discounts.filter(pl.col("link_scope") == scope), left_on=key, right_on="link_to").select(
                "_row", "_order", "customer_id", "month", "started_on", "_article", "_zone", *_PAIRED
            )
            for scope, key in _SCOPES.items()
        ]
    )
    return pairs.filter(
        (pl.col("valid_from") <= pl.col("started_on"))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("started_on")))
        & (pl.col("article_no").is_null() | (pl.col("article_no") == pl.col("_article")))
        & (pl.col("zone_code").is_null() | (pl.col("zone_code") == pl.col("_zone")))
    ).drop("_article", "_zone", "started_on")


_CAPPED = ["discount_code", "customer_id", "month"]  # what a cap is counted for
_PAIRED = [
    "discount_code", "link_scope", "article_no", "zone_code", "discount_kind", "discount_value", "order_no",
    "monthly_cap", "valid_from", "valid_to",
]  # fmt: skip


def deepest_stack(discounts: pl.DataFrame) -> tuple[int, int]:
    """Return how many percentages may meet on one record at most, and the scale that makes each of them whole."""
    percents = discounts.filter(pl.col("discount_kind") == "percent")
    of_target = percents.group_by("link_scope", "link_to").len().group_by("link_scope").agg(pl.col("len").max())
    return int(of_target["len"].sum() or 0), percent_scale(percents["discount_value"])


def new_prices(pairs: pl.DataFrame) -> pl.DataFrame:
    """Choose each record's new price: the most specific one. Returns `_row`, `new_price_micro`."""
    named = pl.col("article_no").is_not_null().cast(pl.Int8) + pl.col("zone_code").is_not_null().cast(pl.Int8)
    return (
        pairs.filter(pl.col("discount_kind") == "new_price")
        .with_columns(
            pl.col("link_scope").replace_strict(_SPECIFIC, return_dtype=pl.Int8).alias("_scope"), named.alias("_n")
        )
        .sort(["_row", "_scope", "_n", "order_no", "discount_code"], descending=[False, False, True, False, False])
        .unique("_row", keep="first", maintain_order=True)
        .select("_row", to_micro(pl.col("discount_value")).alias("new_price_micro"))
    )


def take_discounts(
    amounts: pl.DataFrame, denominator: int, pairs: pl.DataFrame, taken_before: pl.DataFrame
) -> Discounted:
    """Take percentages and then amounts off.

    `amounts`: `_row`, `numerator` over `denominator`. `pairs` come from `matching_discounts`. `taken_before`:
    `discount_code`, `customer_id`, `period_from`, `taken_amount` of capped discounts so far.
    Discounts that never meet on one record are taken in one pass; on each record they come in their order.
    """
    ordered = pairs.filter(pl.col("discount_kind") != "new_price").sort(
        "_row", pl.col("discount_kind") == "amount", "order_no", "discount_code"
    )
    left = taken_before.rename({"period_from": "month"})
    uses: list[pl.DataFrame] = []
    for level in _levels(ordered):
        now = ordered.join(level, on="discount_code").join(amounts, on="_row").sort("_order")
        percents = now.filter(pl.col("discount_kind") == "percent")["discount_value"]
        scale = percent_scale(percents)
        if percents.len():
            amounts = amounts.with_columns(pl.col("numerator") * scale)
            now = now.with_columns(pl.col("numerator") * scale)
            denominator *= scale
        cut = _with_cut(now, Fraction(pl.col("numerator"), denominator), scale, left)
        amounts = (
            amounts.join(cut.select("_row", "cut"), on="_row", how="left", maintain_order="left")
            .with_columns((pl.col("numerator") - pl.col("cut").fill_null(0)).alias("numerator"))
            .drop("cut")
        )
        uses.append(
            cut.filter(pl.col("monthly_cap").is_not_null()).select("discount_code", "customer_id", "month", "taken")
        )
    return Discounted(amounts, denominator, _taken(uses))


def _levels(ordered: pl.DataFrame) -> list[pl.DataFrame]:
    """Part the discounts so that on every record those of an earlier part come before those of a later one."""
    sequences = ordered.group_by("_row", maintain_order=True).agg("discount_code")["discount_code"].unique().to_list()
    level: dict[str, int] = {}
    settled = False
    while not settled:
        settled = True
        for sequence in sequences:
            at = -1
            for code in sequence:
                at = max(at + 1, level.get(code, 0))
                settled = settled and level.get(code) == at
                level[code] = at
    return [
        pl.DataFrame({"discount_code": sorted(code for code, at in level.items() if at == wanted)})
        for wanted in range(max(level.values(), default=-1) + 1)
    ]


def _with_cut(now: pl.DataFrame, amount: Fraction, scale: int, left: pl.DataFrame) -> pl.DataFrame:
    """Compute what each discount takes off (`cut`, a numerator), and of capped ones `taken` in millionths."""
    whole = pl.lit(amount.denominator, pl.Int128)
    of_percent = amount.numerator // scale * percent_whole(pl.col("discount_value"), scale)
    of_amount = pl.min_horizontal(
        to_micro(pl.col("discount_value")).cast(pl.Int128) * whole, amount.numerator.clip(lower_bound=0)
    )
    wanted = pl.when(pl.col("discount_kind") == "percent").then(of_percent).otherwise(of_amount)
    # A capped discount takes whole millionths, cut towards zero.
    wish = ((wanted.abs() // whole) * wanted.sign()).cast(pl.Int64)
    capped = now.filter(pl.col("monthly_cap").is_not_null()).with_columns(wish.alias("_wish"))
    taken = _within_caps(capped, left)
    return now.join(taken, on="_row", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("taken").is_null()).then(wanted).otherwise(pl.col("taken").cast(pl.Int128) * whole).alias("cut")
    )


def _within_caps(wishes: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Let capped discounts take what they may, in the order of the records: `_row` and `taken` (Int64 millionths).

    Of a negative amount (a call reached a cheaper tier) a discount takes back no more than it gave, and has room for as
    much again: with it a customer never pays more than without. Those are few and far between, so records are
    dealt with up to the next of them at a time; where there is none, in one go.
    """
    asked = wishes.with_columns((pl.col("_wish") < 0).cum_sum().over(_CAPPED, order_by="_order").alias("_turn"))
    given = left.select(*_CAPPED, to_micro(pl.col("taken_amount")).alias("_given"))
    found = [pl.DataFrame(schema={"_row": pl.Int64(), "taken": pl.Int64()})]
    for (_,), turn in sorted(asked.partition_by("_turn", as_dict=True).items()):
        started = turn.join(given, on=_CAPPED, how="left").with_columns(pl.col("_given").fill_null(0))
        now = started.with_columns(_taken_back().alias("_back")).with_columns(_taken_off().alias("taken"))
        after = now.group_by(_CAPPED).agg((pl.col("_given").first() + pl.col("taken").sum()).alias("_given"))
        given = pl.concat([given.join(after, on=_CAPPED, how="anti"), after])
        found.append(now.select("_row", "taken"))
    return pl.concat(found)


def _taken_back() -> pl.Expr:
    """Return what the one record of a turn whose amount is negative gives back, at most what was given (0 or below)."""
    asked = pl.col("_wish").clip(upper_bound=0).sum().over(_CAPPED)
    return pl.max_horizontal(asked, -pl.col("_given").clip(lower_bound=0))


def _taken_off() -> pl.Expr:
    """Return what each record of a turn takes of the room that the cap has left."""
    wish = pl.col("_wish").clip(lower_bound=0)
    before = wish.cum_sum().over(_CAPPED, order_by="_order") - wish
    room = (to_micro(pl.col("monthly_cap")) - pl.col("_given") - pl.col("_back")).clip(lower_bound=0)
    off = pl.min_horizontal(wish, (room - before).clip(lower_bound=0))
    return pl.when(pl.col("_wish") < 0).then("_back").otherwise(off)


def _taken(uses: list[pl.DataFrame]) -> pl.DataFrame:
    schema = {"discount_code": pl.String(), "customer_id": pl.Int64(), "month": pl.Date(), "taken": pl.Int64()}
    every = pl.concat([pl.DataFrame(schema=schema), *uses])
    return (
        every.group_by("discount_code", "customer_id", "month")
        .agg(pl.col("taken").sum())
        .filter(pl.col("taken") != 0)
        .select(
            "discount_code",
            "customer_id",
            pl.col("month").alias("period_from"),
            from_micro(pl.col("taken")).alias("taken_amount"),
        )
        .sort(pl.all())
    )
