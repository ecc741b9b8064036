"""Increments laid over a record: how many units are billed, at which price each, across every border.

Most records are laid in one go. The few that may go on behind a border (another price row comes in force, or a step
begins) are laid part after part; their state is their position: how many units are laid.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from rating.interval_lookup import gathered
from rating.local_calendar import MICROSECONDS, LocalCalendar
from rating.price_book import PriceBook
from rating.price_steps import steps_at

LISTS = ("list_1", "list_2", "list_3", "list_4")
_ROW = ("unit_cost", "first_increment", "increment", "minimum_units", "crossing_rule", "has_steps")
_STATE = ("_row", "begins_us", "band_at", "quantity", "is_call", *LISTS, "service_no", "origin_no", "zone_no")
PARTS = {
    "_row": pl.Int64(), "part_no": pl.Int64(), "units_from": pl.Int64(), "units": pl.Int64(), "row_no": pl.Int64(),
    "unit_cost": pl.Int128(), "band_at": pl.Int64(),
}  # fmt: skip


class Laid(NamedTuple):
    """What `lay_increments` found.

    `priced`: per `_row`, in order: `row_no` (price row in force at the start, null where none was), `band_at` (position
    in the calendar), `billed_units`, `unit_cost` (of the first part), `is_single` (one part), `is_priced` (every part
    was). `parts`: every part of records with several: columns of `PARTS`, in order.
    """

    priced: pl.DataFrame
    parts: pl.DataFrame


def lay_increments(records: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> Laid:
    """Lay increments over each record by the crossing rule of the list that prices its start.

    `records`: `_row` (0, 1, ...), `begins_us`, `band_at` (position of the start in the calendar), `quantity` > 0,
    `is_call`, `list_1` to `list_4` (numbers of price lists in their order, null for none), `service_no`, `origin_no`,
    `zone_no` (null where unknown).
    """
    state = records.select(_STATE)
    found = row_in_force(state, state["band_at"], book, calendar)
    state = _with_row(state.with_columns(found), book)
    state = state.with_columns(pl.max_horizontal("quantity", "minimum_units").alias("quantity"))
    laid = state.with_columns(_laid_whole().alias("billed_units")).select(
        *("_row", "row_no", "band_at", "unit_cost", "billed_units"),
        (~_may_have_parts()).alias("is_single"),
        pl.col("row_no").is_not_null().alias("is_priced"),
    )
    several = ~laid["is_single"]
    if not several.any():
        return Laid(laid, pl.DataFrame(schema=PARTS))
    ended, parts = _laid_in_parts(state.filter(several), book, calendar)
    places = ended["_row"]  # rows are numbered from 0
    changed = [laid[name].scatter(places, ended[name]) for name in ("billed_units", "is_single", "is_priced")]
    return Laid(laid.with_columns(changed), parts)


def _laid_whole() -> pl.Expr:
    """Lay first and later increments over all of the quantity."""
    rest = (pl.col("quantity") - pl.col("first_increment")).clip(lower_bound=0)
    return pl.col("first_increment") + (rest + pl.col("increment") - 1) // pl.col("increment") * pl.col("increment")


def _may_have_parts() -> pl.Expr:
    """Tell which records have steps or may reach a border; all others are laid in one go."""
    end = pl.when(pl.col("crossing_rule") == "rounded_then_cut").then("billed_units").otherwise("quantity")
    crosses = pl.col("is_call") & (pl.col("crossing_rule") != "whole_call_at_start") & (_border() < end)
    return (pl.col("row_no").is_not_null() & (crosses | pl.col("has_steps"))).fill_null(value=False)


def _border() -> pl.Expr:
    return (pl.col("border_us") - pl.col("begins_us") + MICROSECONDS - 1) // MICROSECONDS


def _laid_in_parts(state: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lay part after part. Returns `_row`, `billed_units`, `is_single`, `is_priced`, and the parts."""
    state = _rounded_then_cut(
        state.with_columns(
            pl.lit(0, pl.Int64).alias("position"),
            pl.lit(0, pl.Int64).alias("billed"),
            pl.lit(0, pl.Int64).alias("part_no"),
            pl.lit(value=True).alias("is_fresh"),
            pl.lit(value=False).alias("is_cut"),
        ),
        book,
        calendar,
    )
    ended: list[pl.DataFrame] = []
    parts: list[pl.DataFrame] = []
    while state.height:
        laid = _lay_part(_with_border(state, book, calendar), book)
        going = laid["is_going"]
        parts.append(laid.select(PARTS.keys()).filter(going | (laid["part_no"] > 0)))
        ended.append(laid.select("_row", "billed", "part_no", "row_no").filter(~going))
        state = laid.filter(going).with_columns(pl.col("part_no") + 1)
        if state.height:
            state = _with_price_in_force(state, book, calendar)
    last = pl.concat(ended).select(
        "_row",
        pl.col("billed").alias("billed_units"),
        (pl.col("part_no") == 0).alias("is_single"),
        pl.col("row_no").is_not_null().alias("is_priced"),
    )
    return last, _all_parts(parts)


def _all_parts(parts: list[pl.DataFrame]) -> pl.DataFrame:
    found = [part.cast(pl.Schema(PARTS)) for part in parts if part.height]
    return pl.concat(found).sort("_row", "part_no") if found else pl.DataFrame(schema=PARTS)


def _with_price_in_force(state: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> pl.DataFrame:
    """Find the price row in force at the position, where that may be another than the row of the start."""
    keeps = ~pl.col("is_call") | (pl.col("crossing_rule") == "whole_call_at_start")
    kept, moving = state.filter(keeps), state.filter(~keeps)
    moved = moving.select(pl.col("begins_us") + pl.col("position") * MICROSECONDS).to_series()
    found = row_in_force(moving, calendar.at(moved), book, calendar)
    rule = moving["crossing_rule"]
    again = _with_row(moving.drop("row_no", "band_at", "border_us", *_ROW).with_columns(found), book)
    return pl.concat([kept, again.with_columns(rule).select(kept.columns)])


def _with_row(state: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    return state.with_columns(book.terms_of(state["row_no"], *_ROW))


def row_in_force(state: pl.DataFrame, at: pl.Series, book: PriceBook, calendar: LocalCalendar) -> list[pl.Series]:
    """Find the price row of each record at a position of the calendar: of its lists, the first that has one in force.

    Returns `row_no`, `band_at` and `border_us`: the next moment at which that may change, null for never.
    """
    ends, band_no, day_no = gathered(calendar.bands, at, "ends_us", "band_no", "day_no")
    dated = state.select(*LISTS, "service_no", "origin_no", "zone_no").with_columns(band_no)
    row: pl.Series | None = None
    changes: pl.Series | None = None
    for name in LISTS:
        if dated[name].null_count() == dated.height:
            continue
        names = (pl.col(name), pl.col("service_no"), pl.col("origin_no"), pl.col("zone_no"), pl.col("band_no"))
        cells = dated.select(book.numbers.cell_of(*names)).to_series()
        found, changing = book.search(cells, day_no)
        if row is None or changes is None:
            row, changes = found, changing
            continue
        both = pl.DataFrame({"row": row, "changes": changes, "found": found, "changing": changing}).select(
            pl.coalesce("row", "found").alias("row"),
            # A list before this one may yet have a row of its own: that is a border too.
            pl.when(pl.col("row").is_null())
            .then(pl.min_horizontal("changes", "changing"))
            .otherwise(pl.col("changes"))
            .alias("changes"),
        )
        row, changes = both["row"], both["changes"]
    if row is None or changes is None:
        row = changes = pl.Series([None], dtype=pl.Int64).new_from_index(0, state.height)
    if changes.null_count() < changes.len():
        days = pl.DataFrame({"ends": ends, "day": calendar.day_begins(changes)})
        ends = days.select(pl.min_horizontal("ends", "day")).to_series()
    return [row.alias("row_no"), at.alias("band_at"), ends.alias("border_us")]


def _with_border(state: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> pl.DataFrame:
    """Add `border`: the position at which another price row comes in force, null where none does in the record."""
    stays = ~pl.col("is_call") | ((pl.col("crossing_rule") == "whole_call_at_start") & ~pl.col("is_cut"))
    bordered = state.with_columns(pl.when(~stays & pl.col("row_no").is_not_null()).then(_border()).alias("border"))
    crossing = (pl.col("border") < pl.col("quantity")).fill_null(value=False)
    looking = bordered.with_row_index("_place").filter(crossing)
    borders = pl.Series([None], dtype=pl.Int64).new_from_index(0, state.height)
    if looking.height:
        settled = _true_borders(looking, book, calendar)
        borders = borders.scatter(settled["_place"], settled["border"])
    return bordered.with_columns(borders.alias("border"))


def _true_borders(looking: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> pl.DataFrame:
    """Move each border on for as long as the row behind it is the row before it.

    Returns `_place` and `border` where one is left.
    """
    settled: list[pl.DataFrame] = []
    while looking.height:
        moments = looking.select(pl.col("begins_us") + pl.col("border") * MICROSECONDS).to_series()
        following, _, border_us = row_in_force(looking, calendar.at(moments), book, calendar)
        same = (following == looking["row_no"]).fill_null(value=False)
        settled.append(looking.filter(~same).select("_place", "border"))
        position = (border_us - looking["begins_us"] + MICROSECONDS - 1) // MICROSECONDS
        # Behind the calendar's last day nothing changes any more: a border that does not move on is none.
        goes_on = same & (position > looking["border"]).fill_null(value=False)
        looking = looking.with_columns(position.alias("border")).filter(goes_on)
        looking = looking.filter((pl.col("border") < pl.col("quantity")).fill_null(value=False))
    return pl.concat(settled)


def _lay_part(state: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Lay the increments that begin before the border, the next step or the end, and move the position behind them."""
    state = _with_steps(state, book)
    size = pl.when(pl.col("is_fresh")).then(pl.col("first_increment")).otherwise(pl.col("increment"))
    size = pl.when(pl.col("is_cut")).then(1).otherwise(size)
    increment = pl.when(pl.col("is_cut")).then(1).otherwise(pl.col("increment"))
    limit = pl.min_horizontal("border", "step_ends", "quantity")
    to_cover = (limit - pl.col("position") - size).clip(lower_bound=0)
    laid = size + (to_cover + increment - 1) // increment * increment
    at_border = (pl.col("border") <= pl.col("_reached")).fill_null(value=False)
    restarts = at_border & (pl.col("crossing_rule") == "each_part_rounded")
    moved = state.with_columns(laid.alias("units"), pl.col("billed").alias("units_from")).with_columns(
        (pl.col("position") + pl.col("units")).alias("_reached")
    )
    return (
        moved.with_columns(
            pl.when(restarts).then(pl.col("border")).otherwise(pl.col("_reached")).alias("position"),
            restarts.alias("is_fresh"),
            (pl.col("billed") + pl.col("units")).alias("billed"),
        )
        .with_columns(
            (pl.col("position") < pl.col("quantity")).fill_null(value=False).alias("is_going"),
        )
        .drop("_reached", "border", "step_ends")
    )


def _with_steps(state: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Give records on a price row with steps the price and increment of the step at their position."""
    plain = state.with_columns(pl.lit(None, pl.Int64).alias("step_ends"))
    if not book.steps.height:
        return plain
    stepped = state.filter(pl.col("has_steps").fill_null(value=False))
    if not stepped.height:
        return plain
    step = steps_at(book.steps, stepped["row_no"], stepped["position"])
    with_step = stepped.with_columns(
        step["step_cost"].alias("unit_cost"), step["step_increment"].alias("increment"), step["step_ends"]
    )
    rest = plain.filter(~pl.col("has_steps").fill_null(value=False))
    return rest.vstack(with_step.select(rest.columns))


def _rounded_then_cut(state: pl.DataFrame, book: PriceBook, calendar: LocalCalendar) -> pl.DataFrame:
    """Lay the whole call by the row of its start first; what that gives is then cut per second."""
    cut = (pl.col("crossing_rule") == "rounded_then_cut") & pl.col("is_call")
    to_cut = state.filter(cut.fill_null(value=False))
    if not to_cut.height:
        return state
    whole = to_cut.with_columns(
        pl.lit("whole_call_at_start").cast(state.schema["crossing_rule"]).alias("crossing_rule")
    )
    billed: list[pl.DataFrame] = []
    going = whole
    while going.height:
        laid = _lay_part(_with_border(going, book, calendar), book)
        billed.append(laid.filter(~pl.col("is_going")).select("_row", pl.col("billed").alias("quantity")))
        going = _with_row(laid.filter(pl.col("is_going")).drop(*_ROW), book).with_columns(
            pl.lit("whole_call_at_start").cast(state.schema["crossing_rule"]).alias("crossing_rule")
        )
    rounded = (
        to_cut.drop("quantity").join(pl.concat(billed), on="_row").with_columns(pl.lit(value=True).alias("is_cut"))
    )
    rest = state.filter(~cut.fill_null(value=False))
    return rest.vstack(rounded.select(rest.columns)).sort("_row")
