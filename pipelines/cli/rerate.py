"""The command `nightbill rerate`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipelines.cli import screen
from pipelines.home import Home

if TYPE_CHECKING:
    from pipelines.repricing.rerate_report import RerateReport
    from pipelines.repricing.rerate_selection import Selection

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
_HERE = Path()
_DAY = ["%Y-%m-%d"]


def rerate(
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day of the usage, local.")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last day of the usage, included.")],
    home: HomeOption = _HERE,
    price_list: Annotated[str | None, typer.Option("--list", help="Only what this price list priced.")] = None,
    customer: Annotated[int | None, typer.Option(help="Only this customer's usage.")] = None,
    file: Annotated[str | None, typer.Option(help="Only usage of this file: its name, or its SHA-256.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and report; book nothing.")] = False,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=_DAY, help="Business date; today on the operator's clock when not given."),
    ] = None,
) -> None:
    """Price usage again by today's configuration and register, and book the differences only."""
    from pipelines.repricing.rerate_selection import Selection, SelectionError  # noqa: PLC0415 (polars is slow to import)

    if since > until:
        message = f"{since.date()} is after {until.date()}, the last day: give the earlier day first"
        raise typer.BadParameter(message, param_hint="--from")
    selection = Selection(since.date(), until.date(), price_list, customer, file)
    place, day = Home(home.resolve()), on.date() if on else None
    try:
        report = _tried(place, day, selection) if dry_run else _booked(place, day, selection)
    except SelectionError as error:
        raise typer.BadParameter(str(error)) from None
    _show(report)


def _tried(home: Home, on: date | None, selection: Selection) -> RerateReport:
    from pipelines.nightly_flow import night_at  # noqa: PLC0415 (polars is slow to import)
    from pipelines.repricing.rerate_flow import rerate as rerated  # noqa: PLC0415

    with screen.watching(), night_at(home, on, "rerate") as night:
        return rerated(night, selection, dry_run=True)


def _booked(home: Home, on: date | None, selection: Selection) -> RerateReport:
    from pipelines.repricing.rerate_flow import conduct_rerate  # noqa: PLC0415 (polars is slow to import)

    with screen.watching():
        run, report = conduct_rerate(home, on, selection)
    screen.show_run(run)
    return report


def _show(report: RerateReport) -> None:
    if report.differences.height:
        screen.show_frame(report.per("customer_id"))
        screen.show_frame(report.per("article_no"))
    for row in report.kept.head(10).to_dicts():
        text = f"  {row['file_name']}, line {row['line_no']}: {row['reason_code']}, {row['reason_text']}"
        screen.console.print(escape(text), soft_wrap=True, highlight=False)
    screen.console.print(report.sentence + ".", soft_wrap=True, highlight=False)
    if report.path:
        screen.console.print(f"Every customer and article: {report.path}", soft_wrap=True, highlight=False)
