"""A deck against the price list in force: what is new, what is unchanged, what ends, what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.decks.deck_definition import DeckDefinition
from pipelines.decks.deck_reading import REFUSED, Deck
from pipelines.decks.price_points import in_force, terms_key
from pipelines.decks.zone_assignment import assign_zones, longest_enclosing

_NUMBER = r"-[0-9]+$"
_FEW_LINES = 5
_DOUBLE = "repeats an earlier line"


@dataclass(frozen=True)
class Comparison:
    """What a deck changes.

    `items`, one per line, prefix and date, and per prefix that ends (line_no null): prefix, destination, zone_code
    (of the prefix in the plan, null when new), former, to_zone, valid_from, terms (null: ends), old_terms, `changed`
    (a price that must be written), note, and `state`: loaded, unchanged, ended, or follows (from now on it has the
    price of the prefix around it). `refused`: REFUSED, one per line.
    """

    items: pl.DataFrame
    refused: pl.DataFrame
    ends_withheld: bool


def compare(
    deck: Deck, definition: DeckDefinition, plan: pl.DataFrame, rows: pl.DataFrame, taken: pl.Series,
    on: date, *, accept_past: bool = False,
) -> Comparison:  # fmt: skip
    """Compare a deck with the numbering plan (prefix, zone_code) and the list's rows of the deck's key.

    `rows`: zone_code, valid_from, valid_to, terms. `taken`: zone codes in use. `on` is the business date: a change
    before it is refused unless `accept_past`.
    """
    items = deck.rows.with_columns(pl.lit(definition.price.unit).alias("price_unit")).with_columns(terms_key())
    items, contradicting = _without_contradictions(items)
    items = _with_former(items, plan)
    first = pl.struct("prefix", "valid_from").is_first_distinct()
    distinct = _with_changes(items.filter(first), rows)
    late = distinct.filter(pl.col("changed") & (pl.col("valid_from") < on)) if not accept_past else distinct.clear()
    past = _past(late, on)
    items = items.join(past, on="line_no", how="anti")
    refused = pl.concat([deck.refused, contradicting, past]).sort("line_no")
    withheld = definition.complete and not refused.is_empty()
    distinct = items.filter(first)
    ends = _ends(distinct, plan, rows, _end_date(items, on), complete=definition.complete and not withheld)
    every = _with_changes(pl.concat([distinct, ends.select(distinct.columns)]), rows)
    zoned = _with_zones(every, plan, taken)
    doubles = items.filter(~first).join(
        zoned.select("prefix", "valid_from", "to_zone", "old_terms"), on=["prefix", "valid_from"], how="left"
    )
    doubles = doubles.with_columns(changed=pl.lit(value=False), note=pl.lit(_DOUBLE))
    lacking = pl.when(pl.col("line_no").is_null()).then(pl.lit("not in the deck"))
    states = pl.concat([zoned.with_columns(lacking.alias("note")), doubles.select(*zoned.columns, "note")])
    return Comparison(states.with_columns(_state()).sort("line_no", "prefix", nulls_last=True), refused, withheld)


def _state() -> pl.Expr:
    fresh = pl.col("changed") | (pl.col("zone_code").is_null() & pl.col("note").is_null())
    lacking = pl.when(pl.col("terms").is_null()).then(pl.lit("ended")).otherwise(pl.lit("follows"))
    named = pl.when(pl.col("line_no").is_null()).then(lacking).otherwise(pl.lit("loaded"))
    return pl.when(fresh).then(named).otherwise(pl.lit("unchanged")).alias("state")


def _without_contradictions(items: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Refuse every line with a prefix that has two prices on one date: nobody can tell which was meant."""
    scope = ["prefix", "valid_from"]
    lines = pl.col("line_no").unique(maintain_order=True).head(_FEW_LINES).cast(pl.String).implode().list.join(", ")
    contradicting = (
        items.filter(pl.col("terms").n_unique().over(scope) > 1)
        .with_columns(lines.over(scope).alias("lines"))
        .unique("line_no", keep="first", maintain_order=True)
        .select(
            "line_no",
            pl.lit("TWO_PRICES").alias("reason_code"),
            pl.format(
                "prefix {} has two prices from {} on lines {}; keep one of them", "prefix", "valid_from", "lines"
            ).alias("reason_text"),
            pl.col("prefix").alias("value"),
        )
    )
    return items.join(contradicting, on="line_no", how="anti"), contradicting.cast(REFUSED)


def _with_former(items: pl.DataFrame, plan: pl.DataFrame) -> pl.DataFrame:
    """Add `zone_code` of the prefix itself, and `former`: the zone whose price its numbers have until now."""
    own = items.join(plan, on="prefix", how="left", maintain_order="left")
    distinct = own["prefix"].unique()
    found = pl.DataFrame({"prefix": distinct, "former": longest_enclosing(distinct, plan, "zone_code")})
    return own.join(found, on="prefix", how="left", maintain_order="left")


def _with_changes(items: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `old_terms`, and `changed`: whether the price differs from what would hold on its date without the row."""
    judged = in_force(items.drop("zone_code").rename({"former": "zone_code"}), rows).rename({"zone_code": "former"})
    ordered = judged.with_columns(items["zone_code"]).sort("prefix", "valid_from")
    before_from, before = (pl.col(name).shift(1).over("prefix") for name in ("valid_from", "terms"))
    from_deck = before_from.is_not_null() & (pl.col("old_from").is_null() | (before_from >= pl.col("old_from")))
    prior = pl.when(from_deck).then(before).otherwise("old_terms")
    return ordered.with_columns(pl.col("terms").ne_missing(prior).alias("changed")).select(
        *items.columns, "old_terms", "changed"
    )


def _past(late: pl.DataFrame, on: date) -> pl.DataFrame:
    return (
        late.unique("line_no", keep="first", maintain_order=True)
        .select(
            "line_no",
            pl.lit("PAST_DATE").alias("reason_code"),
            pl.lit(f"the change lies before {on}, the business date; allow it with --accept-past").alias("reason_text"),
            pl.col("valid_from").cast(pl.String).alias("value"),
        )
        .cast(REFUSED)
    )  # fmt: skip


def _end_date(items: pl.DataFrame, on: date) -> date:
    """A complete deck ends what it lacks on its date: its first that is not past, else the business date."""
    ahead = items.filter(pl.col("valid_from") >= on)["valid_from"].min()
    return ahead if isinstance(ahead, date) else on


def _ends(items: pl.DataFrame, plan: pl.DataFrame, rows: pl.DataFrame, on: date, *, complete: bool) -> pl.DataFrame:
    """Give the plan's prefixes that have no price of their own any more, with that of the deck's prefix around them.

    Those are the ones that a complete deck lacks, and in every deck those that ended before: a prefix without a price
    must not hide that of the prefix around it. Without one their price ends (terms null). Prefixes that the list never
    priced are left alone.
    """
    lacking = plan.join(items, on="prefix", how="anti").with_columns(pl.lit(on).alias("valid_from"))
    open_rows = rows.filter((pl.col("valid_to") > on).fill_null(value=True))
    lacking = lacking.join(rows, on="zone_code", how="semi").with_columns(
        pl.col("zone_code").is_in(open_rows["zone_code"].unique().to_list()).alias("live")
    )
    gone = lacking if complete else lacking.filter(~pl.col("live"))
    staying = pl.concat([items["prefix"], lacking.join(gone, on="prefix", how="anti")["prefix"]])
    around = longest_enclosing(gone["prefix"], staying.unique().to_frame().with_columns(itself="prefix"), "itself")
    listed = around.is_in(items["prefix"].unique().to_list())
    priced = (
        gone.with_columns(around.alias("around")).filter(pl.col("live") | listed.fill_null(value=False)).drop("live")
    )
    dated = pl.max_horizontal("valid_from", pl.lit(on)).alias("valid_from")
    schedule = (
        items.sort("prefix", "valid_from")
        .select(pl.col("prefix").alias("around"), dated, "terms")
        .unique(["around", "valid_from"], keep="last", maintain_order=True)
    )
    ended = priced.drop("valid_from").join(schedule, on="around", how="left")
    named = ended.with_columns(
        pl.col("valid_from").fill_null(on),
        pl.col("zone_code").alias("former"),
        pl.col("zone_code").str.replace(_NUMBER, "").alias("base_code"),
    )
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in items.schema.items() if name not in named.columns]
    return named.with_columns(absent)


def _with_zones(items: pl.DataFrame, plan: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Add `to_zone`: where each prefix lies from now on."""
    step = pl.format("{}={}", "valid_from", pl.col("terms").fill_null("end"))
    prefixes = (
        items.sort("prefix", "valid_from")
        .group_by("prefix", maintain_order=True)
        .agg(
            pl.col("base_code", "zone_code", "former").last(),
            step.filter(pl.col("changed")).implode().list.join(" ").first().fill_null("").alias("outcome"),
        )
    )
    unlisted = plan.join(prefixes, on="prefix", how="anti")
    zones = assign_zones(prefixes, unlisted, taken).select("prefix", "to_zone")
    return items.join(zones, on="prefix", how="left", maintain_order="left")
