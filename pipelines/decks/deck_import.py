"""`nightbill prices import`: a carrier's deck into zones.csv and prices.csv, all of it or nothing."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.configuration.reading import Configuration, ConfigurationError, load_configuration
from pipelines.decks.config_sheet import Sheet, read_sheet, written
from pipelines.decks.deck_comparison import Comparison, compare
from pipelines.decks.deck_definition import DeckError, Target, read_definition
from pipelines.decks.deck_reading import read_deck
from pipelines.decks.deck_rows import copied_rows, key_rows, numbered_prices, prices_with_points, zones_with_prefixes
from pipelines.home import Home, write_whole
from pipelines.runs.home_lock import exclusive
from schemas import tables
from schemas.money import CHARGE, from_micro

ZONES, PRICES = "zones.csv", "prices.csv"


@dataclass(frozen=True)
class DeckResult:
    """What became of a deck: lines_read = loaded + unchanged + refused; `ended` counts prefixes the deck lacks."""

    lines_read: int
    lines_ignored: int
    loaded: int
    unchanged: int
    refused: int
    ended: int
    ends_withheld: bool
    new_zones: int
    report: Path
    written: bool


def import_deck(
    home: Home, deck_file: Path, mapping: str, on: date, *, dry_run: bool = False, accept_past: bool = False,
    effective_on: date | None = None,
) -> DeckResult:  # fmt: skip
    """Load a deck by `config/decks/MAPPING.toml` and report every line of it.

    `on` is the business date. Both files are written whole, only after `nightbill check` finds no fault in the
    result. Raises `ConfigurationError` where the configuration has faults before or would have them after, and
    `DeckError` where the mapping or the deck as a whole cannot be used.
    """
    with exclusive(home.require(), "prices import"):
        configuration = load_configuration(home)
        definition = read_definition(home.config / "decks", mapping)
        _require_plan(configuration, definition.target)
        try:
            content = deck_file.read_bytes()
        except OSError as error:
            raise DeckError(f"{deck_file} cannot be read: {error.strerror}") from None
        deck = read_deck(content, definition, configuration.policy.operator.currency, effective_on)
        zones, prices = (
            read_sheet(home.config / ZONES, tables.ZONE_PREFIX),
            read_sheet(home.config / PRICES, tables.PRICE),
        )
        rows, plan = numbered_prices(prices), _plan(zones, definition.target)
        keyed = key_rows(rows, definition.target)
        in_list = rows.filter(pl.col("price_list") == definition.target.price_list)["zone_code"]
        taken = pl.concat([plan["zone_code"], in_list])
        found = compare(deck, definition, plan, keyed, taken, on, accept_past=accept_past)
        lists = _other_lists(configuration, definition.target)
        contents = changed_files(definition.target, zones, prices, rows, found, lists)
        if contents:
            _check(home, contents)
        if contents and not dry_run:
            for name, text in contents.items():
                write_whole(home.config / name, text)
        report = home.reports / f"deck_{mapping}_{on}.csv"
        write_whole(report, _report(found).write_csv().encode())
    return _result(found, deck.lines_read, deck.lines_ignored, report, wrote=bool(contents) and not dry_run)


def _require_plan(configuration: Configuration, target: Target) -> None:
    lists = configuration.frame(tables.PRICE_LIST).filter(pl.col("price_list") == target.price_list)
    plan = lists["numbering_plan"].fill_null(target.numbering_plan).to_list()
    if plan and plan[0] != target.numbering_plan:
        problem = f"price_lists.csv gives list {target.price_list} the numbering plan {plan[0]}"
        raise DeckError(f"{problem}, the mapping {target.numbering_plan}. Make them agree")


def _other_lists(configuration: Configuration, target: Target) -> set[str]:
    """Lists that do not look in another numbering plan: a zone split in two must cost there what it cost."""
    elsewhere = configuration.frame(tables.PRICE_LIST).filter(
        pl.col("numbering_plan").is_not_null() & (pl.col("numbering_plan") != target.numbering_plan)
    )
    every = configuration.frame(tables.PRICE)["price_list"].unique().to_list()
    return set(every) - set(elsewhere["price_list"].to_list()) | {target.price_list}


def _plan(zones: Sheet, target: Target) -> pl.DataFrame:
    own = pl.col("numbering_plan").fill_null("main") == target.numbering_plan
    return zones.cells.filter(own).select("prefix", "zone_code")


def changed_files(
    target: Target, zones: Sheet, prices: Sheet, rows: pl.DataFrame, found: Comparison, lists: set[str]
) -> dict[str, bytes]:
    """Return the new content of the files that change, prices first: a night never starts on prices without zones."""
    moves = found.items.filter(pl.col("zone_code").ne_missing(pl.col("to_zone")))
    changes = found.items.filter(pl.col("changed"))
    if moves.is_empty() and changes.is_empty():
        return {}
    splits = moves.filter(pl.col("former").is_not_null() & (pl.col("former") != pl.col("to_zone")))
    copies = copied_rows(rows, splits.select("former", "to_zone").unique().sort("to_zone"), lists)
    points = changes.select(pl.col("to_zone").alias("zone_code"), "valid_from", "terms").unique()
    after = prices_with_points(pl.concat([rows, copies]), points, target)
    return {
        PRICES: written(prices, after.select(prices.cells.columns)),
        ZONES: written(zones, zones_with_prefixes(zones, moves, target)),
    }


def _check(home: Home, contents: dict[str, bytes]) -> None:
    """Examine the configuration as it would be. Raises `ConfigurationError` with its faults."""
    with tempfile.TemporaryDirectory(prefix="nightbill-check-") as folder:
        trial = Home(Path(folder))
        shutil.copytree(home.config, trial.config, ignore=shutil.ignore_patterns(*contents, ".*"))
        for name, text in contents.items():
            (trial.config / name).write_bytes(text)
        try:
            load_configuration(trial, files_of=home)
        except ConfigurationError as error:
            raise ConfigurationError(error.faults) from None


def _report(found: Comparison) -> pl.DataFrame:
    """One row per line and prefix, and one per refused line."""
    figures = pl.col("terms").str.split("|").list
    old = pl.col("old_terms").str.extract(r"^([0-9]+)").cast(pl.Int64)
    items = found.items.select(
        "line_no", "state", pl.lit(None, pl.String).alias("reason_code"), pl.col("note").alias("reason_text"),
        pl.lit(None, pl.String).alias("value"), "prefix", "destination", pl.col("to_zone").alias("zone_code"),
        pl.when(pl.col("to_zone") != pl.col("former")).then("former").alias("former_zone"), "valid_from",
        from_micro(figures.get(0, null_on_oob=True).cast(pl.Int64)).alias("price_per_unit"),
        from_micro(old).cast(CHARGE).alias("old_price_per_unit"),
        figures.get(2, null_on_oob=True).alias("first_increment"), figures.get(3, null_on_oob=True).alias("increment"),
    )  # fmt: skip
    refused = found.refused.with_columns(state=pl.lit("refused"))
    return pl.concat([items, refused], how="diagonal").sort("line_no", "prefix", nulls_last=True)


def _result(found: Comparison, read: int, ignored: int, report: Path, *, wrote: bool) -> DeckResult:
    lines = (
        found.items.drop_nulls("line_no").group_by("line_no").agg((pl.col("state") == "loaded").any().alias("loaded"))
    )
    loaded = int(lines["loaded"].sum())
    ended = found.items.filter(pl.col("state").is_in(["ended", "follows"]))["prefix"].n_unique()
    fresh = found.items.filter(pl.col("former").ne_missing(pl.col("to_zone")))["to_zone"].n_unique()
    refused = found.refused.height
    if loaded + (lines.height - loaded) + refused != read:
        raise DeckError(f"{read} lines were read, but {lines.height} taken and {refused} refused: nothing was decided")
    return DeckResult(
        read, ignored, loaded, lines.height - loaded, refused, ended, found.ends_withheld, fresh, report, wrote
    )
