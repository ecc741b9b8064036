"""The commands `nightbill prices`: carriers' decks in, and re-pricing plans."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines import clock
from pipelines.cli import screen
from pipelines.configuration.reading import load_configuration
from pipelines.home import Home

app = typer.Typer(name="prices", help="Prices: import carriers' decks and plan price changes.", no_args_is_help=True)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Business date; today on the operator's clock when not given."),
]
_HERE = Path()


def _business_date(home: Home, on: datetime | None) -> date:
    return on.date() if on else clock.today(load_configuration(home.require()).policy.operator.zone)


@app.command("import")
def import_prices(
    file: Annotated[Path, typer.Argument(help="The carrier's deck.")],
    mapping: Annotated[str, typer.Option(help="Name of the mapping in config/decks/, without .toml.")],
    home: HomeOption = _HERE,
    on: OnOption = None,
    effective: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Date the prices hold from, where neither deck nor mapping has one."),
    ] = None,
    accept_past: Annotated[
        bool, typer.Option("--accept-past", help="Accept changes before the business date.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare and report; change no file.")] = False,
) -> None:
    """Import a carrier's price deck into zones.csv and prices.csv; every line of it is reported."""
    from pipelines.decks.deck_import import import_deck  # noqa: PLC0415 (polars is slow to import)

    place = Home(home.resolve())
    result = import_deck(
        place, file, mapping, _business_date(place, on), dry_run=dry_run, accept_past=accept_past,
        effective_on=effective.date() if effective else None,
    )  # fmt: skip
    screen.console.print(
        f"{result.lines_read} lines with prices: {result.loaded} loaded, {result.unchanged} unchanged, "
        f"{result.refused} refused; {result.lines_ignored} other lines; {result.new_zones} new zones; "
        f"{result.ended} prefixes ended."
    )
    if result.ends_withheld:
        screen.console.print("Nothing was ended: lines were refused, and a prefix may be missing for that reason only.")
    done = "zones.csv and prices.csv are written." if result.written else "No file of config/ was changed."
    screen.console.print(f"{done} Every line: {result.report}", soft_wrap=True)


@app.command("plan")
def plan_prices(
    name: Annotated[str, typer.Argument(help="Plan of config/repricing.csv.")],
    home: HomeOption = _HERE,
    on: OnOption = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the links into price_list_links.csv.")] = False,
) -> None:
    """Show per customer from when a re-pricing plan holds and when notice must be sent; write its links if asked."""
    from pipelines.repricing.repricing_flow import plan_repricing  # noqa: PLC0415 (polars is slow to import)

    place = Home(home.resolve())
    result = plan_repricing(place, name, _business_date(place, on), apply=apply)
    screen.show_frame(result.groups)
    screen.console.print(f"{result.rows.height} customers, each in {result.report}", soft_wrap=True)
    if apply:
        screen.console.print(f"{result.links_added} links added to price_list_links.csv.")
