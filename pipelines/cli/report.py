"""The commands `nightbill report`: what finance asks for, of any date, on the screen and as CSV."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.requests import HomeOption
from pipelines.formats.spreadsheet_text import without_formulas
from pipelines.home import Home

if TYPE_CHECKING:
    from pipelines.publishing.finance_report import Report

app = typer.Typer(
    name="report",
    help="Reports for finance: receivables by age, VAT, one-stop shop, sales; with what they agree with.",
    no_args_is_help=True,
)
_DAY = ["%Y-%m-%d"]
FromOption = Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day.")]
ToOption = Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last day, included.")]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", help="Write the rows into this file too, for a spreadsheet.", dir_okay=False)
]
_HERE = Path()


class By(StrEnum):
    """What receivables are added up by."""

    ACCOUNT = "account"
    CUSTOMER = "customer"
    INVOICE = "invoice"


@app.command("aged")
def aged(
    on: Annotated[datetime, typer.Option("--on", formats=_DAY, help="The day at whose end it stood so.")],
    home: HomeOption = _HERE,
    by: Annotated[By, typer.Option("--by", help="What to add up by.")] = By.CUSTOMER,
    csv: CsvOption = None,
) -> None:
    """Show what was open on a day by how long it was overdue, customers' credit beside it and suspense apart."""
    from pipelines.publishing.finance_report import aged_report  # noqa: PLC0415 (polars is slow to import)

    _show(aged_report(Home(home.resolve()).require(), on.date(), by.value), csv)


@app.command("vat")
def vat(since: FromOption, until: ToOption, home: HomeOption = _HERE, csv: CsvOption = None) -> None:
    """Show VAT by month, treatment, country and rate, and the boxes of the VAT return."""
    from pipelines.publishing.finance_report import vat_report  # noqa: PLC0415 (polars is slow to import)

    _of_period(vat_report, home, since, until, csv)


@app.command("oss")
def oss(since: FromOption, until: ToOption, home: HomeOption = _HERE, csv: CsvOption = None) -> None:
    """Show what the one-stop shop is told, in euro: by quarter, country and rate."""
    from pipelines.publishing.finance_report import oss_report  # noqa: PLC0415 (polars is slow to import)

    _of_period(oss_report, home, since, until, csv)


@app.command("sales")
def sales(since: FromOption, until: ToOption, home: HomeOption = _HERE, csv: CsvOption = None) -> None:
    """Show sales by month, article, revenue account, product group and reseller."""
    from pipelines.publishing.finance_report import sales_report  # noqa: PLC0415 (polars is slow to import)

    _of_period(sales_report, home, since, until, csv)


def _of_period(
    report: Callable[[Home, date, date], Report], home: Path, since: datetime, until: datetime, csv: Path | None
) -> None:
    if since > until:
        raise typer.BadParameter(f"{since.date()} is after {until.date()}", param_hint="--from")
    _show(report(Home(home.resolve()).require(), since.date(), until.date()), csv)


def _show(report: Report, csv: Path | None) -> None:
    screen.show_figures(report.rows)
    for heading, part in report.parts:
        if part.height:
            screen.console.print(heading, style="bold")
            screen.show_figures(part)
    if report.note:
        screen.console.print(report.note, soft_wrap=True, markup=False, highlight=False)
    if csv is not None:
        without_formulas(report.rows).write_csv(csv)
        screen.console.print(f"{report.rows.height} rows in {csv}", soft_wrap=True, markup=False, highlight=False)
