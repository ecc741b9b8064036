"""The command `nightbill`."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.markup import escape

from invoicing.documents.document_error import DocumentError
from pipelines.cli import (
    agreements,
    basis,
    debits,
    invoices,
    ledger,
    payments,
    periods,
    prices,
    rating,
    report,
    requests,
    rerate,
    screen,
    simulate,
)
from pipelines.cli.exit_codes import MEANINGS, ExitCode
from pipelines.configuration.fault import Fault
from pipelines.configuration.reading import ConfigurationError, load_configuration
from pipelines.decks.deck_definition import DeckError
from pipelines.home import Home, HomeError, create_home
from pipelines.lake.connection import bare_connection
from pipelines.lake.store_error import StoreError
from pipelines.lake.table_sql import quoted
from pipelines.night import BusinessDateError
from pipelines.proof.prove_flow import ProofError
from pipelines.publishing.marts import MARTS
from pipelines.runs.home_lock import HomeHeldError
from pipelines.runs.prefect_server import PrefectServerError, free_port, running_server, serving, settings

app = typer.Typer(
    name="nightbill",
    help="The nightly rating, invoicing and receivables run for telecom and subscription operators.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: " + ", ".join(f"{code.value} {MEANINGS[code].split(';')[0]}" for code in ExitCode) + ".",
)

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.", file_okay=False)
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Business date; today on the operator's clock when not given."),
]
DirectOption = Annotated[bool, typer.Option("--direct", help="Call the stages directly even if a Prefect server runs.")]
_HERE = Path()
# The proof counts everything that was taken in, so what `ingest` left waiting is priced and settled before it.
_PROVEN = ("rate", "match", "order", "settle", "book", "prove")


class Answer(StrEnum):
    """How `sql` writes its answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class NotThereError(Exception):
    """What was asked for does not exist."""


def _day(on: datetime | None) -> date | None:
    return on.date() if on else None


@app.command()
def init(home: Annotated[Path, typer.Argument(help="Folder to create the home in.")]) -> None:
    """Create an operator's home, with the demo operator's configuration to begin from."""
    created = create_home(home)
    screen.console.print(
        f"Home {created.root} is ready. Edit its config/, then run: nightbill check --home {created.root}"
    )


@app.command()
def check(home: HomeOption = _HERE) -> None:
    """Check the configuration: every fault and warning with file, line, value and remedy."""
    try:
        configuration = load_configuration(Home(home.resolve()).require())
    except ConfigurationError as error:
        _show_warnings(error.warnings)
        raise
    _show_warnings(configuration.warnings)
    rows = sum(frame.height for frame in configuration.frames.values())
    told = f", {len(configuration.warnings)} warnings" if configuration.warnings else ""
    screen.console.print(f"The configuration is without fault: {len(configuration.digests)} files, {rows} rows{told}.")


def _show_warnings(warnings: Sequence[Fault]) -> None:
    """Print warnings, which are no failure, apart from the faults that the command fails with."""
    for warning in warnings:
        screen.console.print(escape(str(warning)), soft_wrap=True, highlight=False)


@app.command()
def nightly(home: HomeOption = _HERE, on: OnOption = None, direct: DirectOption = False) -> None:
    """Run the whole night: files in, invoices, reminders, ledger file and marts out, and the proof."""
    _run(Home(home.resolve()).require(), _day(on), "nightly", (), direct=direct)


@app.command()
def intraday(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Run by day, every few minutes: files, requests, prices, payments, block list; steps aside for other runs."""
    from pipelines import nightly_flow  # noqa: PLC0415 (polars is slow to import)

    try:
        with screen.watching():
            run = nightly_flow.intraday(Home(home.resolve()), _day(on))
    except HomeHeldError as held:
        screen.console.print(f"{held.holder}: this run steps aside, and the next one takes over.", soft_wrap=True)
    else:
        screen.show_run(run)


@app.command()
def ingest(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Take in the files of the inbox and apply the requests among them."""
    _run(Home(home.resolve()), _day(on), "ingest", ("configure", "ingest", "register"))


@app.command()
def rate(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Price usage that is not priced yet and charge recurring fees that have come due."""
    _run(Home(home.resolve()), _day(on), "rate", ("configure", "rate"))


@app.command()
def invoice(
    home: HomeOption = _HERE,
    on: OnOption = None,
    pdf: Annotated[int | None, typer.Option(help="Make the PDF of this invoice number and print its path.")] = None,
    xml: Annotated[
        int | None, typer.Option(help="Make the e-invoice (UBL) of this invoice number and print its path.")
    ] = None,
    specification: Annotated[
        int | None, typer.Option(help="Make a PDF of this invoice number with itemised calls and print its path.")
    ] = None,
) -> None:
    """Make the invoices that are due, or the PDF or e-invoice of one; prices and settles what waits, and proves."""
    place = Home(home.resolve())
    if pdf is None and xml is None and specification is None:
        _run(place, _day(on), "invoice", ("configure", "bill", *_PROVEN, "deliver"))
        return
    from pipelines.documents.deliver_flow import invoice_pdf, specification_pdf  # noqa: PLC0415 (the renderer is slow to import)
    from pipelines.documents.einvoice_flow import invoice_xml  # noqa: PLC0415
    from pipelines.nightly_flow import night_at  # noqa: PLC0415

    with night_at(place, _day(on)) as night:
        for number, made_file in ((pdf, invoice_pdf), (xml, invoice_xml), (specification, specification_pdf)):
            if number is not None:
                screen.console.print(str(made_file(night, number)), soft_wrap=True)


@app.command()
def remind(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Match payments, remind of overdue invoices and bring the block list up to date; prices what waits, and proves."""
    stages = ("configure", "remind", "spend", "restrict", "states", *_PROVEN, "block_list", "deliver")
    _run(Home(home.resolve()), _day(on), "remind", stages)


@app.command()
def export(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Price, settle and post what waits, prove, and write block list, orders to others, ledger files and claims."""
    stages = ("configure", *_PROVEN, "block_list", "top_up_file", "provision", "ledger_file", "collection_file")
    _run(Home(home.resolve()), _day(on), "export", stages)


@app.command()
def publish(home: HomeOption = _HERE, on: OnOption = None) -> None:
    """Price, settle and post what waits, prove, then publish customer cards and marts."""
    _run(Home(home.resolve()), _day(on), "publish", ("configure", *_PROVEN, "publish"))


@app.command()
def card(
    customer: Annotated[int, typer.Argument(help="Customer number.")],
    home: HomeOption = _HERE,
    page: Annotated[Path | None, typer.Option(help="Write the readable page to this file.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Open the page in a browser.")] = False,
) -> None:
    """Show a customer's card: JSON on the screen, or the page."""
    place = Home(home.resolve())
    rows = (
        _marts(place)
        .execute("SELECT card_json, card_page FROM customer_card WHERE customer_id = ?", [customer])
        .fetchall()
    )
    if not rows:
        raise NotThereError(f"customer {customer} has no card in the marts; dim_customer lists those that do")
    text, html = rows[0]
    if page is None and not show:
        screen.console.print_json(text)
        return
    target = page or place.reports / f"customer_{customer}.html"
    target.write_text(html, encoding="utf-8")
    screen.console.print(str(target), soft_wrap=True)
    if show:
        webbrowser.open(target.resolve().as_uri())


@app.command()
def sql(
    query: Annotated[
        str | None, typer.Argument(help="A query against the marts; without one, the tables are listed.")
    ] = None,
    home: HomeOption = _HERE,
    output: Annotated[Answer, typer.Option("--format", help="How to write the answer.")] = Answer.TABLE,
) -> None:
    """Query the published marts, as table, CSV or JSON."""
    connection = _marts(Home(home.resolve()))
    listing = "SELECT table_name, comment, estimated_size AS rows FROM duckdb_tables() ORDER BY table_name"
    try:
        frame = connection.sql(query or listing).pl()
    except (duckdb.Error, AttributeError) as error:
        tables = ", ".join(mart.name for mart in MARTS)
        raise NotThereError(f"{error}\nThe marts hold: {tables}") from None
    if output is Answer.CSV:
        sys.stdout.write(frame.write_csv())
    elif output is Answer.JSON:
        rows = f"SELECT coalesce(json_group_array(r), '[]') FROM ({query or listing}) r"  # noqa: S608 (the operator's own)
        sys.stdout.write(f"{connection.sql(rows).fetchall()[0][0]}\n")
    else:
        screen.show_frame(frame)


app.command()(rating.quote)
app.command()(rating.explain)
app.command()(rerate.rerate)
app.command()(simulate.simulate)
app.add_typer(prices.app)
app.command()(requests.request)
app.add_typer(requests.app)
app.add_typer(basis.app)
periods.add_to(ledger.app)
app.add_typer(ledger.app)
app.add_typer(invoices.app)
app.add_typer(payments.app)
app.add_typer(debits.app)
app.add_typer(agreements.app)
app.add_typer(report.app)


@app.command()
def up(
    home: HomeOption = _HERE,
    port: Annotated[int, typer.Option(help="Port of Prefect's pages and API, on this machine only.")] = 4200,
) -> None:
    """Run a Prefect server and a worker for this home; the night runs on the policy's schedule."""
    place = Home(home.resolve()).require()
    policy = load_configuration(place).policy
    screen.console.print(f"Starting Prefect for {place.root} on http://127.0.0.1:{port} (Ctrl+C ends it) ...")
    with serving(place, port) as url:
        os.environ.update(settings(place, url))
        from pipelines.runs.prefect_night import serve_nights  # noqa: PLC0415 (reads the environment when imported)

        day = f", runs by day at {policy.schedule.intraday}" if policy.schedule.intraday else ""
        screen.console.print(f"The night runs at {policy.schedule.cron}{day} ({policy.operator.time_zone}).")
        serve_nights(place, policy.schedule, policy.operator.time_zone)


@app.command()
def doctor(
    home: Annotated[
        Path | None, typer.Option("--home", envvar="NIGHTBILL_HOME", help="The operator's home folder.")
    ] = None,
) -> None:
    """Examine the machine and the home: versions, extensions, fonts, libraries, folders, each with the remedy."""
    from pipelines.cli.doctor import examine  # noqa: PLC0415 (what it examines may not import)

    findings = examine(Home(home.resolve()) if home else None)
    screen.show_findings(findings)
    if any(not finding.well for finding in findings):
        raise typer.Exit(ExitCode.MACHINE)


@app.command()
def demo(
    home: Annotated[Path, typer.Option("--home", help="Folder of the demo operator's home.")] = Path("demo-home"),
    customers: Annotated[int, typer.Option(min=20, help="Number of customers.")] = 240,
    seed: Annotated[int, typer.Option(help="Another seed makes other customers and calls.")] = 2026,
    direct: DirectOption = False,
) -> None:
    """Create the demo operator's home and run its nights; a second time changes nothing."""
    from pipelines.demo.demo_nights import nights_to_run, run_demo  # noqa: PLC0415
    from pipelines.demo.demo_operator import DemoOperator  # noqa: PLC0415 (only the demo needs it)

    place = create_home(home)
    operator = DemoOperator(customers=customers, seed=seed)
    todo = nights_to_run(place, operator)
    if not todo:
        screen.console.print("All nights of the demo are completed; nothing to do.")
    elif direct:
        run_demo(place, operator, todo, lambda h, on: _run(h, on, "demo", (), direct=True, quiet=True))
    else:
        screen.console.print("Starting Prefect, once for all nights ...")
        with serving(place, free_port()):
            run_demo(place, operator, todo, lambda h, on: _run(h, on, "demo", (), quiet=True))
    screen.show_demo(place)


def _run(
    home: Home, on: date | None, command: str, names: Sequence[str], *, direct: bool = False, quiet: bool = False
) -> None:
    """Run stages of the night, under Prefect where a server runs and the whole night is asked for."""
    from pipelines.nightly_flow import conduct, stages_named  # noqa: PLC0415 (polars and the renderer are slow to import)

    url = None if direct or names else running_server(home)
    with screen.watching():
        if url:
            os.environ.update(settings(home, url))
            from pipelines.runs.prefect_night import nightly_flow  # noqa: PLC0415 (two seconds that only Prefect's users pay)

            run = nightly_flow(str(home.root), on.isoformat() if on else None, command)
        elif names:
            run = conduct(home, on, command=command, stages=stages_named(*names))
        else:
            run = conduct(home, on, command=command)
    screen.show_run(run, quiet=quiet)
    if any(stage.name == "deliver" and stage.report.rows_rejected for stage in run.stages) and not quiet:
        raise typer.Exit(ExitCode.DOCUMENT)


def _marts(home: Home) -> duckdb.DuckDBPyConnection:
    if not home.require().marts_pointer.exists():
        raise NotThereError(f"no marts are published in {home.root}; run: nightbill nightly --home {home.root}")
    connection = bare_connection()
    connection.execute(f"ATTACH {quoted(str(home.marts_pointer.resolve()))} AS marts (READ_ONLY)")
    connection.execute("USE marts")
    connection.execute("SET enable_external_access = false")
    return connection


def main() -> None:
    """Run the command and end with the exit code of its failure class."""
    failures: dict[type[Exception], ExitCode] = {
        ConfigurationError: ExitCode.CONFIGURATION, DeckError: ExitCode.CONFIGURATION, ProofError: ExitCode.PROOF,
        HomeError: ExitCode.HOME, HomeHeldError: ExitCode.HOME, StoreError: ExitCode.STORE,
        NotThereError: ExitCode.DOCUMENT, DocumentError: ExitCode.DOCUMENT, PrefectServerError: ExitCode.PREFECT,
        BusinessDateError: ExitCode.USAGE,
    }  # fmt: skip
    try:
        app()
    except tuple(failures) as error:
        screen.errors.print(f"[bold red]{MEANINGS[failures[type(error)]]}[/]", soft_wrap=True)
        screen.errors.print(escape(str(error)), soft_wrap=True)
        sys.exit(failures[type(error)])
    except duckdb.IOException as error:
        screen.errors.print(f"[bold red]{MEANINGS[ExitCode.STORE]}[/]\n{escape(str(error))}", soft_wrap=True)
        sys.exit(ExitCode.STORE)


if __name__ == "__main__":
    main()
