"""The commands `nightbill ledger`: files for the bookkeeping."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import screen
from pipelines.cli.exit_codes import ExitCode
from pipelines.cli.requests import HomeOption, OnOption
from pipelines.home import Home

app = typer.Typer(
    name="ledger",
    help="The ledger: its months and losses; its files: export, write again, list, a whole year, journals.",
    no_args_is_help=True,
)
_HERE = Path()
# What is booked must be proven before it leaves the house, and the proof counts everything that was taken in.
_EXPORTED = ("configure", "rate", "match", "order", "settle", "book", "prove", "ledger_file")
_DAY = ["%Y-%m-%d"]


class JournalShape(StrEnum):
    """A format of plain-text accounting."""

    BEANCOUNT = "beancount"
    HLEDGER = "hledger"


@app.command("export")
def export_now(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Post what waits, prove, and write the vouchers that stand in no file yet as the next batch."""
    from pipelines.nightly_flow import conduct, stages_named  # noqa: PLC0415 (polars is slow to import)

    with screen.watching():
        run = conduct(
            Home(home.resolve()).require(), on.date() if on else None, command="ledger",
            stages=stages_named(*_EXPORTED),
        )  # fmt: skip
    screen.show_run(run)


@app.command("again")
def export_again(
    number: Annotated[int, typer.Argument(help="Number of the batch.")],
    home: HomeOption = _HERE,
    on: OnOption = None,
    even_if_read: Annotated[
        bool, typer.Option("--even-if-read", help="Also when the bookkeeping has read or accepted it.")
    ] = False,
) -> None:
    """Write the files of a batch again, byte for byte as they were."""
    from pipelines.ledger.export_flow import NoSuchExportError  # noqa: PLC0415 (polars is slow to import)
    from pipelines.ledger.export_flow import export_again as write_again  # noqa: PLC0415
    from pipelines.nightly_flow import night_at  # noqa: PLC0415

    with night_at(Home(home.resolve()), on.date() if on else None, "ledger again") as night:
        try:
            done = write_again(night, number, even_if_read=even_if_read)
        except NoSuchExportError as error:
            raise typer.BadParameter(str(error), param_hint="NUMBER") from None
    for path in done.paths:
        told = "  (another release of nightbill writes it otherwise: same vouchers, other bytes)"
        screen.console.print(path + (told if path in done.changed else ""), soft_wrap=True, markup=False)
    if done.changed:
        raise typer.Exit(ExitCode.DOCUMENT)


@app.command("list")
def list_exports(home: HomeOption = _HERE) -> None:
    """List the batches: day, vouchers, sum, and what became of each."""
    from pipelines.ledger.export_events import states  # noqa: PLC0415 (polars is slow to import)
    from pipelines.night import opened_lake  # noqa: PLC0415

    with opened_lake(Home(home.resolve()).require()) as store:
        screen.show_frame(states(store))


@app.command("full")
def full_year(
    year: Annotated[int, typer.Option("--year", min=1990, max=2199, help="Year in which the fiscal year begins.")],
    home: HomeOption = _HERE,
    on: OnOption = None,
) -> None:
    """Write a fiscal year with its balances and vouchers as a SIE 4E file and print its path; nothing is numbered."""
    from pipelines.ledger.ledger_journals import write_full_year  # noqa: PLC0415 (polars is slow to import)
    from pipelines.nightly_flow import night_at  # noqa: PLC0415

    with night_at(Home(home.resolve()), on.date() if on else None, "ledger full") as night:
        path = write_full_year(night, year)
    if path is None:
        problem = f"nothing was booked by the end of the fiscal year that begins in {year}"
        raise typer.BadParameter(problem, param_hint="--year")
    screen.console.print(str(path), soft_wrap=True, markup=False)


@app.command("journal")
def journal(
    home: HomeOption = _HERE,
    form: Annotated[JournalShape, typer.Option("--format", help="Whose journal.")] = JournalShape.BEANCOUNT,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First posting date; the first there is.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="Last posting date, included; the last there is.")
    ] = None,
) -> None:
    """Write all vouchers of a span of days as a journal of plain-text accounting and print its path."""
    from pipelines.ledger.ledger_journals import JournalFormat, write_journal  # noqa: PLC0415 (polars is slow to import)
    from pipelines.nightly_flow import night_at  # noqa: PLC0415

    if first and last and first > last:
        raise typer.BadParameter(f"{first.date()} is after {last.date()}", param_hint="--from")
    days = (day.date() if day else None for day in (first, last))
    with night_at(Home(home.resolve()), None, "ledger journal") as night:
        screen.console.print(str(write_journal(night, JournalFormat(form.value), *days)), soft_wrap=True, markup=False)
