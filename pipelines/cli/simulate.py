"""The command `nightbill simulate`."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from pipelines.cli import screen
from pipelines.home import Home

if TYPE_CHECKING:
    import polars as pl

    from pipelines.repricing.simulate_flow import Simulation

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
_HERE = Path()
_DAY = ["%Y-%m-%d"]
_TITLES = {"total": "all usage", "group": "group", "article": "article", "zone": "zone"}
_BILLS = {"winners": "falls", "losers": "rises", "same": "stays"}
_FIGURES = ("records", "after", "revenue", "after", "difference")

_WIDEST = 1000


class Part(StrEnum):
    """What revenue is broken down by."""

    GROUP = "group"
    ARTICLE = "article"
    ZONE = "zone"


class Answer(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def simulate(
    prices: Annotated[
        Path,
        typer.Option(help="Folder of files of config/ to try, such as prices.csv.", file_okay=False, exists=True),
    ],
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day of the usage, local.")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last day of the usage, included.")],
    home: HomeOption = _HERE,
    by: Annotated[Part | None, typer.Option("--by", help="One breakdown; all three when not given.")] = None,
    output: Annotated[Answer, typer.Option("--format", help="How to write the answer.")] = Answer.TABLE,
) -> None:
    """Price usage of the past with other prices and compare revenue; nothing is charged and no book is touched."""
    from pipelines.repricing.simulate_flow import simulate as simulated  # noqa: PLC0415 (polars is slow to import)

    if since > until:
        message = f"{since.date()} is after {until.date()}, the last day: give the earlier day first"
        raise typer.BadParameter(message, param_hint="--from")
    with screen.watching():
        result = simulated(Home(home.resolve()), prices, since.date(), until.date())
    for warning in result.warnings:
        screen.errors.print(escape(str(warning)), soft_wrap=True, highlight=False)
    parts = [by.value] if by else [part.value for part in Part]
    if output is Answer.TABLE:
        _show(result, parts)
    elif output is Answer.CSV:
        sys.stdout.write(_chosen(result, ["total", *parts]).write_csv())
    else:
        sys.stdout.write(json.dumps(_answer(result, parts), indent=2, default=str, ensure_ascii=False) + "\n")


def _chosen(result: Simulation, parts: list[str]) -> pl.DataFrame:
    return result.comparison.filter(result.comparison["part"].is_in(parts))


def _answer(result: Simulation, parts: list[str]) -> dict[str, object]:
    """Return what JSON says; amounts are texts, so that no reader makes floats of them."""
    return {
        "from": result.period.since,
        "to": result.period.until,
        "currency": result.currency,
        "files": result.files,
        "total": result.total,
        "charged": {"records": result.charged_records, "revenue": result.charged},
        **{part: _chosen(result, [part]).drop("part").to_dicts() for part in parts},
        "effects": result.effects.to_dicts(),
        "winners": result.top("winners").to_dicts(),
        "losers": result.top("losers").to_dicts(),
        "no_longer_priced": result.lost.to_dicts(),
        "newly_priced": result.gained.to_dicts(),
        "reports": result.reports,
    }


def _show(result: Simulation, parts: list[str]) -> None:
    say = screen.console.print
    say(
        f"[bold]Usage of {result.period.since} to {result.period.until}[/], priced by config/ (before) and with "
        f"{', '.join(result.files)} on trial (after); {result.currency} excluding VAT.",
        soft_wrap=True,
        highlight=False,
    )
    _show_parts(result, ["total", *parts])
    _show_customers(result)
    _say_unpriced(result)
    say(_charged_sentence(result), soft_wrap=True, highlight=False)
    say(f"Written: {result.reports[0]} and, per customer, {result.reports[1].name}", soft_wrap=True, highlight=False)


def _show_parts(result: Simulation, parts: list[str]) -> None:
    table = _table("", "", *_FIGURES)
    for part in parts:
        for code, *figures in _chosen(result, [part]).drop("part").rows():
            table.add_row(_TITLES[part], escape(code), *map(_figure, figures))
        table.add_section()
    _print(table)


def _show_customers(result: Simulation) -> None:
    """Show whose bills would fall and rise: how many, and the ten that change most each way."""
    table = _table("bill", "customers", *_FIGURES)
    for row in result.effects.to_dicts():
        table.add_row(
            _BILLS[row["effect"]], f"{_figure(row['customers'])} in all", *[""] * 4, _figure(row["difference"])
        )
    for effect in ("winners", "losers"):
        table.add_section()
        for customer, *figures in result.top(effect).rows():
            table.add_row(_BILLS[effect], str(customer), *map(_figure, figures))
    _print(table)


def _say_unpriced(result: Simulation) -> None:
    lost = sum(result.lost["records"].to_list())
    told = "; what they cost before is missing from after, and makes bills fall." if lost else "."
    screen.console.print(f"{_records(lost)} would no longer be priced{told}", soft_wrap=True, highlight=False)
    for row in result.lost.to_dicts():
        text = f"  {row['records']} x {row['reason_code']}, such as: {row['example']}"
        screen.console.print(escape(text), soft_wrap=True, highlight=False)
    gained = sum(result.gained["records"].to_list())
    if gained:
        screen.console.print(f"{_records(gained)} that cannot be priced today would be priced.", highlight=False)


def _charged_sentence(result: Simulation) -> str:
    """Say how far the first pricing is from what was charged, and why it may be."""
    records, revenue = result.total["records_before"], result.total["revenue_before"]
    said = f"The books hold {result.charged} for {_records(result.charged_records)} of these days; "
    if records == result.charged_records and revenue == result.charged:
        return f"{said}before is the same."
    return (
        f"{said}before is {revenue - result.charged:+.6f} and {records - result.charged_records:+} records from it. "
        "Why it may be: prices, terms or contracts were changed since; records wait for a price or came late; "
        "allowances, tiers and capped discounts begin afresh here on the first day."
    )


def _table(*heads: str) -> Table:
    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for position, head in enumerate(heads):
        table.add_column(head, justify="left" if position < len(heads) - len(_FIGURES) else "right", no_wrap=True)
    return table


def _print(table: Table) -> None:
    """Print a table as wide as it is: a figure cut short would be a wrong figure."""
    console = screen.console
    table.width = Measurement.get(console, console.options.update(width=_WIDEST), table).maximum
    console.print(table, crop=False)


def _records(number: int) -> str:
    return "1 record" if number == 1 else f"{_figure(number)} records"


def _figure(value: Decimal | int) -> str:
    return f"{value:,}".replace(",", " ") if isinstance(value, int) else f"{value:,.6f}".replace(",", " ")
